"""Settings: where they come from, what contradicts what, what is missing."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from arware.errors import ConfigurationError, Fault
from arware.seats import Seats
from arware.settings import (
    Settings,
    adapter_faults,
    client_faults,
    environ_values,
    key_faults,
    mapping_values,
    unknown_setting,
)

from ..making import LOGINROCKET, OTHER_SECRET, SECRET, realm

JSK = "jsk_" + "0123456789" * 3


def faults_of(**values: Any) -> tuple[Fault, ...]:
    """Return the faults that *values* have."""
    with pytest.raises(ConfigurationError) as caught:
        Settings(**values)
    return caught.value.faults


def test_the_defaults_are_those_of_the_reference() -> None:
    """Nothing is required to make settings; who uses them says what is missing."""
    settings = Settings()

    assert dataclasses.asdict(settings) == {
        "loginrocket_url": None,
        "jwt_key": None,
        "api_key": None,
        "realm": None,
        "service": None,
        "url": None,
        "cookie_secret": (),
        "cookie_name": "authrocket",
        "login_path": "/login",
        "logout_path": "/logout",
        "post_logout_path": "/",
        "require_login": False,
        "exempt": (),
        "ignore": (),
        "public_url": None,
        "unsolicited_login": "confirm",
        "within": None,
        "check_session": None,
        "leeway": 5.0,
        "ca_bundle": None,
        "on_outage": "allow",
        "cache": None,
        "allowed_origins": (),
        "remote_user": False,
        "issuer": "https://authrocket.com",
        "default_headers": {},
        "local_realm": None,
    }


def test_settings_are_values() -> None:
    """They compare as values, cannot be changed and take keywords only."""
    settings = Settings(cookie_secret=SECRET)

    assert settings == Settings(cookie_secret=[SECRET])
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.realm = "rl_other"  # type: ignore[misc]  # that is the point
    with pytest.raises(TypeError):
        Settings(LOGINROCKET)  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, "Settings()"),
        ({"cookie_secret": SECRET, "api_key": "ks_x", "jwt_key": JSK,
          "cache": {"backend": "redis://:pw@h"}, "default_headers": {"a": "secret"}},
         ("Settings(jwt_key=***, api_key=***, cookie_secret=***, cache=***, "
          "default_headers=***)")),
        ({"realm": "rl_1", "ignore": ["/static"], "remote_user": True},
         "Settings(realm='rl_1', ignore=('/static',), remote_user=True)"),
        ({"logout_path": None}, "Settings()"),
    ],
)  # fmt: skip
def test_secrets_do_not_show(values: Any, text: str) -> None:
    """Only what differs from the defaults is shown, secrets as stars."""
    assert repr(Settings(**values)) == text


def test_all_faults_are_told_at_once() -> None:
    """Each with its setting, its variable, the problem and a fix."""
    faults = faults_of(
        loginrocket_url="http://a.example/",
        cookie_secret="short",
        cookie_name="__Host-x",
        logout_path="logout",
        within="soon",
        unsolicited_login="maybe",
        on_outage="panic",
        jwt_key="x",
        exempt="/public",
        issuer=" ",
    )

    assert [(fault.setting, fault.variable) for fault in faults] == [
        ("loginrocket_url", "LOGINROCKET_URL"),
        ("cookie_secret", "AUTHROCKET_COOKIE_SECRET"),
        ("logout_path", None),
        ("within", None),
        ("jwt_key", "AUTHROCKET_JWT_KEY"),
        ("unsolicited_login", None),
        ("on_outage", None),
        ("cookie_name", "AUTHROCKET_COOKIE_NAME"),
        ("exempt", None),
        ("issuer", None),
    ]
    assert all(fault.problem and fault.fix for fault in faults)


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
        ({"ignore": "/"}, "logout_path",
         "it lies below a path of ignore, where the adapter does nothing",
         "Move one of the two"),
        ({"ignore": "/static /a", "logout_path": "/a/b/logout"}, "logout_path",
         "it lies below a path of ignore, where the adapter does nothing",
         "Move one of the two"),
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
        {"ignore": "/", "logout_path": None},
        {"cookie_name": "x" * 64},
        {"cookie_name": "_a-B_9"},
        {"jwt_key": JSK},
        {"jwt_key": realm().public_key},
    ],
)
def test_what_does_not_contradict_is_accepted(values: Any) -> None:
    """Neighbouring paths and unusual names are no faults."""
    assert Settings(**values)


# --- The environment ---------------------------------------------------------------


def test_the_environment_gives_what_the_reference_names() -> None:
    """White space around a value does not count, a blank one is absent."""
    settings = Settings.from_environ(
        {
            "LOGINROCKET_URL": f" {LOGINROCKET}\n",
            "AUTHROCKET_JWT_KEY": JSK,
            "AUTHROCKET_API_KEY": "ks_1",
            "AUTHROCKET_REALM": "rl_1",
            "AUTHROCKET_SERVICE": " ",
            "AUTHROCKET_URL": "https://api.example/v2",
            "AUTHROCKET_COOKIE_SECRET": f"{SECRET},{OTHER_SECRET}",
            "AUTHROCKET_COOKIE_NAME": "mine",
            "AUTHROCKET_PUBLIC_URL": "https://App.example/",
            "AUTHROCKET_OTHER": "x",
        }
    )

    assert settings == Settings(
        loginrocket_url=LOGINROCKET,
        jwt_key=JSK,
        api_key="ks_1",
        realm="rl_1",
        url="https://api.example/v2",
        cookie_secret=(SECRET, OTHER_SECRET),
        cookie_name="mine",
        public_url="https://app.example",
    )


def test_without_an_environment_the_process_s_own_is_read() -> None:
    """The package has put it into its seat."""
    before = Seats.environ
    Seats.environ = staticmethod(lambda: {"AUTHROCKET_REALM": "rl_seat"})
    try:
        assert Settings.from_environ().realm == "rl_seat"
        assert environ_values() == {"realm": "rl_seat"}
        assert environ_values({}) == {}
    finally:
        Seats.environ = before


@pytest.mark.parametrize(
    ("uri", "values"),
    [
        ("https://ks_1:rl_1@api.example/v2",
         {"url": "https://api.example/v2", "api_key": "ks_1", "realm": "rl_1"}),
        ("https://key_1:svc_1@api.example:8443/v2?x=y",
         {"url": "https://api.example:8443/v2?x=y", "api_key": "key_1",
          "service": "svc_1"}),
        ("https://rl_1:ks_1@api.example/v2",
         {"url": "https://api.example/v2", "api_key": "ks_1", "realm": "rl_1"}),
        ("https://ks_user:ks_password@api.example/v2",
         {"url": "https://api.example/v2", "api_key": "ks_user"}),
        (f"https://{JSK}:k%73_1@api.example/v2",
         {"url": "https://api.example/v2", "api_key": "ks_1", "jwt_key": JSK}),
        ("https://other:ks_1@api.example/v2",
         {"url": "https://api.example/v2", "api_key": "ks_1"}),
        ("https://ks_1@api.example/v2",
         {"url": "https://api.example/v2", "api_key": "ks_1"}),
        (" https://api.example/v2 ", {"url": "https://api.example/v2"}),
        ("https://[::1/", {"url": "https://[::1/"}),
    ],
)  # fmt: skip
def test_one_uri_holds_everything_by_prefix(uri: str, values: dict[str, str]) -> None:
    """User and password are told apart by how they begin, whichever stands where."""
    assert environ_values({"AUTHROCKET_URI": uri}) == values


def test_with_a_uri_the_variables_of_key_realm_and_service_are_not_looked_at() -> None:
    """A jsk_ in it beats the variable; LOGINROCKET_URL stands beside it."""
    values = environ_values(
        {
            "AUTHROCKET_URI": f"https://ks_uri:{JSK}@api.example/v2",
            "AUTHROCKET_API_KEY": "ks_other",
            "AUTHROCKET_REALM": "rl_other",
            "AUTHROCKET_SERVICE": "svc_other",
            "AUTHROCKET_URL": "https://other.example/v2",
            "AUTHROCKET_JWT_KEY": "jsk_other",
            "LOGINROCKET_URL": LOGINROCKET,
        }
    )

    assert values == {
        "url": "https://api.example/v2",
        "api_key": "ks_uri",
        "jwt_key": JSK,
        "loginrocket_url": LOGINROCKET,
    }


# --- Text settings -----------------------------------------------------------------


def test_an_ini_file_s_texts_are_read() -> None:
    """Lists at white space, secrets at commas, booleans and numbers as text."""
    settings = Settings.from_mapping(
        {
            "authrocket.loginrocket_url": LOGINROCKET,
            "authrocket.cookie_secret": f"{SECRET},\n  {OTHER_SECRET}",
            "authrocket.require_login": "/app\n/admin",
            "authrocket.exempt": "/app/public",
            "authrocket.ignore": "/static /favicon.ico",
            "authrocket.logout_path": "",
            "authrocket.post_logout_path": "",
            "authrocket.check_session": "300",
            "authrocket.remote_user": "yes",
            "authrocket.default_headers": "accept-language: fr\nx-a: b",
            "authrocket.cache.backend": "dogpile.cache.redis",
            "authrocket.cache.arguments.url": "redis://h",
            "pyramid.includes": "arware",
            "cache.backend": "not ours",
        }
    )

    assert settings == Settings(
        loginrocket_url=LOGINROCKET,
        cookie_secret=(SECRET, OTHER_SECRET),
        require_login=("/app", "/admin"),
        exempt=("/app/public",),
        ignore=("/static", "/favicon.ico"),
        logout_path=None,
        post_logout_path=None,
        check_session=300,
        remote_user=True,
        default_headers={"accept-language": "fr", "x-a": "b"},
        cache={"backend": "dogpile.cache.redis", "arguments.url": "redis://h"},
    )


def test_another_prefix_can_be_given() -> None:
    """Then the usual one is nobody's."""
    mapping = {"login.realm": "rl_1", "authrocket.realm": "rl_2"}

    assert mapping_values(mapping, "login.") == {"realm": "rl_1"}
    assert Settings.from_mapping(mapping, prefix="login.").realm == "rl_1"
    assert mapping_values({}) == {}


