"""Faults on purpose: key hosts that fail, caches that die, crowds, memory."""
