"""
``AUTH.md`` and ``AGENTS.md``: what a team owns, written from what the code declares.

With them goes ``ruff.toml``, since the order of imports is another beside other code.
They are files like the others: a later release brings them up to date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from . import requirements
from .declarations import Module, modules
from .options import Options

_INTRODUCTION = """\
# What you now own

`{folder}` is the login of this application. It is yours: read it, change it.
This page was written from the code that was ejected; `arware eject upgrade` brings both
up to date and keeps what you have changed, `arware eject status` tells what that is,
and which security fixes are open.

Without configuration it is a login for development, on SQLite and loopback. Anywhere
else it is configured by a file `realm.ini` (`python -m {package} init` writes one), by
`realm.*` in Pyramid's ini file, or by the environment: `REALM_DATABASE`, `REALM_URL`,
`REALM_SECRET`, `REALM_KEY`; of a feature's settings `REALM_MAIL__HOST` is `mail.host`.
Set at least `url` (https), `database` and `secret`, and keep `secret`, the key and the
database out of version control. Look after it with `python -m {package} --help`.

In a request `environ["authrocket.user"]` (a `scope` in ASGI, `request.META` in Django,
`request.current_user` in Pyramid) is the person, or `None`; `.session`, `.membership`
and `.org` stand beside it. Send people to `{prefix}/login?redirect_uri=/your/page`.
"""

#: What can be done to a login, what answers it, and where.
THREATS = (
    ("Guessing passwords", "Waits for account, network and browser", "tries.py"),
    ("Learning who has an account", "Same answer after the same work", "links.py"),
    ("A stolen database", "Argon2id, keyed digests, sealed secrets", "realm.py"),
    ("Forms sent from another site", "A token bound to session or browser", "app.py"),
    ("A stolen or planted cookie", "A new one at each proof", "sessions.py"),
    ("Scanners that open links in mails", "Opening uses nothing up", "links.py"),
    ("A sign-up with your address", "The first proof ends what was set", "people.py"),
    ("Links that lead to strangers", "Only your own origins", "redirect_uri.py"),
    ("Frames and foreign scripts", "Content security policy", "serving.py"),
    ("Caches that mix people up", "Vary and private answers", "current.py"),
    ("A disabled person who stays", "Each request asks the session", "current.py"),
    ("A code that was seen", "It is good once", "features/totp/flow.py"),
    ("Changes nobody notices", "A mail for each", "features/security_mail/__init__.py"),
)

#: What ASVS 5.0 wants documented, and the settings or the file that say it.
_DOCUMENTED = (
    ("6.1.1", "how guessing is slowed down", "tries.py"),
    ("6.1.2", "which words a password must not have", "people.py"),
    ("6.1.3", "which ways there are to log in", "the features above"),
    (
        "7.1.1",
        "how long a session lasts",
        "`session_minutes`, `idle_minutes`, `two_factor_...`, `remember...`",
    ),
    ("7.1.2", "how many sessions one person may have", "any number: sessions.py"),
    ("7.1.3", "how long tokens outlive a session", "`jwt_minutes` at most: tokens.py"),
)

_AGENTS = """\
# For coding agents

`{folder}` is this application's login, copied from arware and owned here. Before
a change read `AUTH.md`, and the docstring of the module that you change.

- Change behaviour in `features/<name>/`: `flow.py` decides, `views.py` reads the
  request and says the result, `forms.py` declares the fields, `templates/` are the
  pages.
- A flow refuses by raising `Refused`; it never returns an error. Nothing is hashed, and
  no mail is sent, inside `realm.writing()`.
- A text is marked with `_("...")`, and stands in each language in `locale/*.po` beside
  its code. `tests/core/test_catalogues.py` says how one is added.
- A feature imports the core, never another feature. Its line in `features/__init__.py`
  is all that includes it.
- Change no label that a digest is made with, and no revision in `migrations/versions`:
  people would be logged out, databases left behind. Add a revision instead.
