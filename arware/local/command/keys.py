"""``arware realm key``: list, print and rotate signing keys from a terminal."""

from __future__ import annotations

import argparse
from typing import Any

from arware.kit.keyring import KeyFault, rotate
from arware.kit.operator import Line, Remark
from arware.kit.terminal import CommandError, safely, say_line

from .options import realm_of, settings_of, with_config


def add_parsers(parser: Any) -> None:
    """Add the actions to *parser*."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = with_config(actions.add_parser("list", help="list the signing keys"))
    listing.set_defaults(run=safely(_list))
    public = with_config(
        actions.add_parser(
            "public", help="print the public key, a jwt_key for adapters"
        )
    )
    public.set_defaults(run=safely(_public))
    rotate = with_config(
        actions.add_parser("rotate", help="sign with a new key from now on")
    )
    rotate.add_argument(
        "--keep",
        type=int,
        default=1,
        metavar="N",
        help="old keys that stay published, so that their tokens live on (default: 1)",
    )
    rotate.set_defaults(run=safely(_rotate))


def _list(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        for number, key in enumerate(realm.keys.keys):
            use, bits = "published" if number else "signs", key.private.key_size
            values = {"kid": key.kid, "bits": bits, "use": use}
            line = Line(f"{key.kid}  {bits} bits  {use}", values)
            say_line(line, as_json=arguments.json)


def _public(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        key = realm.keys.signer
        pem = key.public_pem.rstrip()
        line = Line(pem, {"kid": key.kid, "jwt_key": pem})
        say_line(line, as_json=arguments.json)


def _rotate(arguments: argparse.Namespace) -> None:
    settings = settings_of(arguments)
    if isinstance(settings.key, str):
        raise CommandError(
            "the key is given as text; put a new one in front of it there"
        )
    if arguments.keep < 0:
        raise CommandError("--keep takes 0 or more")
    try:
        key = rotate(settings.key_path, keep=arguments.keep)
    except (OSError, KeyFault) as error:
        raise CommandError(f"{settings.key_path} cannot be rotated: {error}") from None
    said = f"{key.kid} signs from now on; realms that run read it within seconds."
    minutes = settings.jwt_minutes
    line = Line(said, {"kid": key.kid, "old_tokens_minutes": minutes})
    say_line(line, as_json=arguments.json)
    advice = f"Tokens of the key before live up to {minutes} minutes: rotate again "
    say_line(Remark(f"{advice}only after that."), as_json=arguments.json)
