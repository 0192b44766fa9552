"""Recovery codes, for who has lost the other second factor."""
