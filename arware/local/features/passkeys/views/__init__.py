"""The pages, and the pieces of others' pages."""
