"""The pages on the API: every example runs, and nothing is left out."""

from __future__ import annotations

import re

import pytest

from arware.api import provider
from arware.resources.associations import Parent, _Child
from arware.resources.forms import Forms
from arware.resources.registry import CLASSES, resource_class
from tests.api.conftest import KEY
from tests.api.memory import Memory
from tests.api.servers import Api
from tests.docs.blocks import ROOT, Block, rst_blocks, run

PAGES = [
    ROOT / "docs" / "reference" / "api.rst",
    ROOT / "docs" / "reference" / "api-resources.rst",
    ROOT / "docs" / "coming-from-ruby.rst",
]
EXAMPLES = [
    pytest.param(block, page, id=f"{page.name}:{block.line}")
    for page in PAGES
    for block in rst_blocks(page)
    if block.language == "python"
]


@pytest.mark.parametrize(("block", "page"), EXAMPLES)
def test_every_example_runs(
    api: Api, block: Block, page: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands, against an API on loopback."""
    Memory(api)
    monkeypatch.setenv("AUTHROCKET_API_KEY", KEY)
    monkeypatch.setenv("AUTHROCKET_URL", api.url)
    provider.configure()
    try:
        run(block, ROOT / str(page))
    finally:
        provider.forget()


def section(kind: str) -> str:
    """Return what the page says of a class."""
    text = PAGES[1].read_text("utf-8")
    name = CLASSES[kind]
    start = text.index(f"\n{name}\n{'-' * len(name)}\n")
    following = re.search(r"\n\w+\n-+\n", text[start + len(name) + 5 :])
    return text[start:][: following.end() + len(name) if following else None]


@pytest.mark.parametrize("kind", sorted(CLASSES))
def test_every_field_and_method_is_named(kind: str) -> None:
    """The page names all that a class has, and has an example of it."""
    cls = resource_class(kind)
    text = section(kind)
    words = set(re.findall(r"\w+", text))
    linked = (Parent, _Child, Forms, classmethod)
    own = {
        name
        for name, value in vars(cls).items()
        if not name.startswith("_") and (isinstance(value, linked) or callable(value))
    }
    operations = {
        name
        for name in ("all", "find", "create", "update", "delete")
        if hasattr(cls, name)
    }

    assert set(cls._fields) - words == {"id"} - words
    assert own - words == set()
    assert operations - words == set()
    assert "code-block:: python" in text


def test_the_gems_names_are_all_translated() -> None:
    """Each method of the gem that has a name of its own stands on the page."""
    text = PAGES[2].read_text("utf-8")
    names = (
        "from_token retrieve find first all create update delete save reload errors "
        "valid authenticate authenticate_token generate_password_token verify_email "
        "reset_password_with_token request_email_verification accept_invitation "
        "update_password update_profile find_org find_user find_notification "
        "any_permission invite verify reset authorize_urls authorize_url authorize "
        "authorize_token code_to_token more_results metadata attributes cache_store "
        "default_headers use_default_routes post_logout_path credentials"
    )

    assert [name for name in names.split() if name not in text] == []
