"""Copies of all that is held about people."""
