"""Suspended people."""
