"""``arware token``: what a login token says, and whether it would be accepted."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from arware.errors import ConfigurationError, KeysUnavailable, TokenError
from arware.settings import Settings
from arware.tokens import base64url

from .source import add_source, keys_of, read_values
from .terminal import CommandError, count, say

if TYPE_CHECKING:
    import argparse


def add_token(commands: Any) -> None:
    """Add the command to the parser's *commands*."""
    token = commands.add_parser("token", help="look into a login token")
    actions = token.add_subparsers(title="actions", metavar="ACTION", required=True)
    inspect = actions.add_parser(
        "inspect",
        help="decode a token and tell whether it would be accepted",
        description="Decode a token and tell whether it would be accepted with the "
        "settings in the environment or in an ini file. Ends with exit code 1 if not.",
    )
    inspect.add_argument(
        "text", metavar="TOKEN", help="the token; - reads it from standard input"
    )
    add_source(inspect)
    inspect.set_defaults(run=_inspect)


def _inspect(arguments: argparse.Namespace) -> int:
    values, faults = read_values(arguments)
    if faults:
        raise ConfigurationError(faults)
    settings = Settings(**values)
    text, now = _text(arguments.text).strip(), time.time()
    parts = [_decoded(part) for part in text.split(".")[:2]]
    for name, part in zip(("header", "claims"), parts, strict=False):
        say(f"{name:8} {_shown(part)}")
    if len(parts) == 2 and isinstance(parts[1], dict):
        for name, claim in (("issued", "iat"), ("expires", "exp")):
            say(f"{name:8} {_moment(parts[1].get(claim), now)}")
    accepted, verdict = _verdict(text, settings, now)
    say(f"verdict  {verdict}")
    return 0 if accepted else 1


def _text(given: str) -> str:
    if given != "-":
        return given
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise CommandError("standard input is not text, so it is no token") from None


def _decoded(part: str) -> Any:
    """Return what a token's part says, ``None`` if that cannot be read."""
    try:
        return json.loads(base64url.decode_loosely(part))
    except (ValueError, RecursionError):
        return None


def _shown(value: Any) -> str:
    """Return *value* for a terminal: in ASCII, so that nothing in it can act there."""
    try:
        return "cannot be read" if value is None else json.dumps(value, indent=2)
    except RecursionError:
        return "is nested too deeply to be shown"


def _moment(seconds: Any, now: float) -> str:
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return "at no time that can be read"
    minutes = round(abs(seconds - now) / 60)
    when = "ago" if seconds < now else "from now"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC ({count(minutes, 'minute')} {when})"


def _verdict(text: str, settings: Settings, now: float) -> tuple[bool, str]:
    """Return whether an adapter with *settings* would believe *text*, and why."""
    from arware.tokens import jwt as tokens

    try:
        token = tokens.parse(text)
        rules = tokens.Rules(settings.issuer, settings.realm, settings.leeway)
        tokens.check_claims(token, rules, now)
        if not (settings.jwt_key or settings.loginrocket_url):
            return False, "not verified: set LOGINROCKET_URL or AUTHROCKET_JWT_KEY"
        if not settings.jwt_key:
            tokens.check_name(token)
        keys, place = keys_of(settings)
        tokens.check_signature(token, keys)
    except TokenError as error:
        return False, f"refused: {error.reason} ({error})"
    except KeysUnavailable as error:
        return False, f"not verified: {error.reason} ({error})"
    return True, f"accepted, by the key {token.kid or ''} of {place}".replace("  ", " ")
