"""Calls of the API: values, pure parsing, one transport and the client."""
