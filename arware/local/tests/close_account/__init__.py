"""Closed accounts, and copies of what is held about people."""
