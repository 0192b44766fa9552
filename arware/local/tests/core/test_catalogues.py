"""
That everything a person reads is there in Spanish and Japanese, too.

To add a text: mark it with ``_("...")``, run ``python -m arware.kit.catalogues`` with
this package's folder, which adds it to the ``locale/es.po`` and ``locale/ja.po`` beside
it, and translate it there. An application can drop a language: it removes its files.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from arware.kit.catalogues import catalogues, texts_of, untranslated

from ... import app

HERE = Path(app.__file__).parent
CATALOGUES = catalogues(HERE)
LANGUAGES = sorted({path.stem for path in CATALOGUES})
COMMAND = f"python -m {texts_of.__module__} {HERE}"

#: What is filled in: ``%(name)s`` in templates, ``${name}`` elsewhere.
PLACEHOLDERS = re.compile(r"%\((\w+)\)[sd]|\$\{(\w+)\}|%%?")


def strings(text: Any) -> list[str]:
    """Return the text, and its plurals."""
    return [text] if isinstance(text, str) else list(text)


def placeholders(text: str) -> set[str]:
    """Return what is filled in, as it is written."""
    return {found.group() for found in PLACEHOLDERS.finditer(text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    """Each feature's catalogue has what the feature says, and nothing else (AK-N12)."""
    missing, gone = [], []
    for home, texts in texts_of(HERE).items():
        path = home / "locale" / f"{language}.po"
        catalogue = CATALOGUES.get(path)
        lacking = texts if catalogue is None else untranslated(texts, catalogue)
        known = catalogue or ()
        missing += [f"{path}: {text}" for text in lacking]
        gone += [f"{path}: {one.id}" for one in known if one.id not in ("", *texts)]

    assert (missing, gone) == ([], []), f"run: {COMMAND}, then translate in these files"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: "-".join(path.parts[-4:]))
def test_translations_have_the_placeholders_of_the_text(path: Path) -> None:
    """Else a page fails, or a number is missing, in one language only."""
    wrong = [
        (one.id, said)
        for one in CATALOGUES[path]
        if one.id
        for said in strings(one.string)
        if placeholders(said) not in map(placeholders, strings(one.id))
    ]

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_translated_in_one_way(language: str) -> None:
    """Features that say the same say it in the same words."""
    said: dict[str, set[str]] = {}
    for path, catalogue in CATALOGUES.items():
        for one in catalogue if path.stem == language else ():
            said.setdefault(str(one.id), set()).add(str(one.string))

    assert {text: ways for text, ways in said.items() if text and len(ways) > 1} == {}
