"""``arware realm init``: write all that a realm needs into a folder, or nothing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from arware.kit.files import all_or_nothing, make_once
from arware.kit.operator import Line, Remark
from arware.kit.terminal import CommandError, safely, say_line

from ..configuration import DEVELOPMENT_URL, FILE
from ..naming import COMMAND, IS_COPY
from ..realm import Realm
from ..settings import RealmSettings
from .options import with_json

#: People type either; to a browser and to a realm they are two.
LOGIN_URLS = ("http://127.0.0.1:8000/", "http://localhost:8000/")

#: A copy is below a path of its application, anything else a server of its own.
URL = DEVELOPMENT_URL if IS_COPY else "http://localhost:8001"

_INI = """\
# A realm of arware. `{command} --help` lists what looks after it.
# The signing key and the secret lie beside the database, readable by you alone; keep
# them, and this folder's database, out of version control.

[realm]
name = {name}
# What browsers call it. Behind a proxy, the proxy's https address.
url = {url}
# Where logins return to: your applications. The first is the default.
login_urls =
    {login_urls}
database = {database}
# Who sends mail. Without it none is sent; while url is an address of this machine,
# the mails are shown at its /dev/mailbox.
# mail.host = mail.example.com
# mail.user =
# mail.password =
# mail.sender = {name} <no-reply@example.com>
"""


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    init = subparsers.add_parser("init", help="write a configuration, key and secret")
    init.add_argument(
        "folder",
        nargs="?",
        default=".",
        type=Path,
        help="where to write them (default: the current folder)",
    )
    init.add_argument(
        "--name",
        help="what people read on the pages (default: the host of the first "
        "--login-url; on loopback, Local realm)",
    )
    init.add_argument(
        "--url", default=URL, help="the realm's address (default: %(default)s)"
    )
    init.add_argument(
        "--login-url",
        action="append",
        metavar="URL",
        help=f"an application's address; may be repeated (default: "
        f"{' and '.join(LOGIN_URLS)}; the origin of a --url with a path)",
    )
    init.add_argument(
        "--database", metavar="URL", help="(default: SQLite in that folder)"
    )
    with_json(init).set_defaults(run=safely(_init))


def _init(arguments: argparse.Namespace) -> None:
    folder = arguments.folder
    path = folder / FILE
    # Below a path it is in the application, and of that one's origin.
    is_alone = not urlsplit(arguments.url).path.strip("/")
    login_urls = arguments.login_url or (LOGIN_URLS if is_alone else None)
    key_file = folder / "realm-key.pem" if arguments.database else None
    try:
        if path.exists():
            raise CommandError(f"{path} is there already; nothing was changed")
        settings = RealmSettings.read(
            name=arguments.name,
            url=arguments.url,
            login_urls=login_urls,
            database=arguments.database or f"sqlite:///{folder.resolve()}/realm.sqlite",
            key_file=key_file,
        )
        with all_or_nothing([path, *_made_by(settings), folder, *folder.parents]):
            folder.mkdir(parents=True, exist_ok=True)
            with Realm(settings, migrate=True):
                pass
            # It may hold the password of a database.
            make_once(path, _text(arguments, settings, key_file))
    except OSError as error:
        raise CommandError(f"{folder} cannot be written to: {error.strerror}") from None
    _tell(path, settings, as_json=arguments.json)


def _tell(path: Path, settings: RealmSettings, *, as_json: bool) -> None:
    """Say which files were written, and to a person what to do next."""
    files = {"config": path, "key": settings.key_path, "secret": settings.secret_path}
    said = f"Wrote {path}, the signing key and the secret."
    values = {name: str(file) for name, file in files.items()}
    say_line(Line(said, values), as_json=as_json)
    steps = ["Next:", f"  {COMMAND} user add you@example.com --config {path}"]
    if not IS_COPY:  # that one's application serves it
        steps.append(f"  {COMMAND} serve --config {path}")
    for step in steps:
        say_line(Remark(step), as_json=as_json)


def _text(
    arguments: argparse.Namespace, settings: RealmSettings, key_file: Path | None
) -> str:
    text = _INI.format(
        command=COMMAND,
        name=settings.name.replace("%", "%%"),
        url=arguments.url.replace("%", "%%"),
        login_urls="\n    ".join(map(str, settings.login_urls)).replace("%", "%%"),
        database=(arguments.database or "").replace("%", "%%")
        or "sqlite:///%(here)s/realm.sqlite",
    )
    if key_file is not None:
        text += f"key_file = %(here)s/{key_file.name}\n"
    return text


def _made_by(settings: RealmSettings) -> list[Path]:
    """Return the files that a realm with *settings* makes at its first start."""
    files = [settings.key_path, settings.secret_path]
    database = settings.database
    if database.get_backend_name() == "sqlite":
        files += [Path(f"{database.database}{end}") for end in ("", "-wal", "-shm")]
    return files
