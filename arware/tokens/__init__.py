"""Tokens: base64url, keys, and JWT to claims."""
