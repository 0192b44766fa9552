"""Bring the code of a local realm into an application, and later releases of it."""
