"""
The realm serves and its tests pass with any choice of features (GN-11).

What leaving a feature out can break is another that needs it in secret, so it is enough
that of any two there is a choice with the one and without the other: a handful of them,
see ``features.separating``, in place of as many as there are features. Every feature is
left out by itself, too, and all pages are drawn. The preset ``full`` is what runs as
our own tests, without ``protocol``. ``python -m tests.eject features`` runs all tests
of each of these.
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from arware.local.features import FEATURES

from .features import (
    Choice,
    alone,
    draw_pages,
    left_out,
    presets,
    quick,
    run_tests,
    separated,
    separating,
)

SETS = {name: choice for name, choice in presets().items() if name != "full"}
TRIED: dict[str, list[Choice]] = {
    **{name: [choice] for name, choice in (SETS | separated()).items()},
    "each alone": alone(),
}


@pytest.mark.parametrize("name", TRIED)
def test_gn11_what_is_chosen_serves_and_its_tests_pass(
    tmp_path: Path, name: str
) -> None:
    """Nothing refers to a feature that was left out."""
    tests = [path for choice in TRIED[name] for path in choice.eject(tmp_path)]
    done = run_tests(tmp_path, *tests, *([] if name == "minimal" else quick()))

    assert done.returncode == 0, done.stdout[-3000:]


def test_gn11_all_is_imported_and_drawn_without_any_feature(tmp_path: Path) -> None:
    """For nobody and for a member, over one database."""
    for choice in left_out():
        choice.eject(tmp_path)
    done = draw_pages(tmp_path, [choice.package for choice in left_out()])

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
