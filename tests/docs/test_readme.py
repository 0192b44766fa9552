"""The README: its examples run, its commands are those that are run elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from arware.testing import Browser, MemoryRealm, signed_in

from .blocks import ROOT, markdown_blocks, run

README = ROOT / "README.md"
BLOCKS = list(markdown_blocks(README))
COMMANDS = [block.code.strip() for block in BLOCKS if block.name == "Try it"]
EXAMPLES = ROOT / "docs" / "examples"
APPLICATIONS = {
    block.name.lower(): block for block in BLOCKS if block.language == "python"
}


@pytest.mark.parametrize("name", ["fastapi", "flask"])
def test_an_application_is_the_file_of_the_examples(name: str) -> None:
    """What is read here is what is started and logged in to elsewhere."""
    text = (EXAMPLES / name / "app.py").read_text("utf-8")

    assert APPLICATIONS[name].code == text


def test_each_line_for_another_framework_is_one_of_its_example() -> None:
    """The table shows the very line by which the example has its login."""
    rows = re.findall(
        r"^\| \w+ \| `(.+)` \| \[(\w+)\]\((.+)\) \|$", README.read_text("utf-8"), re.M
    )

    assert {name for _, name, _ in rows} | set(APPLICATIONS) == {
        path.name for path in EXAMPLES.iterdir()
    }
    for line, _, path in rows:
        assert line in (ROOT / path).read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", ["fastapi", "flask"])
def test_without_a_realm_of_its_own_it_asks_that_of_the_environment(
    name: str, realm: MemoryRealm
) -> None:
    """What the README says of hosted AuthRocket is all there is to change."""
    block = APPLICATIONS[name]
    lines = block.code.replace(", local_realm=realm", "").splitlines(keepends=True)
    code = "".join("\n" if " Realm" in line else line for line in lines)
    app = run(replace(block, code=code), README)["app"]

    assert Browser(app).get("/").location.startswith(realm.url + "login?")
    assert b"Hello Alice" in signed_in(app, realm, "alice").get("/").body


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
