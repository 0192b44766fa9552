"""Logging in by mail."""
