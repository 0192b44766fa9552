"""The features of the realm: one folder each, and the line here that includes it."""

from __future__ import annotations

FEATURES = (
    "password",
    "signup",
    "confirm",
    "reset",
    "lockout",
    "magic_link",
    "account",
    "about",
    "email_change",
    "passkeys",
    "totp",
    "recovery_codes",
    "trusted_browsers",
    "usernames",
    "time_zones",
    "terms",
    "hints",
    "remember",
    "sessions",
    "protocol",
    "orgs",
    "api_tokens",
    "tracking",
    "suspension",
    "security_mail",
    "audit",
    "operator",
    "lockdown",
)
