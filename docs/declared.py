"""What the realm's code declares of itself, as tables for pages that list it all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import arware
from arware.eject.declarations import Module, modules
from arware.kit.settings import section_of
from arware.kit.web.walking import post_views
from arware.local import RealmSettings
from arware.local.app import configured, joined

PACKAGE = Path(arware.__file__).parent
DAY, HOUR = 86_400, 3_600

Row = tuple[str, ...]


class _Defaults(dict[type, object]):
    """The settings of features, where none is given."""

    def __missing__(self, kind: type) -> object:
        return kind()


@cache
def _modules(folder: str) -> list[Module]:
    """Return the modules of a folder of the package."""
    files = {
        str(path.relative_to(PACKAGE / folder)): path.read_bytes()
        for path in (PACKAGE / folder).rglob("*.py")
    }
    return modules("", files)


def numbers() -> Iterator[Row]:
    """Yield the numbers that the code of realm and kit has beside its settings."""
    for folder in ("local", "kit"):
        for module in _modules(folder):
            for one in module.numbers():
                place = f"{folder}/{module.path}"
                yield f"``{one.name}``", f"``{one.value}``", one.about, f"``{place}``"


def settings() -> Iterator[Row]:
    """Yield all settings of a realm and its features."""
    added = {name for module in _modules("local") for name in module.settings()}
    names = {kind.__name__: f"{section_of(kind)}." for kind in joined().settings}
    sections = {name: names[name] for name in added & names.keys()}
    for module in sorted(_modules("local"), key=lambda one: one.path != "settings.py"):
        for owner in module.classes():
            section = {RealmSettings.__name__: "", **sections}.get(owner.name)
            if section is not None:
                for one in module.fields(owner):
                    yield f"``{section}{one.name}``", f"``{one.value}``", one.about


def kept() -> Iterator[Row]:
    """Yield what is kept for how long."""
    for one in joined().kept:
        seconds = one.seconds(_Defaults())
        yield one.what.capitalize(), span(seconds) if seconds else "until it is over"


def links() -> Iterator[Row]:
    """Yield the kinds of links in mails, and for how long each is good."""
    for kind, minutes in joined().token_kinds.items():
        yield f"``{kind}``", span(60 * minutes(_Defaults()))


def actions() -> Iterator[Row]:
    """Yield what can be sent to the realm's pages, and the fields that it has."""
    added, config = joined().fields, configured()
    routes = (
        one["introspectable"] for one in config.introspector.get_category("routes")
    )
    patterns = {route["name"]: route["pattern"] for route in routes}
    for view in post_views(config):
        form = view.form
        names = [] if form is None else [*form.fields, *added.get(form.open_to, ())]
        fields = ", ".join(f"``{name}``" for name in dict.fromkeys(names))
        yield f"``{patterns[view.route]}``", fields


def span(seconds: int) -> str:
    """Return so many seconds as people say them."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (60, "minute")):
        if seconds % unit == 0 and seconds >= unit:
            number = seconds // unit
            return f"{number} {name}{'s' if number > 1 else ''}"
    return f"{seconds} seconds"


#: What pages may ask for: the heads of the table, and its rows.
TABLES: dict[str, tuple[Row, Callable[[], Iterable[Row]]]] = {
    "settings": (("setting", "default", "what it is"), settings),
    "kept": (("what", "how long"), kept),
    "links": (("kind", "how long it is good"), links),
    "numbers": (("number", "value", "what it is", "where"), numbers),
    "actions": (("path", "fields"), actions),
}


def pieces(cell: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a cell, each with whether it is code."""
    text = re.sub(r":\w+:`[~.]*([\w.]+)`", r"``\1``", cell)
    for number, piece in enumerate(re.split(r"``?([^`]+)``?", text)):
        if piece:
            yield piece, number % 2 == 1
