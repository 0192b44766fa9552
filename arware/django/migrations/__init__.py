"""The table that tells which local user is which person."""