def test_an_unknown_name_is_a_fault_that_names_the_nearest() -> None:
    """All of them are told at once."""
    with pytest.raises(ConfigurationError) as caught:
        mapping_values({"authrocket.relm": "x", "authrocket.zzzzz": "y"})

    assert caught.value.faults == (
        Fault("authrocket.relm", None, "there is no such setting",
              "Did you mean realm?"),
        Fault("authrocket.zzzzz", None, "there is no such setting",
              "See the reference for the names."),
    )  # fmt: skip
    assert unknown_setting("exmpt", "exmpt").fix == "Did you mean exempt?"


def test_unknown_names_are_told_along_with_what_is_wrong() -> None:
    """Nobody has to start three times to hear of three mistakes."""
    mapping = {"authrocket.relm": "x", "authrocket.url": "ftp://x"}
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_mapping(mapping)

    assert [f.setting for f in caught.value.faults] == ["authrocket.relm", "url"]


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
        ({"cookie_secret": "x", "jwt_key": "x", "check_session": " "}, []),
        ({"cookie_secret": "x", "jwt_key": "x", "check_session": "300",
          "api_key": "ks_1"}, ["url"]),
        ({"cookie_secret": "x", "check_session": 300, "local_realm": object()}, []),
    ],
)  # fmt: skip
def test_a_door_names_all_that_it_misses(values: Any, missing: list[str]) -> None:
    """A secret and a source of keys; with managed sessions also a client's."""
    faults = adapter_faults(values)

    assert [fault.setting for fault in faults] == missing
    assert all("it is missing" in fault.problem for fault in faults)
    assert all(fault.variable and fault.fix for fault in faults)


