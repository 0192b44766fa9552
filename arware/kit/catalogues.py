"""
Bring the catalogues of a package up to date with its texts::

    python -m arware.kit.catalogues FOLDER [LANGUAGE ...]

A package keeps the translations of its texts in ``locale/es.po``, and those of what
lies in ``features/reset/`` in ``features/reset/locale/es.po``, so that they come and go
with the code. A text that is new is added, with its translation if the package has it
elsewhere; one that is gone is taken out. What is told is what remains to be translated.
A *LANGUAGE* is one to begin.

``babel.cfg`` in the folder says how texts are found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import write_po

from .web.translating import LOCALE, load

HEAD = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: {plurals}\\n"

"""
#: The id of a text: with its plural, if it has one.
Id = str | tuple[str, ...]


def texts_of(package: Path) -> dict[Path, list[Id]]:
    """Return the texts of each folder that has its own catalogues, in their order."""
    with (package / "babel.cfg").open(encoding="utf-8") as file:
        read: Any = parse_mapping_cfg
        methods, options = read(file)
    found: dict[Path, dict[Id, None]] = {}
    extracted = extract_from_dir(package, methods, options)
    for name, _, text, *_ in sorted(extracted, key=lambda one: one[:2]):
        found.setdefault(_home(package, Path(name)), {})[text] = None
    return {home: list(texts) for home, texts in found.items()}


def _home(package: Path, path: Path) -> Path:
    """Return the folder whose catalogues have the texts of a file."""
    if path.parts[0] == "features" and len(path.parts) > 2:
        return package.joinpath(*path.parts[:2])
    return package


def catalogues(package: Path) -> dict[Path, Catalog]:
    """Return all catalogues of a package, by their files."""
    found = sorted(package.rglob(f"{LOCALE}/*.po"))
    return {path: load(path) for path in found}


def untranslated(texts: Sequence[Id], catalogue: Catalog) -> list[Id]:
    """Return those of *texts* that a catalogue does not have a translation of."""
    return [text for text in texts if not is_translated(catalogue.get(text))]


def is_translated(message: Message | None) -> bool:
    """Tell whether a text of a catalogue is translated, with all its plurals."""
    if message is None or message.fuzzy:
        return False
    said = message.string
    return all(said) if isinstance(said, (tuple, list)) else bool(said)


def updated(texts: Sequence[Id], language: str, known: Sequence[Catalog]) -> Catalog:
    """Return a catalogue of *texts*, with what the first of *known* has for each."""
    made = Catalog(locale=language)
    if known:
        made.mime_headers = [("Plural-Forms", known[0].plural_forms)]
    for text in texts:
        said = (catalogue.get(text) for catalogue in known)
        told = next(filter(is_translated, said), None)
        made.add(text, told.string if told else "")
    return made


def write(path: Path, catalogue: Catalog) -> None:
    """Write a catalogue, each text on one line: a merge takes line by line."""
    head = HEAD.format(language=path.stem, plurals=catalogue.plural_forms)
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(head.encode())
        write_po(file, catalogue, width=0, no_location=True, omit_header=True)


def update(package: Path, begun: Sequence[str] = ()) -> Iterator[tuple[Path, int]]:
    """Update all catalogues; yield each file, and how many texts it lacks."""
    before = catalogues(package)
    texts = texts_of(package)
    for language in sorted({path.stem for path in before} | {*begun}):
        elsewhere = [found for path, found in before.items() if path.stem == language]
        for home, own in texts.items():
            path = home / LOCALE / f"{language}.po"
            known = [before[path], *elsewhere] if path in before else elsewhere
            catalogue = updated(own, language, known)
            write(path, catalogue)
            yield path, len(untranslated(own, catalogue))
    for path in before:
        if path.parent.parent not in texts:
            path.unlink()


def main(words: Sequence[str]) -> int:
    """Run the command; return 1 if something remains to be translated."""
    if not words:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    package, *begun = words
    lacking = 0
    for path, count in update(Path(package), begun):
        lacking += count
        if count:
            sys.stdout.write(f"{path}: {count} to translate\n")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
