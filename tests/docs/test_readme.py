"""The README: its examples run, its commands are those that are run elsewhere."""

from __future__ import annotations

import re

import pytest

from arware.testing import Browser, MemoryRealm, signed_in

from .blocks import ROOT, markdown_blocks, run

README = ROOT / "README.md"
BLOCKS = list(markdown_blocks(README))
ADAPTERS = {block.name: block for block in BLOCKS if block.language == "python"}
COMMANDS = [block.code.strip() for block in BLOCKS if block.name == "Try it"]


def test_there_is_an_example_for_each_adapter() -> None:
    """Every adapter has one, short enough to be taken in at a glance."""
    lengths = {
        name: sum(1 for line in block.code.splitlines() if line.strip())
        for name, block in ADAPTERS.items()
    }

    assert sorted(lengths) == ["ASGI", "Bottle", "Pyramid", "WSGI"]
    assert max(lengths.values()) <= 10


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
def test_an_example_greets_somebody_who_logged_in(
    adapter: str, realm: MemoryRealm
) -> None:
    """As it stands, with the settings in the environment, the example works."""
    app = run(ADAPTERS[adapter], README)["app"]

    browser = signed_in(app, realm, "alice")
    answer = browser.get("/private")

    assert answer.status == 200
    assert answer.body == b"Hello Alice"


@pytest.mark.parametrize("adapter", sorted(ADAPTERS))
def test_an_example_sends_a_stranger_to_the_login(
    adapter: str, realm: MemoryRealm
) -> None:
    """Its private page is only for people who are logged in."""
    app = run(ADAPTERS[adapter], README)["app"]

    answer = Browser(app).get("/private")

    assert answer.status == 302
    assert answer.location.startswith(realm.url + "login?redirect_uri=")


def test_the_test_command_is_what_is_run_before_a_change_is_taken_in() -> None:
    """The second command stands in ``.ci/run``, word for word."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")

    assert COMMANDS[1].endswith("/pytest -n auto --dist loadfile")
    assert f"bash -c '{COMMANDS[1]}'" in script


def test_f32_the_documentation_is_built_in_an_environment_of_its_own() -> None:
    """``.ci/run`` does what the README says with nothing installed but that extra."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    (said,) = re.findall(
        "^`(pip .+?)` and `(sphinx-build .+?)` make", README.read_text("utf-8"), re.M
    )
    gate = script[script.index('gate "documents"') :]

    assert "python3 -m venv --clear .venv-docs" in gate
    assert '.venv-docs/bin/pip install -q ".[docs]"' in gate
    assert ".venv-docs/bin/sphinx-build -n -W" in gate
    assert said == (
        'pip install ".[docs]"',
        "sphinx-build -n -W -b html docs docs/_build/html",
    )


def test_the_links_lead_somewhere() -> None:
    """Every relative link names a file that is there."""
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", README.read_text("utf-8"))

    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
