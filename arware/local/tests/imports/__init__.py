"""People who come from elsewhere."""
