"""``arware realm export``: all that is held about a person, or about everybody."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from arware.kit.operator import Line, NotDone, Remark, Run, iso, row_values

from ... import exporting, overview
from ...command.users import named
from ...seeding import FIELDS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ...models import User
    from ...realm import Realm


def export(parser: argparse.ArgumentParser) -> Run:
    """Print all that is held about a person, or with --all about each, as JSON."""
    parser.add_argument(
        "name", nargs="?", help="an e-mail address, a user name or an id"
    )
    parser.add_argument("--all", action="store_true", help="of everybody, one a line")
    parser.add_argument(
        "--with-hashes",
        action="store_true",
        help="of each what `import` reads, with the hash of the password",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="a new file that only you may read, in place of the terminal",
    )
    return _export


def _export(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    if bool(arguments.name) == arguments.all:
        raise NotDone("name somebody, or everybody with --all")
    if arguments.with_hashes and not arguments.output:
        raise NotDone("hashes go into a file of their own: --output FILE")
    count = unread = 0
    with _opened(arguments.output) as file, realm.reading() as db:
        for user in _chosen(db, arguments):
            values = _row(realm, db, user, with_hash=arguments.with_hashes)
            count += 1
            unread += arguments.with_hashes and _is_unread(realm, user)
            if file is None:
                yield Line(json.dumps(values), values)
            else:
                file.write(f"{json.dumps(values)}\n")
    if arguments.output:
        said = f"{count} written to {arguments.output}"
        yield Line(said, {"exported": count, "file": str(arguments.output)})
    if arguments.with_hashes:
        yield Remark("Who has the file can try passwords at leisure: delete it soon.")
        if unread:
            raise NotDone(
                f"{unread} passwords are left out, since the secret that they are "
                "kept under is gone: put it back behind the realm's others",
                "password_unreadable",
            )


def _chosen(db: Session, arguments: argparse.Namespace) -> Iterator[User]:
    if arguments.all:
        yield from overview.users(db)
    else:
        yield named(db, arguments.name)


def _row(realm: Realm, db: Session, user: User, *, with_hash: bool) -> dict[str, Any]:
    if not with_hash:
        return exporting.export(realm, db, user, realm.now)
    values = row_values(user, FIELDS)
    values["password_hash"] = realm.passwords.opened(user.password_hash)
    return values | {"created_at": iso(user.created_at), "id": user.id}


def _is_unread(realm: Realm, user: User) -> bool:
    stored = user.password_hash
    return stored is not None and realm.passwords.opened(stored) is None


def _opened(path: Path | None) -> Any:
    if path is None:
        return nullcontext()
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NotDone(f"{path} is there already; nothing was written") from None
    except OSError as error:
        raise NotDone(f"{path} cannot be written: {error.strerror}") from None
    file: IO[str] = os.fdopen(number, "w", encoding="utf-8")
    return file
