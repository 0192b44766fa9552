"""Paths: which are ignored, which need a login."""

from __future__ import annotations

from typing import Any

import pytest

from arware.web.paths import Paths
from tests.making import Asked, settings
from tests.settings.samples import MountedRealm

PREFLIGHT = {"origin": "https://x.example", "access_control_request_method": "PUT"}


def paths(**overrides: Any) -> Paths:
    """Return the rules of settings."""
    return Paths(settings(**overrides))


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("/static", True),
        ("/static/a.css", True),
        ("/statics", False),
        ("/", False),
        ("/static/../private", False),
        ("/static//a", False),
        ("/static/a\\b", False),
        ("/static/\x00", False),
        ("/static/\udcff", False),
    ],
)
def test_prefixes_are_ignored_but_no_irregular_path(path: str, ignored: bool) -> None:
    """Frameworks disagree about where such a path leads (T43)."""
    assert paths(ignore="/static /x").ignores(Asked(path)) is ignored
    assert not paths().ignores(Asked(path))
    assert paths(ignore="/static").ignore_any
    assert not paths().ignore_any


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("/", True),
        ("", True),
        ("/a", True),
        ("/public", False),
        ("/public/a", False),
        ("/publicity", True),
        ("/static/a", False),
        ("/public/../private", True),
        ("/public//a", True),
        ("//public", True),
        ("/static/./x", True),
        ("/Public", True),
    ],
)
def test_with_all_required_only_exempt_and_ignored_paths_need_none(
    path: str, needed: bool
) -> None:
    """An irregular path is never exempt."""
    rules = paths(require_login=True, exempt="/public", ignore="/static")

    assert rules.require_any
    assert rules.need_login(Asked(path)) is needed


@pytest.mark.parametrize(
    ("path", "needed"),
    [
        ("/", False),
        ("/app", True),
        ("/app/x", True),
        ("/application", False),
        ("/app/public", False),
        ("/app/public/x", False),
        ("/admin/", True),
        ("/other/../x", True),
        ("/x//y", True),
    ],
)
def test_prefixes_that_need_a_login_also_hold_every_irregular_path(
    path: str, needed: bool
) -> None:
    """It may lead anywhere, so it leads inside."""
    rules = paths(require_login="/app /admin", exempt="/app/public")

    assert rules.require_any
    assert rules.need_login(Asked(path)) is needed


@pytest.mark.parametrize("path", ["/", "/a//b", "/x/../y"])
def test_without_a_setting_no_path_needs_a_login(path: str) -> None:
    """Then views decide, and only they."""
    assert not paths().require_any
    assert not paths().need_login(Asked(path))
    assert not paths(require_login=False).require_any


@pytest.mark.parametrize(
    ("path", "is_of_realm"),
    [
        ("/auth", True),
        ("/auth/login", True),
        ("/authority", False),
        ("/", False),
        ("/auth/../private", False),
        ("/auth//login", False),
    ],
)
def test_the_pages_of_a_realm_lie_below_its_path(path: str, is_of_realm: bool) -> None:
    """Where there is one; no irregular path leads there."""
    mounted = paths(local_realm=MountedRealm(), loginrocket_url=None)

    assert mounted.is_of_realm(Asked(path)) is is_of_realm
    assert not paths().is_of_realm(Asked(path))


@pytest.mark.parametrize("option", [True, False])
def test_a_view_s_option_decides_before_the_settings(option: bool) -> None:
    """Whatever they say of its path."""
    for require in (True, False, "/app"):
        rules = paths(require_login=require)
        assert rules.need_login(Asked("/app"), option) is option


@pytest.mark.parametrize(
    ("path", "decoded"),
    [("/logout", "/logout"), ("/caf%C3%A9", "/café"), (None, None), ("", None)],
)
def test_the_logout_path_is_compared_decoded(path: Any, decoded: Any) -> None:
    """As the adapters tell paths."""
    assert paths(logout_path=path).logout == decoded
