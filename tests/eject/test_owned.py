"""``AUTH.md``: what a team owns, as the code itself declares it."""

from __future__ import annotations

import re
from functools import cache

import pytest

from arware.eject.declarations import Module
from arware.eject.options import PRESETS, Options, chosen_features
from arware.eject.owned import THREATS
from arware.eject.rendering import RELEASE, known_features, render
from arware.eject.requirements import MEANINGS
from arware.local.app import configured
from arware.local.realm import Realm

KNOWN = known_features(RELEASE)


@cache
def pages(preset: str) -> dict[str, str]:
    """Return both pages as they are ejected with *preset*, and the paths there are."""
    options = Options("shop.auth", "src/shop/auth", chosen_features(KNOWN, preset))
    found = render(RELEASE, options)
    names = "AUTH.md", "AGENTS.md"
    read = {name: found[f"src/shop/auth/{name}"].decode() for name in names}
    return read | {"files": "\n".join(found)}


@pytest.mark.parametrize("preset", PRESETS)
def test_each_address_is_in_it(preset):
    """Of the features that were chosen, and no other (AK-B21)."""
    text = pages(preset)["AUTH.md"]
    features = chosen_features(KNOWN, preset)
    config = configured(None, features)
    patterns = {
        one["introspectable"]["pattern"]
        for one in config.introspector.get_category("routes")
    }

    assert len(patterns) > 10
    for pattern in patterns:
        assert ("| `/auth" + pattern + "` |" in text) or "static" in pattern
    assert ("/auth/accounts" in text) == ("orgs" in features)


def test_each_setting_is_in_it(tmp_path):
    """With the default that it has."""
    text = pages("full")["AUTH.md"]
    url = f"sqlite:///{tmp_path}/realm.sqlite"
    with Realm(url, url="http://localhost:8000/auth", cheap_hashing=True) as realm:
        names = {n for n in realm.settings.__slots__ if n != "features"}
        kinds = realm.joined.settings
    assert "| `session_minutes` | `1440` | How long a login at the realm lasts" in text
    assert "| `reset.minutes` | `30` |" in text
    for name in names:
        assert f"| `{name}` |" in text
    for kind in kinds:
        for field in kind.__dataclass_fields__:
            assert f".{field}` |" in text


@pytest.mark.parametrize("preset", PRESETS)
def test_each_setting_is_explained(preset):
    """Whoever owns the code reads there what each one does."""
    text = pages(preset)["AUTH.md"].partition("## Settings")[2].partition("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| `")]

    assert len(rows) > 40
    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_numbers_are_in_it():
    """With what their comments say; what only looks like one is not."""
    text = pages("minimal")["AUTH.md"]

    assert "| `MOST_FAILURES = 100` | NIST SP 800-63B-4 3.2.2: no more" in text
    assert "Reason(" not in text
    assert "argon2'" not in text


def test_each_requirement_that_is_named_is_explained():
    """In code and in tests; a label is no riddle to who has never seen ours."""
    text = pages("full")["AUTH.md"]
    named = {
        name
        for path, data in render(RELEASE, Options("a", "a", KNOWN)).items()
        if path.endswith(".py")
        for name in re.findall(r"\bRQ-[A-Z]+\d+", data.decode())
    }

    assert named <= MEANINGS.keys()
    assert "| RQ-K5 | Opening a link uses nothing up; sending the form does" in text
    for label in ("`RQ-...`", "`AK-...`", "`T...`", "`GN-...`"):
        assert label in text


def test_what_answers_threats_is_there():
    """Each file that is named."""
    found = pages("full")["files"]

    for _, _, place in THREATS:
        assert f"src/shop/auth/{place}\n" in f"{found}\n"


def test_rq_n5_what_asvs_wants_documented_is_said():
    """By its numbers, each with where that is told (RQ-S10)."""
    text = pages("minimal")["AUTH.md"]

    for number in ("6.1.1", "6.1.2", "6.1.3", "7.1.1", "7.1.2", "7.1.3"):
        assert f"| {number} |" in text
    assert "| how many sessions one person may have | any number" in text


def test_it_speaks_of_the_application():
    """Its package, its commands, its prefix."""
    read = pages("minimal")

    assert "python -m shop.auth --help" in read["AUTH.md"]
    assert "/auth/login?redirect_uri=" in read["AUTH.md"]
    assert "arware realm" not in read["AUTH.md"]
    assert "importlib src/shop/auth/tests" in read["AGENTS.md"]
    assert "{" not in read["AGENTS.md"]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("#: How many.\nMOST = 5\n", ["5"]),
        ("#: Two\n#: lines.\nMOST = Limit(5)\n", ["Limit(5)"]),
        ("MOST = 5\n", []),
        ("# No.\nMOST = 5\n", []),
        ('#: A text.\nMOST = "5"\n', []),
        ("#: Small.\nmost = 5\n", []),
    ],
)
def test_a_number_is_a_constant_with_a_comment(source, value):
    """Others are nobody's to turn."""
    assert [one.value for one in Module("a.py", source).numbers()] == value
