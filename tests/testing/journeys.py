"""A journey through a realm, as the guide shows one."""

from __future__ import annotations

from arware.testing import Person

EVE = "eve@example.com"
PASSWORD = "walrus tangerine lighthouse"


def journey(realm):
    """Sign up, confirm, add a passkey, log in with it, prove it, end other logins."""
    eve = Person(realm, EVE)
    eve.goto("/signup")
    eve.send("Create account", email=EVE, password=PASSWORD)
    eve.open_mail()
    eve.send("Confirm")
    eve.goto("/profile/passkeys")
    eve.use_passkey(name="My laptop")
    elsewhere = Person(realm, EVE, device=eve.device)
    elsewhere.goto("/login")
    elsewhere.use_passkey()
    elsewhere.wait(minutes=16)
    elsewhere.goto("/profile/passkeys")  # leads to the fresh proof, and back
    elsewhere.use_passkey()
    elsewhere.send("Remove")
    return eve, elsewhere
