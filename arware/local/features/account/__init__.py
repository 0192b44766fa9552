"""The account page: one's name, e-mail address and password."""
