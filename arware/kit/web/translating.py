"""
Texts in the language of whoever reads them.

They are marked where they stand, with a factory of Pyramid's or by ``_("...")`` in a
template, and translated where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import pass_eval_context
from markupsafe import Markup

from .request import WebRequest

#: Of all texts. A constant: an ejected package has another name, its catalogue not.
DOMAIN = "realm"

#: The language in which texts are written, spoken to all of whose own there is none.
SOURCE = "en"
#: Where the languages stand in the registry, the one of the sources first.
LOCALES = "realm.locales"

_localizer: ContextVar[Any] = ContextVar("localizer")


@contextmanager
def in_language(localizer: Any) -> Iterator[None]:
    """Draw in the language of *localizer*."""
    token = _localizer.set(localizer)
    try:
        yield
    finally:
        _localizer.reset(token)


def translate(text: str, localizer: Any) -> str:
    """Return *text* in the language of *localizer*, with its parameters."""
    if getattr(text, "mapping", None):
        found: str = localizer.translate(text, domain=DOMAIN)
        return found
    return _translated(localizer, text)


def say(text: str) -> str:
    """Return *text*, which was marked elsewhere, in the language of what is drawn."""
    return translate(text, _localizer.get())


# Pyramid takes 5 microseconds for each, and Jinja as much again.
@lru_cache(4096)
def _translated(localizer: Any, text: str) -> str:
    found: str = localizer.translate(text, domain=DOMAIN)
    return found


@lru_cache(4096)
def _plain(localizer: Any, text: str, is_html: bool) -> str:
    # As in texts with values, a percent sign is doubled.
    found = _translated(localizer, text).replace("%%", "%")
    return Markup(found) if is_html else found  # noqa: S704  Texts are ours.


@pass_eval_context
def gettext(drawing: Any, text: str, **values: object) -> str:
    """Return a text of a template; ``%(name)s`` in it is one of *values*, escaped."""
    localizer = _localizer.get()
    if not values:
        return _plain(localizer, text, drawing.autoescape)
    return _filled(_translated(localizer, text), values, drawing)


@pass_eval_context
def ngettext(drawing: Any, one: str, many: str, num: int, **values: object) -> str:
    """Return the text for so many; ``%(num)s`` in it is the number."""
    found = _localizer.get().pluralize(one, many, num, domain=DOMAIN)
    return _filled(found, {"num": num} | values, drawing)


def _filled(text: str, values: dict[str, object], drawing: Any) -> str:
    if drawing.autoescape:
        return Markup(text) % values  # noqa: S704  The text is ours.
    return text % values


def languages(folders: Iterable[str]) -> tuple[str, ...]:
    """Return the language of the sources, and those that *folders* have."""
    found = {
        path.parts[-3]
        for folder in folders
        for path in Path(folder).glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    }
    return (SOURCE, *sorted(found - {SOURCE}))


def negotiate(request: WebRequest) -> str:
    """
    Choose the language: the person's, else the browser's, else the first we have.

    Pyramid's own asks for a parameter, and so reads the whole body.
    """
    known: tuple[str, ...] = request.registry[LOCALES]
    if len(known) == 1:
        return known[0]
    own = request.preferred_locale
    if own in known:
        return own
    found: str = request.accept_language.lookup(known, default=known[0])
    return found
