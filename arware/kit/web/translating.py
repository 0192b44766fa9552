"""
Texts in the language of whoever reads them.

They are marked where they stand, with a factory of Pyramid's or by ``_("...")`` in a
template, and translated where they are shown.

What they are in Spanish stands in ``locale/es.po`` beside the code. The catalogues are
read as they are written, without a step between, so that a change to one is seen at the
next start; :mod:`arware.kit.catalogues` brings them up to date with the texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.core import UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from jinja2 import pass_eval_context
from markupsafe import Markup
from pyramid.i18n import Localizer, Translations
from webob.acceptparse import create_accept_language_header

from .request import WebRequest

#: Of all texts. A constant: an ejected package has another name, its catalogue not.
DOMAIN = "realm"

#: The folder of the catalogues.
LOCALE = "locale"
#: The language in which texts are written, spoken to all of whose own there is none.
SOURCE = "en"

#: A value in a text of a template.
_VALUE = re.compile(r"%\((\w+)\)")

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


def language() -> str:
    """Return the tag of the language of what is drawn, like ``es``."""
    tag: str = _localizer.get().locale_name
    return tag


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


def load(path: Path) -> Catalog:
    """Return the catalogue in a file; :class:`ValueError` says what is wrong in it."""
    with path.open("rb") as file:
        try:
            return read_po(file, locale=path.stem, abort_invalid=True)
        except (PoFileError, UnknownLocaleError, ValueError) as fault:
            raise ValueError(f"{path} is not a catalogue: {fault}") from None


def localizers(folders: Iterable[str]) -> dict[str, Localizer]:
    """
    Return what speaks each language, by its tag; the one of the sources is the first.

    Of two translations of a text the one in the later of *folders* counts. The first
    says how many plurals there are. What is marked as fuzzy is no translation. Raises
    :class:`ValueError` for what is no catalogue, and where a translation names a value
    that its text has not: no page or mail with it could be drawn.
    """
    spoken: dict[str, Catalog] = {SOURCE: Catalog(locale=SOURCE)}
    for folder in folders:
        for path in sorted(Path(folder).glob("*.po")):
            read = load(path)
            tag = str(read.locale).replace("_", "-")
            whole = spoken.setdefault(tag, read)
            for one in [*read]:
                if one.id and one.string and not one.fuzzy:
                    _check_values(path, one)
                    whole.delete(one.id)
                    whole.add(one.id, one.string)
    return {tag: _speaker(tag, whole) for tag, whole in spoken.items()}


def _check_values(path: Path, message: Message) -> None:
    texts, said = _all(message.id), _all(message.string)
    values = dict.fromkeys(_VALUE.findall("".join(texts)), 1)
    try:
        # Where there are none, a percent sign is no more than that.
        for one in said if values else ():
            one % values
    except (KeyError, TypeError, ValueError):
        known = ", ".join(values)
        problem = f"the translation of {texts[0]!r} may name {known} only"
        raise ValueError(f"{path}: {problem}, and %% is a percent sign") from None


def _all(texts: Any) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def _speaker(tag: str, catalogue: Catalog) -> Localizer:
    file = BytesIO()
    write_mo(file, catalogue)
    file.seek(0)
    return Localizer(tag, Translations(file, DOMAIN))


def negotiate(request: WebRequest) -> str:
    """
    Choose the language: the person's, else the browser's, else the first we have.

    Pyramid's own asks for a parameter, and so reads the whole body.
    """
    known = request.locales
    if len(known) == 1:
        return known[0]
    header = request.environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return nearest(request.preferred_locale, known) or _accepted(header, known)


def nearest(language: str, known: tuple[str, ...]) -> str:
    """
    Return which of the *known* is meant by a tag like ``es-MX``; ``""`` if none.

    As RFC 4647, 3.4 looks a tag up: its end is taken off until there is one.
    """
    tag = language.replace("_", "-").lower()
    by_tag = {name.lower(): name for name in known}
    while tag and tag not in by_tag:
        tag = tag.rpartition("-")[0]
    return by_tag.get(tag, "")


@lru_cache(256)
def _accepted(header: str, known: tuple[str, ...]) -> str:
    """Return the best of the *known* for an Accept-Language, else the first."""
    accepted = create_accept_language_header(header)
    found: str = accepted.lookup(known, default=known[0])
    return found
