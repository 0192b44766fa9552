"""
The realm serves and its tests pass with any choice of features (GN-11).

What leaving a feature out can break is another that needs it in secret, so it is enough
that of any two there is a choice with the one and without the other: a handful of them,
see ``features.separating``, in place of as many as there are features. Every feature is
left out by itself and is there alone, too, and all pages are drawn. The preset ``full``
is what runs as our own tests, without ``protocol``. ``python -m tests.eject features``
runs all tests of each of these.
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from arware.local.features import FEATURES

from .features import (
    alone,
    draw_pages,
    left_out,
    presets,
    quick,
    run_tests,
    separated,
    separating,
)

RUN = {name: choice for name, choice in presets().items() if name != "full"}
RUN |= separated()
DRAWN = {"alone": alone(), "left out": left_out()}


@pytest.mark.parametrize("name", RUN)
def test_gn11_what_is_chosen_serves_and_its_tests_pass(
    tmp_path: Path, name: str
) -> None:
    """Nothing refers to a feature that was left out."""
    tests = RUN[name].eject(tmp_path)
    done = run_tests(tmp_path, *tests, *([] if name == "minimal" else quick()))

    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("which", DRAWN)
def test_gn11_all_is_imported_and_drawn_with_any_feature_alone_or_left_out(
    tmp_path: Path, which: str
) -> None:
    """For nobody and for a member, over one database."""
    for choice in DRAWN[which]:
        choice.eject(tmp_path)
    done = draw_pages(tmp_path, [choice.package for choice in DRAWN[which]])

    assert done.returncode == 0, done.stderr[-3000:]
    assert len(done.stdout.splitlines()) == len(FEATURES)


def test_gn11_each_feature_is_tried_without_each_other() -> None:
    """In one of few choices."""
    choices = [{*choice.features} for choice in separated().values()]
    apart = [
        (one, other)
        for one, other in permutations(FEATURES, 2)
        if not any(one in chosen and other not in chosen for chosen in choices)
    ]

    assert apart == []


@pytest.mark.parametrize(("number", "most"), [(1, 3), (3, 3), (14, 6), (28, 8)])
def test_few_sets_tell_many_names_apart(number: int, most: int) -> None:
    """Whatever their number."""
    names = [str(n) for n in range(number)]
    sets = separating(names)

    assert len(sets) <= most
    for one, other in permutations(names, 2):
        assert any(one in chosen and other not in chosen for chosen in sets)
