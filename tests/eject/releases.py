"""
Made-up releases of a made-up package, and edits that somebody made of one.

A file is a list of blocks, so that it is known without a merge what comes of two
changes: each is made to the blocks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from arware.eject.releases import Release

from .kills import settle

Blocks = list[tuple[str, str]]
Project = dict[str, Blocks]
Place = tuple[str, str]


@dataclass
class Change:
    """What one side does. A place is a path and a block's name, as before it."""

    edited: dict[Place, str] = field(default_factory=dict)
    inserted: dict[Place, str] = field(default_factory=dict)
    dropped: set[Place] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    added: Project = field(default_factory=dict)
    #: What has the line endings of Windows.
    windows: set[str] = field(default_factory=set)
    is_release: bool = True

    def touched(self, project: Project) -> set[Place]:
        """Return the blocks that are no place for an edit of another side."""
        places = set(self.edited)
        for path, name in [*self.inserted, *self.dropped]:
            names = [block for block, _ in project[path]]
            at = names.index(name)
            near = names[max(at - 1, 0) : at + 3]
            places |= {(path, block) for block in near}
        for path in self.deleted:
            places |= {(path, block) for block, _ in project[path]}
        return places


def changed(project: Project, *changes: Change) -> dict[str, bytes]:
    """Return the files of *project* after all of *changes*."""
    files = {}
    for path, blocks in project.items():
        if any(path in change.deleted for change in changes):
            continue
        texts = [text for _, text in blocks_after(path, blocks, changes)]
        new = next(
            (change.renamed[path] for change in changes if path in change.renamed), path
        )
        windows = any(path in change.windows for change in changes)
        files[new] = rendered(texts, windows=windows)
    for change in changes:
        for path, blocks in change.added.items():
            files[path] = rendered([text for _, text in blocks], windows=False)
    return files


def blocks_after(
    path: str, blocks: Blocks, changes: tuple[Change, ...]
) -> Iterator[tuple[str, str]]:
    """Yield the blocks of one file, edited, left out, and with new ones between."""
    for name, text in blocks:
        place = (path, name)
        if not any(place in change.dropped for change in changes):
            edits = [
                change.edited[place] for change in changes if place in change.edited
            ]
            yield name, edits[-1] if edits else text
        for change in changes:
            if place in change.inserted:
                yield "new", change.inserted[place]


def rendered(texts: list[str], *, windows: bool) -> bytes:
    """Return a file of these blocks."""
    content = "\n\n".join(texts).encode()
    return content.replace(b"\n", b"\r\n") if windows else content


def block(path: str, name: str, value: str) -> str:
    """Return a block as files of this kind have it; *value* stands in its middle."""
    if path.endswith(".py"):
        return (
            f"def {name}(request):\n"
            f'    """Do what {name} is for."""\n'
            f"    {name}_value = {value!r}\n"
            f'    request.log("{name}", {name}_value)\n'
            f"    return {name}_value\n"
        )
    return (
        f'<section id="{name}">\n  <h2>{name}</h2>\n  <p>{value}</p>\n'
        f'  <a href="#{name}">{name}</a>\n</section>\n'
    )


def blocks_of(path: str, *names: str) -> Blocks:
    """Return a file with these blocks."""
    return [(name, block(path, name, f"{name} as it was")) for name in names]


FIRST: Project = {
    path: blocks_of(path, *(f"{stem}_{n}" for n in range(count)))
    for path, stem, count in (
        ("core/realm.py", "realm", 14),
        ("core/sessions.py", "session", 12),
        ("core/mail.py", "mail", 10),
        ("pages/login.py", "login", 12),
        ("pages/profile.py", "profile", 10),
        ("pages/legacy.py", "legacy", 8),
        ("templates/login.html", "sign_in", 8),
        ("templates/profile.html", "about", 8),
        ("tests/test_login.py", "test_login", 12),
    )
}


def edit(path: str, name: str, value: str) -> dict[Place, str]:
    """Return the edit of one block."""
    return {(path, name): block(path, name, value)}


#: What each release changed of the one before, which is always `FIRST`: so every one
#: of them can be overlapped at the same places.
RELEASES = {
    "1.1, with a page more": Change(
        edited=edit("pages/login.py", "login_3", "asks for the page to return to"),
        inserted={
            ("core/realm.py", "realm_5"): block("a.py", "realm_more", "another thing")
        },
        added={
            "pages/signup.py": blocks_of("a.py", "signup_0", "signup_1"),
            "templates/signup.html": blocks_of("a.html", "join_0", "join_1"),
        },
    ),
    "1.1.1, with a security fix": Change(
        edited=edit("core/sessions.py", "session_7", "compared in constant time")
        | edit("tests/test_login.py", "test_login_9", "sees that it is"),
    ),
    "1.2, with files renamed": Change(
        renamed={
            "core/mail.py": "mail/outbox.py",
            "templates/profile.html": "templates/account.html",
        },
        edited=edit("core/mail.py", "mail_2", "sends in the background")
        | edit("pages/profile.py", "profile_0", "draws account.html"),
    ),
    "1.3, with files deleted": Change(
        deleted={"pages/legacy.py"},
        edited=edit("core/realm.py", "realm_1", "without the legacy pages"),
        dropped={("tests/test_login.py", "test_login_4")},
    ),
    "2.0, with all of it": Change(
        renamed={"pages/profile.py": "pages/account.py"},
        deleted={"pages/legacy.py"},
        added={"core/clock.py": blocks_of("a.py", "now", "later")},
        edited=edit("core/sessions.py", "session_2", "idle sessions end")
        | edit("core/sessions.py", "session_10", "old sessions end")
        | edit("pages/profile.py", "profile_6", "shows the sessions")
        | edit("templates/login.html", "sign_in_4", "has a label"),
        dropped={("core/realm.py", "realm_12")},
    ),
}