@pytest.mark.parametrize("name", ["loginrocket_url", "jwt_key", "local_realm"])
def test_s52_one_source_of_keys_is_needed(name: str) -> None:
    """Any one is enough; with none the fault says so."""
    [fault] = key_faults({})

    assert fault.setting == "loginrocket_url"
    assert fault.variable == "LOGINROCKET_URL"
    assert fault.problem == "it is missing, and so is jwt_key"
    assert "LoginRocket URL" in fault.fix
    assert key_faults({name: "x"}) == []


def test_a_client_needs_a_key_and_a_url() -> None:
    """Each is named with its variable."""
    faults = client_faults({})

    assert [(fault.setting, fault.variable) for fault in faults] == [
        ("api_key", "AUTHROCKET_API_KEY"),
        ("url", "AUTHROCKET_URL"),
    ]
    assert client_faults({"api_key": "x", "url": "y"}) == []


class RealmHere:
    """As much of a mounted realm as the settings look at."""

    url = "http://127.0.0.1:8000/auth/"


def test_a_mounted_realm_is_its_own_loginrocket() -> None:
    """Its URL is where links lead, unless another one is named."""
    elsewhere = "https://example.e2.loginrocket.com/"

    assert Settings(local_realm=RealmHere()).loginrocket_url == RealmHere.url
    assert (
        Settings(local_realm=RealmHere(), loginrocket_url=elsewhere).loginrocket_url
        == elsewhere
    )
