"""Mails about changes that concern the safety of an account."""
