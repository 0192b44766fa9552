"""What fetches and waits: the authenticator, its effect handlers and their driver."""