def somebodys(dice: random.Random, release: Change) -> Change:
    """Return edits that do not overlap with *release*, as *dice* fall."""
    mine, taken = Change(is_release=False), release.touched(FIRST)
    for path, blocks in FIRST.items():
        free = [name for name, _ in blocks if (path, name) not in taken]
        if not free or dice.random() < 0.3:
            continue
        names = dice.sample(free, min(len(free), dice.randint(1, 3)))
        mine.edited |= {
            (path, name): block(path, name, f"mine, {dice.random()}") for name in names
        }
        if dice.random() < 0.2 and path not in release.renamed:
            mine.renamed[path] = f"own/{path}"
        if dice.random() < 0.3:
            mine.windows.add(path)
    _insert(dice, mine, taken)
    mine.added["own/extra.py"] = blocks_of("a.py", f"own_{dice.randint(1, 99)}")
    return mine


def _insert(dice: random.Random, mine: Change, taken: set[Place]) -> None:
    """Insert a block, and leave one out, where there is room for it."""
    for path in dice.sample(sorted(FIRST), 4):
        names = [name for name, _ in FIRST[path]]
        at = dice.randrange(1, len(names) - 2)
        near = {(path, name) for name in names[at - 1 : at + 3]}
        if not near & (taken | mine.edited.keys()):
            if dice.random() < 0.5:
                mine.inserted[path, names[at]] = block(path, "own_block", "mine")
            else:
                mine.dropped.add((path, names[at]))


def overlapped(dice: random.Random, release: Change) -> tuple[Change, Place]:
    """Return edits of which one is where *release* has one too, and that place."""
    mine = somebodys(dice, release)
    path, name = place = dice.choice(sorted(release.edited))
    mine.edited[place] = block(path, name, f"mine instead, {dice.random()}")
    return mine, place


#: What every release of the made-up realm has beside.
_REALM = {
    "features/__init__.py": 'FEATURES = (\n    "one",\n    "two",\n    "three",\n)\n',
    "features/one/__init__.py": "ONE = 1\n",
    "features/two/__init__.py": "from .flow import protected as protected\n",
    "features/two/flow.py": "def protected(db):\n    return 2\n",
    "features/two/templates/two.jinja2": "<p>two</p>\n",
    "features/three/__init__.py": "THREE = 3\n",
    "tests/one/test_one.py": "def test_one():\n    pass\n",
    "tests/two/test_two.py": "def test_two():\n    pass\n",
    "templates/layout.jinja2": "<main>\n{% block main %}{% endblock %}\n</main>\n",
    "names.py": "from arware.local.features import FEATURES\n\nNAMES = FEATURES\n",
    "migrations/versions/01_core.py": 'revision = "core"\ndown_revision = None\n',
    "migrations/versions/02_two.py": 'revision = "two"\ndown_revision = "core"\n',
}
#: How the first one is ejected.
NEW = ("new", "app.auth", "--with", "one,two", "--preset", "minimal")


def made_up(
    folder: Path,
    names: Sequence[str] = (),
    version: str = "1.0",
    more: Mapping[str, str] | None = None,
) -> Release:
    """
    Make a release in *folder*: the first, with the changes of those called *names*.

    *more* is what it has beside, by path.
    """
    tree = changed(FIRST, *(RELEASES[name] for name in names))
    extra = {path: text.encode() for path, text in {**_REALM, **(more or {})}.items()}
    settle(folder / "arware/local", tree | extra)
    settle(folder / "arware/kit", {"__init__.py": b"", "clock.py": b"NOW = 1\n"})
    (folder / "fixes").mkdir()
    return Release(version, folder / "arware/local", folder / "fixes")


def write_fix(
    release: Release,
    name: str,
    before: Mapping[str, bytes],
    after: Mapping[str, bytes],
    of: str = "1.0",
) -> None:
    """Have a fix come with *release*; the files are by their path in ``arware``."""
    for side, files in (("before", before), ("after", after)):
        folder = release.fixes / name / of / side
        settle(folder, {f"{path}.txt": data for path, data in files.items()})
    settle(release.fixes / name, {"about.txt": b"Sessions are compared safely\n"})


def said(output: str) -> dict[str, str]:
    """Return path -> action of what is not as it was."""
    lines = output.partition("\n\n")[0].splitlines()
    told = {line.split()[1]: line.split()[0] for line in lines}
    return {path: action for path, action in told.items() if action != "identical"}
