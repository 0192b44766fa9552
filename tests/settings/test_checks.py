"""Across the settings: what contradicts what, and who needs what."""

from __future__ import annotations

from typing import Any

import pytest

from arware.errors import ConfigurationError
from arware.settings import (
    Fault,
    Settings,
    adapter_faults,
    client_faults,
    key_faults,
)
from arware.testing import MemoryRealm

from .samples import JSK, MountedRealm, RealmWithSecret


def faults_of(**values: Any) -> tuple[Fault, ...]:
    """Return the faults that *values* have."""
    with pytest.raises(ConfigurationError) as caught:
        Settings(**values)
    return caught.value.faults


@pytest.mark.parametrize(
    ("values", "setting", "problem", "fix"),
    [
        ({"unsolicited_login": "x"}, "unsolicited_login",
         "'x' is not one of its values", "Use one of confirm, allow, refuse"),
        ({"on_outage": "x"}, "on_outage", "'x' is not one of its values",
         "Use one of allow, deny"),
        ({"cookie_name": "__Secure-x"}, "cookie_name",
         "it begins with two underscores",
         "Leave the prefix out; __Host- is put in front on https"),
        ({"cookie_name": ""}, "cookie_name",
         "it is not 1 to 64 letters, digits, - or _",
         "Use a name like myapp_login"),
        ({"cookie_name": "x" * 65}, "cookie_name",
         "it is not 1 to 64 letters, digits, - or _", "Use a name like myapp_login"),
        ({"cookie_name": "a.b"}, "cookie_name",
         "it is not 1 to 64 letters, digits, - or _", "Use a name like myapp_login"),
        ({"exempt": "/public"}, "exempt",
         "it exempts paths from a login that nothing requires",
         "Set require_login to true as well, or take exempt out"),
        ({"exempt": "/about /", "require_login": True}, "exempt",
         "it holds /, which is the beginning of every path",
         "Name the paths that need no login, or take require_login out"),
        ({"ignore": "/logout"}, "logout_path",
         "it lies below a path of ignore, where the adapter does nothing",
         "Move one of the two"),
        ({"ignore": "/", "login_path": None}, "logout_path",
         "it lies below a path of ignore, where the adapter does nothing",
         "Move one of the two"),
        ({"ignore": "/static /a", "logout_path": "/a/b/logout"}, "logout_path",
         "it lies below a path of ignore, where the adapter does nothing",
         "Move one of the two"),
        ({"login_path": "/x", "logout_path": "/%78"}, "login_path",
         "it is the path of logout_path, too", "Give the two different paths"),
        ({"post_logout_path": "/logout"}, "post_logout_path",
         "it is logout_path, so that a logout would never end",
         "Give the two different paths"),
        ({"ignore": "/a", "login_path": "/a/login"}, "login_path",
         "it lies below a path of ignore, where the adapter does nothing",
         "Move one of the two"),
        ({"local_realm": MountedRealm(), "login_path": "/auth/login"}, "login_path",
         "it lies below /auth, where the pages of local_realm are",
         "Move it elsewhere"),
        ({"local_realm": MountedRealm(), "logout_path": "/auth"}, "logout_path",
         "it lies below /auth, where the pages of local_realm are",
         "Move it elsewhere"),
        ({"issuer": ""}, "issuer", "it is empty", "Take it out"),
        ({"jwt_key": "-----BEGIN PUBLIC KEY-----\nMFkw\n"}, "jwt_key",
         "it begins as a PEM key but is too short to be a whole RSA key",
         "Give the whole RSA public key (2048 bits or more), to its -----END line"),
    ],
)  # fmt: skip
def test_contradictions_are_faults(values, setting, problem, fix) -> None:
    """What shows only when settings are looked at together is told the same way."""
    [fault] = faults_of(**values)

    assert (fault.setting, fault.problem, fault.fix) == (setting, problem, fix)


@pytest.mark.parametrize(
    "values",
    [
        {"exempt": "/public", "require_login": True},
        {"exempt": "/a/b", "require_login": "/a"},
        {"ignore": "/log", "logout_path": "/logout"},
        {"ignore": "/logout/x"},
        {"ignore": "/", "logout_path": None, "login_path": None},
        {"login_path": None, "logout_path": None, "post_logout_path": None},
        {"login_path": "/login", "post_logout_path": "/login"},
        {"local_realm": MountedRealm(), "login_path": "/authentic"},
        {"cookie_name": "x" * 64},
        {"cookie_name": "_a-B_9"},
        {"jwt_key": JSK},
        {"jwt_key": MemoryRealm().public_key},
    ],
)
def test_what_does_not_contradict_is_accepted(values: Any) -> None:
    """Neighbouring paths and unusual names are no faults."""
    assert Settings(**values)


# --- Who needs what ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({}, ["cookie_secret", "loginrocket_url"]),
        ({"cookie_secret": (), "jwt_key": " "}, ["cookie_secret", "loginrocket_url"]),
        ({"cookie_secret": [], "jwt_key": "x"}, ["cookie_secret"]),
        ({"cookie_secret": "x", "loginrocket_url": "x"}, []),
        ({"cookie_secret": "x", "local_realm": object()}, []),
        ({"cookie_secret": "x", "jwt_key": "x", "check_session": 300},
         ["api_key", "url"]),
        ({"cookie_secret": "x", "jwt_key": "x", "check_session": "soon"},
         ["api_key", "url"]),
        ({"cookie_secret": "x", "jwt_key": "x", "check_session": " "}, []),
        ({"cookie_secret": "x", "jwt_key": "x", "check_session": "300",
          "api_key": "ks_1"}, ["url"]),
        ({"cookie_secret": "x", "check_session": 300, "local_realm": object()}, []),
        ({"local_realm": MountedRealm()}, ["cookie_secret"]),
        ({"local_realm": RealmWithSecret()}, []),
    ],
)  # fmt: skip
def test_an_adapter_names_all_that_it_misses(values: Any, missing: list[str]) -> None:
    """A secret and a source of keys; with managed sessions also a client's."""
    faults = adapter_faults(values)

    assert [fault.setting for fault in faults] == missing
    assert all(fault.kind == "missing" for fault in faults)
    assert all(fault.variable and fault.fix for fault in faults)


@pytest.mark.parametrize("name", ["loginrocket_url", "jwt_key", "local_realm"])
def test_s52_one_source_of_keys_is_needed(name: str) -> None:
    """Any one is enough; with none the fault says so."""
    [fault] = key_faults({})

    assert fault.setting == "loginrocket_url"
    assert fault.variable == "LOGINROCKET_URL"
    assert fault.problem == "it is missing, and so is jwt_key"
    assert all(
        word in fault.fix for word in ("LoginRocket URL", "arware realm", "arware demo")
    )
    assert key_faults({name: "x"}) == []


def test_a_client_needs_a_key_and_a_url() -> None:
    """Each is named with its variable."""
    faults = client_faults({})

    assert [(fault.setting, fault.variable) for fault in faults] == [
        ("api_key", "AUTHROCKET_API_KEY"),
        ("url", "AUTHROCKET_URL"),
    ]
    assert client_faults({"api_key": "x", "url": "y"}) == []
