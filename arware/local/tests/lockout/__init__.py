"""Locks after wrong passwords."""
