"""
The realm serves and its tests pass with any choice of features (GN-11).

What leaving a feature out can break is another that needs it in secret, so each is
tried alone: all that it has is imported, its pages are drawn, and its tests pass,
without any other but ``password``, and the tests of all without that. That many do
without one is seen where a few are left out at a time, so that of any two there is a
choice with the one and without the other, and all pages are drawn. The presets are run
as people have them: ``minimal`` with the tests of what all have in common, ``authkit``
with its features'; ``full`` is what runs as our own tests, without ``protocol``.
``python -m tests.eject features`` runs all tests of each choice, simulations included,
and of each that is without one feature.
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from arware.local.features import FEATURES

from .features import (
    Choice,
    alone,
    drawn,
    presets,
    quick,
    run_tests,
    separating,
    thinned,
    without,
)

PRESETS = [choice for name, choice in presets().items() if name != "full"]
RUN = {choice.package: [choice] for choice in [*PRESETS, without("password")]}
RUN["alone"] = alone()
#: Tried by their tests, and by a look at all pages.
TRIED = {"run": [*alone(), without("password")], "drawn": thinned()}


@pytest.mark.parametrize("name", RUN)
def test_gn11_what_is_chosen_serves_and_its_tests_pass(
    tmp_path: Path, name: str
) -> None:
    """Nothing refers to a feature that was left out, and each page is drawn."""
    choices = RUN[name]
    tests = [path for choice in choices for path in choice.eject(tmp_path)]
    done = run_tests(tmp_path, *tests, drawn(tmp_path, choices), *quick())

    assert done.returncode == 0, done.stdout[-3000:]


def test_gn11_all_is_imported_and_drawn_where_some_are_left_out(tmp_path: Path) -> None:
    """For nobody and for a member, over one database."""
    choices = thinned()
    for choice in choices:
        choice.eject(tmp_path)
    # All tests are imported, of which none is run: their asserts may stay as they are.
    done = run_tests(tmp_path, drawn(tmp_path, choices), "--assert=plain")

    assert done.returncode == 0, done.stdout[-3000:]
    assert done.stdout.splitlines()[-1].startswith(f"{len(choices)} passed")


@pytest.mark.parametrize("choices", TRIED.values(), ids=TRIED)
def test_gn11_each_feature_is_tried_without_each_other(choices: list[Choice]) -> None:
    """By itself, and among many."""
    apart = [
        (one, other)
        for one, other in permutations(FEATURES, 2)
        if not any(
            one in choice.features and other not in choice.features
            for choice in choices
        )
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
