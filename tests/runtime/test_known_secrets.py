"""Secrets that everybody knows."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from arware.runtime.known_secrets import BYTES, digests, is_known
from tests.settings.samples import OTHER_SECRET, SECRET

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "secret",
    [
        "change_this_super_secret_random_string",
        "  change_this_super_secret_random_string\n",
        "my-32-character-ultra-secure-and-ultra-long-secret",
    ],
)
def test_a_secret_of_a_tutorial_is_known(secret: str) -> None:
    """White space around it does not make it better."""
    assert is_known(secret)


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET, "", "\ud800", "x" * 32 + "é"])
def test_other_texts_are_not_known(secret: str) -> None:
    """Whatever they are made of."""
    assert not is_known(secret)


def test_the_list_holds_the_beginnings_of_digests_only() -> None:
    """So nobody reads a secret out of it."""
    assert {len(digest) for digest in digests()} == {BYTES}


def test_the_list_is_packaged() -> None:
    """Where arware is installed, a secret of a tutorial is known as well."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    data = project["tool"]["setuptools"]["package-data"]

    assert data["arware.runtime"] == ["known_secrets.bin"]
