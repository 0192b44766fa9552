"""Settings: values that cannot change, and what all of them are."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from arware.errors import ConfigurationError
from arware.settings import Fault, Settings, checked, fault_of
from arware.settings.faults import missing
from arware.settings.names import NAMES

from .samples import JSK, LOGINROCKET, SECRET, MountedRealm, RealmWithSecret


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
        "app_name": None,
        "render": None,
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
        ("jwt_key", "AUTHROCKET_JWT_KEY"),
        ("cookie_secret", "AUTHROCKET_COOKIE_SECRET"),
        ("cookie_name", "AUTHROCKET_COOKIE_NAME"),
        ("logout_path", None),
        ("unsolicited_login", None),
        ("within", None),
        ("on_outage", None),
        ("exempt", None),
        ("issuer", None),
    ]
    assert all(fault.problem and fault.fix for fault in faults)


def test_a_keyword_that_is_no_setting_is_told_with_what_is_wrong() -> None:
    """Each with its fix, where Python would tell the first name only."""
    faults = faults_of(lgin_path="/in", realm="org_1", colour="red")

    assert [(fault.setting, fault.kind, fault.fix) for fault in faults] == [
        ("realm", "wrong", "Give what begins with rl_, as AuthRocket shows it"),
        ("lgin_path", "unknown", "Did you mean login_path?"),
        ("colour", "unknown", "See the reference for names"),
    ]


def test_a_mounted_realm_is_its_own_loginrocket() -> None:
    """Its URL is where links lead."""
    assert Settings(local_realm=MountedRealm()).loginrocket_url == MountedRealm().url


@pytest.mark.parametrize(
    ("own", "url"),
    [
        ("http://localhost:8000/auth", "http://localhost:8000/auth/"),
        ("http://localhost:8000/auth", "http://127.0.0.1:5000/auth"),
        ("https://a.example/auth/", "https://A.example:443/auth"),
        ("https://login.example", "https://login.example/"),
        (None, "https://login.example/"),
    ],
)
def test_a_mounted_realm_may_be_named_once_more(own: str | None, url: str) -> None:
    """Its own address, in another spelling."""
    assert Settings(local_realm=MountedRealm(own), loginrocket_url=url)


@pytest.mark.parametrize(
    ("own", "url"),
    [
        ("http://localhost:8000/auth", "https://example.e2.loginrocket.com/"),
        ("http://localhost:8000/auth", "http://localhost:8000/login-here"),
        ("https://a.example/auth", "https://b.example/auth"),
        ("https://a.example/auth", "http://localhost/auth"),
    ],
)
def test_a_mounted_realm_and_another_login_are_a_fault(own: str, url: str) -> None:
    """People would log in at one and be known by the other."""
    with pytest.raises(ConfigurationError) as caught:
        Settings(local_realm=MountedRealm(own), loginrocket_url=url)
    [fault] = caught.value.faults

    assert (fault.setting, fault.variable) == ("loginrocket_url", "LOGINROCKET_URL")
    assert fault.problem.startswith(f"it is {url}, and local_realm is at {own}")
    assert fault.fix == "Take one of the two out"


def test_a_mounted_realm_brings_the_secret_of_the_cookies() -> None:
    """All that it derives, unless another is given; and it is not shown."""
    realm = RealmWithSecret()
    settings = Settings(local_realm=realm)

    assert settings.cookie_secret == realm.derive_secrets("cookie")
    assert SECRET not in repr(settings)
    assert Settings(local_realm=realm, cookie_secret=SECRET).cookie_secret == (SECRET,)


@pytest.mark.parametrize(
    ("url", "path"),
    [("http://localhost:8000/auth/", "/auth"), ("https://a.example/b/c", "/b/c"),
     ("https://login.example", None), ("https://login.example/", None)],
)  # fmt: skip
def test_a_realm_is_mounted_at_the_path_of_its_url(url: str, path: str | None) -> None:
    """Without a path it has a host of its own and is not mounted."""
    assert Settings(local_realm=MountedRealm(url)).realm_path == path
    assert Settings().realm_path is None


@pytest.mark.parametrize(
    ("given", "held"),
    [({}, 30), ({"check_session": " "}, 30), ({"check_session": 300}, 300),
     ({"check_session": 0}, 0), ({"check_session": False}, 0),
     ({"check_session": "off"}, 0)],
)  # fmt: skip
def test_f06_a_mounted_realm_is_asked_about_each_session(given: Any, held: int) -> None:
    """Every 30 seconds, as it costs next to nothing; 0 is never."""
    assert Settings(local_realm=MountedRealm(), **given).check_session == held


def test_without_a_mounted_realm_no_session_is_checked() -> None:
    """Unless that is asked for."""
    assert Settings().check_session is None
    assert Settings(check_session=0).check_session == 0


@pytest.mark.parametrize("name", ["login_path", "logout_path", "post_logout_path"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_path_that_is_blank_is_none(name: str, value: Any) -> None:
    """There is no such route, or LoginRocket decides."""
    assert getattr(Settings(**{name: value}), name) is None


def test_the_names_are_those_of_the_fields() -> None:
    """What a type checker knows of keywords is in step with what is held."""
    assert [field.name for field in dataclasses.fields(Settings)] == list(NAMES)


def test_unknown_and_wrong_and_missing_are_told_at_once() -> None:
    """What is wrong is not called missing as well."""
    faults = [missing("url", "Set it"), missing("api_key", "Make one")]
    with pytest.raises(ConfigurationError) as caught:
        checked({"url": "ftp://x", "exmpt": "/a"}, faults)

    assert [(fault.setting, fault.kind) for fault in caught.value.faults] == [
        ("url", "wrong"),
        ("exmpt", "unknown"),
        ("api_key", "missing"),
    ]
    assert caught.value.faults[1].fix == "Did you mean exempt?"


def test_no_sentence_is_read_to_know_what_a_fault_is() -> None:
    """A value that quotes the word is wrong all the same."""
    fault = fault_of("exempt", "'/missing*' is not the beginning of a path", "Fix it")
    with pytest.raises(ConfigurationError) as caught:
        checked({}, [fault, missing("exempt", "Set it")])

    assert caught.value.faults == (fault,)