- Never weaken: CSRF is on for every POST; a GET changes nothing; secrets and tokens are
  stored as digests, and stand in no log, message or `repr`; what is told to somebody
  unknown is the same as to somebody known.
- Do not edit `.arware/`: later releases are merged by it.
- Run the tests: `python -m pytest --import-mode=importlib {folder}/tests`.
"""


_RUFF = """\
# How this folder was checked and formatted. Without this file your own rules hold.
line-length = 88
target-version = "py311"

[lint]
select = ["E4", "E7", "E9", "F", "I"]

[lint.isort]
known-first-party = ["arware", "{top}"]
"""


def documents(files: Mapping[str, bytes], options: Options) -> dict[str, bytes]:
    """Return the pages, and the rules, for what was rendered as *files*."""
    names = {
        "folder": options.folder,
        "package": options.package,
        "prefix": options.prefix,
        "top": options.package.partition(".")[0],
    }
    found = modules(options.folder, files)
    place, mark = f"{options.folder}/", f"{options.folder}/tests/"
    tests = {
        path.removeprefix(place): data
        for path, data in sorted(files.items())
        if path.startswith(mark) and path.endswith(".py")
    }
    asked = _table(
        "Requirements named in the code",
        ("requirement", "what it asks", "where"),
        requirements.rows(found, tests),
        requirements.LABELS,
    )
    sections = _INTRODUCTION.format(**names), *_sections(found, options), asked
    text = "\n".join(sections)
    return {
        f"{options.folder}/AUTH.md": text.encode(),
        f"{options.folder}/AGENTS.md": _AGENTS.format(**names).encode(),
        f"{options.folder}/ruff.toml": _RUFF.format(**names).encode(),
    }


def _sections(found: Sequence[Module], options: Options) -> Iterator[str]:
    there = {module.path for module in found}
    yield _table(
        "Features",
        ("feature", "what it does", "where"),
        (
            (module.feature, module.about, f"features/{module.feature}/")
            for module in found
            if module.path == f"features/{module.feature}/__init__.py"
        ),
    )
    yield _table(
        "Addresses",
        ("address", "where it is added"),
        (
            (f"`{options.prefix}{route.value}`", route.path)
            for module in found
            for route in module.routes()
            if route.value.startswith("/")
        ),
    )
    yield _table("Settings", ("setting", "default", "what it is"), _settings(found))
    yield _table(
        "Numbers in the code",
        ("number", "what it is", "where"),
        (
            (f"`{one.name} = {one.value}`", one.about, one.path)
            for module in found
            for one in module.numbers()
        ),
    )
    yield _table(
        "Where to change what",
        ("file", "what it does"),
        ((module.path, module.about) for module in found if module.about),
    )
    yield _table(
        "Threats, and what answers them",
        ("threat", "answer", "where"),
        (row for row in THREATS if row[2] in there),
    )
    yield _table(
        "Documents that ASVS 5.0 asks for",
        ("requirement", "what is to be documented", "where it stands"),
        _DOCUMENTED,
    )


def _settings(found: Sequence[Module]) -> Iterator[tuple[str, ...]]:
    added = {name for module in found for name in module.settings()}
    sections = {name: f"{_section(name)}." for name in added} | {"RealmSettings": ""}
    for module in sorted(found, key=lambda module: module.path != "settings.py"):
        for owner in module.classes():
            if owner.name in sections:
                for one in module.fields(owner):
                    name = sections[owner.name] + one.name
                    yield f"`{name}`", f"`{one.value}`", one.about


def _section(name: str) -> str:
    """Return what settings of the class *name* begin with in an ini file."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _table(
    title: str,
    heads: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    above: str = "",
) -> str:
    lines = [f"## {title}", "", *([above] if above else [])]
    lines += [_row(heads), _row(["---"] * len(heads))]
    return "\n".join([*lines, *map(_row, rows), ""])


def _row(cells: Iterable[str]) -> str:
    plain = (cell.replace("|", "\\|").replace("``", "`") for cell in cells)
    return f"| {' | '.join(plain)} |"
