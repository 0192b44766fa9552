"""Releases on top of what many people made of the one before."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import pytest

from arware.eject.merging import Merged, Outcome, merge

from .releases import FIRST, RELEASES, Change, Place, changed, overlapped, somebodys

#: How many different edits each of the releases meets, in each of the tests.
EDITS = int(os.environ.get("ARWARE_MERGES", "5"))

BASE = changed(FIRST)


@pytest.mark.parametrize("seed", range(EDITS))
@pytest.mark.parametrize("release", RELEASES)
def test_edits_at_other_places_are_merged(release: str, seed: int) -> None:
    """GN-15: what comes of it is what both changes make of the blocks, to the byte."""
    theirs = RELEASES[release]
    mine = somebodys(random.Random(f"{release} {seed}"), theirs)

    merged = merge(BASE, changed(FIRST, mine), changed(FIRST, theirs))

    assert merged.tree == together(mine, theirs)
    assert merged.conflicts == {}
    compile_all(merged)


@pytest.mark.parametrize("seed", range(EDITS))
@pytest.mark.parametrize("release", RELEASES)
def test_an_edit_at_the_same_place_is_marked(release: str, seed: int) -> None:
    """GN-15: the overlap has its true base; all else is merged, nothing is lost."""
    theirs = RELEASES[release]
    mine, place = overlapped(random.Random(f"{release} {seed}"), theirs)
    yours, new = changed(FIRST, mine), changed(FIRST, theirs)

    merged = merge(BASE, yours, new)

    (path,) = merged.conflicts
    before = place[0]
    here, there = mine.renamed.get(before, before), theirs.renamed.get(before, before)
    windows = before in mine.windows
    assert merged.files[path].outcome is Outcome.CONFLICT
    assert merged.conflicts[path] == {
        1: ended(BASE[before], windows=windows),
        2: yours[here],
        3: ended(new[there], windows=windows),
    }
    decided = {
        "yours": together(without(theirs, place), mine),
        "before": together(without(theirs, place), without(mine, place)),
        "theirs": together(without(mine, place), theirs),
    }
    for side, tree in decided.items():
        assert {**merged.tree, path: taken(merged.tree[path], side)} == tree
    compile_all(merged)


def together(first: Change, second: Change) -> dict[str, bytes]:
    """Return all files after two changes, new ones with the endings of the others."""
    mine, theirs = (second, first) if first.is_release else (first, second)
    yours = changed(FIRST, mine)
    lines = sum(content.count(b"\n") for content in yours.values())
    windows = sum(content.count(b"\r\n") for content in yours.values()) * 2 > lines
    tree = changed(FIRST, first, second)
    return tree | {path: ended(tree[path], windows=windows) for path in theirs.added}


def without(change: Change, place: Place) -> Change:
    """Return *change* without its edit at *place*."""
    kept = {where: text for where, text in change.edited.items() if where != place}
    return replace(change, edited=kept)


def ended(content: bytes, *, windows: bool) -> bytes:
    """Return *content* with one ending or the other."""
    return content.replace(b"\n", b"\r\n") if windows else content


def compile_all(merged: Merged) -> None:
    """Compile all the Python but what is left to a person."""
    for path, content in merged.tree.items():
        if path.endswith(".py") and path not in merged.conflicts:
            compile(content, path, "exec")


SIDES = {b"<": "yours", b"|": "before", b"=": "theirs", b">": ""}


def taken(content: bytes, wanted: str) -> bytes:
    """Return a file with marks as it is when all is decided for one side."""
    kept, side = [], ""
    for line in content.splitlines(keepends=True):
        if line[:7] in (mark * 7 for mark in SIDES):
            side = SIDES[line[:1]]
        elif side in ("", wanted):
            kept.append(line)
    return b"".join(kept)
