"""Log in with a name and a password."""
