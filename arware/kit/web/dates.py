"""Times as whoever reads them writes them, in their language and time zone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, tzinfo

from babel.core import Locale
from babel.dates import format_date, format_skeleton, get_datetime_format
from markupsafe import Markup

from .translating import language

_zone: ContextVar[tzinfo] = ContextVar("zone", default=UTC)


@contextmanager
def in_zone(zone: tzinfo) -> Iterator[None]:
    """Draw times of *zone*; without this they are of UTC."""
    token = _zone.set(zone)
    try:
        yield
    finally:
        _zone.reset(token)


def when(seconds: int) -> str:
    """Return a time to the minute, with its zone: ``Nov 30, 2026, 05:06 UTC``."""
    moment, locale = _time(seconds), _locale()
    date = format_date(moment, locale=locale)
    time = format_skeleton("Hm", moment, locale=locale)
    both = str(get_datetime_format(locale=locale)).replace("'", "")
    return f"{both.format(time, date)} {moment.tzname()}"


def moment(seconds: int) -> Markup:
    """Return what :func:`when` returns, as an element that programs understand, too."""
    return _element(_time(seconds).isoformat(), when(seconds))


def day(seconds: int) -> Markup:
    """Return the day of a time: ``Nov 30, 2026``."""
    date = _time(seconds).date()
    return _element(date.isoformat(), format_date(date, locale=_locale()))


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, _zone.get())


def _locale() -> Locale:
    return Locale.parse(language(), sep="-")


def _element(value: str, text: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(value, text)
