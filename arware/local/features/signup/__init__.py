"""Create an account of one's own."""
