"""Security fixes, merged by themselves into code of earlier releases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from arware.eject.fixes import FIXES, Fix, Patch, open_fixes, read_fixes
from arware.eject.manifest import Manifest, read_manifest
from arware.eject.options import Options
from arware.eject.paths import digest
from arware.eject.releases import INSTALLED, Release
from arware.eject.rendering import placed

from .applications import Application
from .kills import tree_of
from .releases import FIRST, RELEASES, block, changed, made_up, said, write_fix

SECURITY, ALL = list(RELEASES)[1], list(RELEASES)[4]
#: What the fix is about, and the test that came with it.
FIXED = ("core/sessions.py", "tests/test_login.py")
OPEN = "fix       AR-1 (Sessions are compared safely)\n"


def in_local(tree, *paths: str) -> dict[str, bytes]:
    """Return some files of *tree* by their path in ``arware``."""
    return {f"local/{path}": tree[path] for path in paths}


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Have a release with much that is new, and a fix for the first one."""
    release = made_up(tmp_path / "later", [ALL, SECURITY], "2.0")
    before, after = changed(FIRST), changed(FIRST, RELEASES[SECURITY])
    write_fix(release, "AR-1", in_local(before, *FIXED), in_local(after, *FIXED))
    return release


def test_gn15_status_and_check_tell_which_fixes_are_open(
    app: Application, eject, release
) -> None:
    """By its id; ``--check`` ends with 3, for the tests of the application (AK-F43)."""
    code, output, complaints = eject(release, "status", "--check")
    assert (code, OPEN in output) == (3, True)
    assert "AR-1 is open: arware eject upgrade --only AR-1\n" in complaints
    code, output, _ = eject(release, "upgrade", "--check")
    assert (code, OPEN in output) == (3, True)
    assert "pristine  app/auth/core/sessions.py (outdated)\n" in output
    assert "app/auth/core/mail.py" not in output
    document = json.loads(eject(release, "upgrade", "--check", "--json")[1])

    assert document["fixes"] == [
        {"id": "AR-1", "title": "Sessions are compared safely"}
    ]
    assert app.status() == []


def test_gn15_one_fix_is_merged_and_all_else_left(
    app: Application, eject, release
) -> None:
    """It is not open then, and the rest of the release can still be merged."""
    path = "app/auth/core/sessions.py"
    mine = (app.folder / path).read_bytes()
    mine = mine.replace(b"session_1 as it was", b"mine")
    app.commit({path: mine})
    code, output, _ = eject(release, "upgrade", "--only", "AR-1")

    assert code == 0
    assert said(output) == {
        path: "merged",
        "app/auth/tests/test_login.py": "replace",
        ".arware/": "replace",
    }
    assert "1. AR-1 comes with it: Sessions are compared safely" in output
    fixed = mine.replace(b"session_7 as it was", b"compared in constant time")
    assert (app.folder / path).read_bytes() == fixed
    manifest = read_manifest(app.folder)
    assert manifest is not None
    assert manifest.version == "1.0"
    app.commit({})
    assert OPEN not in eject(release, "status")[1]
    assert eject(release, "upgrade")[0] == 0
    merged = (app.folder / path).read_bytes()
    for part in (b"mine", b"compared in constant time", b"idle sessions end"):
        assert part in merged


def test_gn01_a_fix_that_is_not_open_changes_nothing(
    app: Application, eject, release
) -> None:
    """It is said, and all is ``identical``."""
    eject(release, "upgrade", "--only", "AR-1")
    app.commit({})
    code, output, complaints = eject(release, "upgrade", "--only", "AR-1")

    assert (code, said(output), app.status()) == (0, {}, [])
    assert complaints == "AR-1 is not open here\n"


def test_gn02_a_dry_run_of_a_fix_prints_the_same(
    app: Application, eject, release
) -> None:
    """And writes nothing."""
    before = tree_of(app.folder)
    dry = eject(release, "upgrade", "--only", "AR-1", "--dry-run")

    assert tree_of(app.folder) == before
    assert eject(release, "upgrade", "--only", "AR-1") == dry


@pytest.mark.parametrize("words", [("--only", "AR-1"), ()])
def test_gn15_a_fix_of_what_was_deleted_ends_with_4(
    app: Application, eject, release, words
) -> None:
    """Its code may live on elsewhere: only a person can know."""
    (app.folder / "app/auth/core/sessions.py").unlink()
    app.commit({})
    code, output, _ = eject(release, "upgrade", *words)

    told = "app/auth/core/sessions.py (you deleted it; AR-1 is about it)\n"
    assert (code, f"unfixed   {told}" in output) == (4, True)
    assert "You deleted these. If their code lives on elsewhere" in output
    assert not (app.folder / "app/auth/core/sessions.py").exists()


def test_gn15_a_fix_can_be_in_conflict(app: Application, eject, release) -> None:
    """As any change of a release."""
    path = "app/auth/core/sessions.py"
    mine = block(path, "session_7", "mine")
    old = block(path, "session_7", "session_7 as it was")
    content = (app.folder / path).read_bytes()
    app.commit({path: content.replace(old.encode(), mine.encode())})
    code, output, _ = eject(release, "upgrade", "--only", "AR-1")

    assert (code, said(output)[path]) == (4, "conflict")
    assert f"UU app/{path}" in app.status()


def test_an_unknown_fix_is_wrong_usage(app: Application, eject, release) -> None:
    """A mistyped one must not look merged."""
    code, output, complaints = eject(release, "upgrade", "--only", "AR-2")

    assert (code, output) == (2, "")
    assert "arware 2.0 has no fix AR-2" in complaints


