"""The operator's pages and commands."""
