"""The features of the realm: one folder each, and the line here that includes it."""

from __future__ import annotations

FEATURES = (
    "password",
    "signup",
    "reset",
    "account",
    "security_mail",
    "audit",
)