# --- Where a fix is open ---------------------------------------------------------

OLD, NEW, TEST = b"a = 1\n", b"a = 2\n", b"def test_a():\n    pass\n"
KNOWN = ("one", "two")
ONE = Options("app.auth", "app/auth", ("one",))
VENDORED = Options("app.auth", "app/auth", ("one",), vendor=True)
PAGES = Options(pages=("one/page.jinja2",), pages_folder="pages")


def fix(before: dict[str, bytes], after: dict[str, bytes]) -> Fix:
    """Return a fix with one patch."""
    return Fix("AR-1", "A title", (Patch(before, after),))


def ejected(files: dict[str, bytes], options: Options) -> Manifest:
    """Return the manifest of a release with *files*."""
    found = placed(files, options, KNOWN)
    return Manifest("1.0", options, {path: digest(found[path]) for path in found})


@pytest.mark.parametrize(
    ("before", "after", "options", "changed"),
    [
        (
            {"local/a.py": OLD}, {"local/a.py": NEW, "local/tests/test_a.py": TEST},
            ONE, {"app/auth/a.py": NEW, "app/auth/tests/test_a.py": TEST},
        ),
        ({"local/a.py": OLD}, {}, ONE, {"app/auth/a.py": None}),
        (
            {"local/a.py": b"from arware.local import b\n"}, {"local/a.py": NEW},
            ONE, {"app/auth/a.py": NEW},
        ),
        (
            {"local/a.py": OLD, "local/features/two/b.py": OLD},
            {"local/a.py": NEW, "local/features/two/b.py": NEW},
            ONE, {"app/auth/a.py": NEW},
        ),
        ({"local/features/two/b.py": OLD}, {}, ONE, None),
        ({"kit/a.py": OLD}, {"kit/a.py": NEW}, ONE, None),
        (
            {"kit/a.py": OLD}, {"kit/a.py": NEW},
            VENDORED, {"app/auth/vendored/kit/a.py": NEW},
        ),
        (
            {"local/features/one/templates/page.jinja2": OLD},
            {"local/features/one/templates/page.jinja2": NEW},
            PAGES, {"pages/one/page.jinja2": NEW},
        ),
    ],
    ids=["a test comes with it", "deleted", "an import", "of a feature left out too",
         "of a feature left out", "the kit's", "the kit's, vendored", "a page"],
)  # fmt: skip
def test_a_fix_is_open_where_all_that_it_changes_was_ejected(
    before, after, options, changed
) -> None:
    """As far as it was: what was not ejected is not changed."""
    found = list(open_fixes([fix(before, after)], ejected(before, options), KNOWN))

    assert [open_fix.files for open_fix in found] == (
        [] if changed is None else [changed]
    )


def test_a_fix_of_other_code_is_not_open() -> None:
    """What a later release has ejected has it, by another hash."""
    manifest = ejected({"local/a.py": NEW, "local/b.py": OLD}, ONE)
    both = {"local/a.py": OLD, "local/b.py": OLD}

    assert list(open_fixes([fix(both, {})], manifest, KNOWN)) == []


# --- Those that come with this release -------------------------------------------


def faults(fixes: Sequence[Fix]) -> Iterator[str]:
    """Yield what must not be shipped like that."""
    for one in fixes:
        for patch in one.patches:
            if patch.before == patch.after or not patch.before:
                yield f"{one.id} changes nothing"
            if not any("/tests/" in path for path in patch.after.keys() - patch.before):
                yield f"{one.id} comes without a test of its own"
            if "local/features/__init__.py" in patch.before:
                yield f"{one.id} is about the list of features, which differs"
            for other in fixes:
                if other is not one and _is_lost(other, patch):
                    yield f"{other.id} would be lost where {one.id} was merged first"


def _is_lost(fix: Fix, first: Patch) -> bool:
    """Tell whether *fix* is open before *first* was merged, and not after it."""
    return _fits(fix, first.before) and not _fits(fix, {**first.before, **first.after})


def _fits(fix: Fix, files) -> bool:
    """Tell whether a patch of *fix* is about *files*, as far as they go."""
    return any(
        patch.before.keys() & files.keys()
        and all(files.get(path, data) == data for path, data in patch.before.items())
        for patch in fix.patches
    )


def test_what_is_wrong_with_a_fix_is_found() -> None:
    """Before it is shipped."""
    test = {"local/tests/test_a.py": TEST}
    first = Fix("AR-1", "", (Patch({"local/a.py": OLD}, {"local/a.py": NEW, **test}),))
    second = Fix("AR-2", "", (Patch({"local/a.py": OLD}, {"local/a.py": TEST}),))
    listed = Fix("AR-3", "", (Patch({"local/features/__init__.py": OLD}, test),))
    nothing = Fix("AR-4", "", (Patch({}, {}),))

    assert set(faults([first, second, listed, nothing])) == {
        "AR-2 comes without a test of its own",
        "AR-2 would be lost where AR-1 was merged first",
        "AR-1 would be lost where AR-2 was merged first",
        "AR-3 is about the list of features, which differs",
        "AR-4 changes nothing",
        "AR-4 comes without a test of its own",
    }


def test_those_that_are_shipped_are_sound_and_this_release_needs_none() -> None:
    """Its own code has them all; there are none yet."""
    everything = Options("app.auth", "app/auth", INSTALLED.features)
    rendered = INSTALLED.rendered(everything)
    manifest = Manifest("", everything, {p: digest(d) for p, d in rendered.items()})

    assert list(faults(read_fixes(FIXES))) == []
    assert INSTALLED.open_fixes(manifest) == []
