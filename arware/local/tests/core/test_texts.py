"""That everything a person reads can be translated: it is marked, and extracted."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import pytest
from pyramid.i18n import TranslationString

from arware.kit.catalogues import Id, texts_of
from arware.kit.web import Form, Reason, joined

from ... import app
from ...texts import DOMAIN

HERE = Path(app.__file__).parent
TEMPLATES = sorted(path for path in HERE.rglob("*.jinja2") if "tests" not in path.parts)


@cache
def extracted() -> frozenset[Id]:
    """Return all texts that Babel finds in the package."""
    return frozenset(text for texts in texts_of(HERE).values() for text in texts)


class Seen(HTMLParser):
    """Collects what a person sees or hears of a page."""

    ATTRIBUTES = ("alt", "title", "placeholder", "aria-label")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append(data)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is read out."""
        read = dict(attrs)
        self.texts += [read.get(name) or "" for name in self.ATTRIBUTES]


def unmarked(source: str) -> list[str]:
    """Return the words of a template that stand in no ``_(...)``."""
    # What this block holds is a class, not a text.
    source = re.sub(r"{% block shape %}.*?{% endblock %}", "", source)
    tokens = jinja2.Environment(trim_blocks=True).lex(source)
    seen = Seen()
    seen.feed("".join(text for _, kind, text in tokens if kind == "data"))
    seen.close()
    words = (re.findall(r"[^\W\d_]{2,}", text) for text in seen.texts)
    return [word for some in words for word in some]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_no_text_of_its_own(path: Path) -> None:
    """Each word that a person reads is marked for translation."""
    assert unmarked(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('<p class="x">{{ _("Yes") }}</p>', []),
        ("<p>No</p>", ["No"]),
        ('<img alt="Logo">', ["Logo"]),
        ('<a title="{{ _("Yes") }}" href="/there">{{ name }} · 1</a>', []),
        ('{% if x == "no" %}<b>é</b> well{% endif %}', ["well"]),
    ],
)
def test_a_text_that_is_not_marked_is_found(source: str, words: list[str]) -> None:
    """In the page, and in attributes that are read out."""
    assert unmarked(source) == words


def modules() -> Iterator[ModuleType]:
    """Yield the modules of the package that an application loads."""
    app.configured()
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{app.__package__}.") and ".tests" not in name:
            yield module


def said() -> Iterator[tuple[str, Any]]:
    """Yield each text that reasons and forms have, with where it stands."""
    for module in modules():
        for name, value in vars(module).items():
            place = f"{module.__name__}.{name}"
            if isinstance(value, Reason):
                yield place, value.text
                yield place, value.title
            elif isinstance(value, type) and issubclass(value, Form):
                for field in value.fields.values():
                    yield f"{place}.{field.name}", field.label
                    yield f"{place}.{field.name}", field.hint
    for reason in joined(app.configured().registry).reasons.values():
        yield reason.word, reason.text


def test_what_programs_say_to_people_is_extracted() -> None:
    """Reasons, labels and hints: each is marked, in our domain, and Babel finds it."""
    texts = [(place, text) for place, text in said() if text]
    unmarked_texts = [
        place
        for place, text in texts
        if not isinstance(text, TranslationString) or text.domain != DOMAIN
    ]
    missed = [place for place, text in texts if str(text) not in extracted()]

    assert len(texts) > 20
    assert (unmarked_texts, missed) == ([], [])


def test_texts_of_templates_are_extracted() -> None:
    """Babel reads the templates of the core."""
    assert {"Log out?", "Logged in as"} <= extracted()
