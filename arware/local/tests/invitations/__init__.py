"""Invitations to the realm and to orgs."""
