"""One-time passwords of authenticator applications, as a second factor."""
