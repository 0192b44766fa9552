"""Where settings come from."""

from __future__ import annotations

import pytest

from arware.errors import ConfigurationError
from arware.settings import (
    Fault,
    Settings,
    environ_values,
    read_mapping,
    unknown_variables,
    values_of,
)
from arware.settings.sources import misnamed

from .samples import JSK, LOGINROCKET, OTHER_SECRET, SECRET, MountedRealm

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


def test_without_an_environment_the_process_s_own_is_read(monkeypatch) -> None:
    """There is one place that looks at it."""
    monkeypatch.setenv("AUTHROCKET_REALM", "rl_process")

    assert Settings.from_environ().realm == "rl_process"
    assert environ_values()["realm"] == "rl_process"
    assert environ_values({}) == {}


@pytest.mark.parametrize(
    ("environ", "path"),
    [
        ({"AUTHROCKET_CA_BUNDLE": " /a "}, "/a"),
        ({"AUTHROCKET_CA_BUNDLE": "/a", "REQUESTS_CA_BUNDLE": "/b"}, "/a"),
        ({"REQUESTS_CA_BUNDLE": "/b", "SSL_CERT_FILE": "/c"}, "/b"),
        ({"AUTHROCKET_CA_BUNDLE": " ", "SSL_CERT_FILE": "/c"}, "/c"),
        ({}, None),
    ],
)
def test_f21_the_certificates_of_the_machine_are_taken(environ, path) -> None:
    """A private authority that requests and OpenSSL know is known here, too."""
    assert Settings.from_environ(environ).ca_bundle == path


@pytest.mark.parametrize(
    ("variable", "fix"),
    [
        ("AUTHROCKET_COOKIE_SECRETS", "Did you mean AUTHROCKET_COOKIE_SECRET?"),
        ("AUTHROCKET_JWTKEY", "Did you mean AUTHROCKET_JWT_KEY?"),
        ("LOGINROCKET_ULR", "Did you mean LOGINROCKET_URL?"),
        ("AUTHROCKET_LOGINROCKET_URL", "Did you mean LOGINROCKET_URL?"),
        ("AUTHROCKET_REQUIRE_LOGIN", "Give it in the code or in the ini file"),
        ("AUTHROCKET_ZZZZZZ", "See the reference for names"),
    ],
)
def test_f30_a_misspelt_variable_is_told_with_the_nearest(variable, fix) -> None:
    """Whatever begins with our prefixes and is not read."""
    [fault] = unknown_variables({variable: "x", "HOME": "/", "AUTHROCKET_URI": ""})

    assert (fault.setting, fault.kind, fault.fix) == (variable, "unknown", fix)


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


@pytest.mark.parametrize(
    ("key", "prefix", "written"),
    [
        ("arware.cookie_secret", "authrocket.", "authrocket.cookie_secret"),
        ("auth_rocket.cookie_secret", "authrocket.", "authrocket.cookie_secret"),
        ("Authrocket.cookie_secret", "authrocket.", "authrocket.cookie_secret"),
        ("authrocket_cookie_secret", "authrocket.", "authrocket.cookie_secret"),
        ("AUTHROCKET_COOKIE_SECRET", "authrocket.", "authrocket.cookie_secret"),
        ("AUTHROCKET_REQUIRE_LOGIN", "authrocket.", "authrocket.require_login"),
        ("loginrocket_url", "authrocket.", "authrocket.loginrocket_url"),
        ("LOGINROCKET_URL", "authrocket.", "authrocket.loginrocket_url"),
        ("ARWARE_COOKIE_SECRET", "AUTHROCKET_", "AUTHROCKET_COOKIE_SECRET"),
        ("authrocket.cookie_secret", "AUTHROCKET_", "AUTHROCKET_COOKIE_SECRET"),
        ("LOGIN_ROCKET_URL", "AUTHROCKET_", "AUTHROCKET_LOGINROCKET_URL"),
    ],
)
def test_a_wrong_prefix_is_one_fault(key: str, prefix: str, written: str) -> None:
    """It names what to write, and what was meant is not missing as well."""
    values, faults = read_mapping({key: SECRET}, prefix, {})

    assert list(values.values()) == [SECRET]
    assert [str(fault) for fault in faults] == [
        f"{key}: the names of settings begin with {prefix} here. Write {written}"
    ]


@pytest.mark.parametrize("prefix", ["authrocket.", "AUTHROCKET_"])
def test_settings_of_others_are_none_of_ours(prefix: str) -> None:
    """Nor is the environment, where a mapping holds that too, nor what is blank."""
    environ = {"LOGINROCKET_URL": LOGINROCKET, "ARWARE_REALM": "rl_x"}
    others = {
        "SESSION_COOKIE_NAME": "x",
        "session.cookie_secret": "x",
        "beaker.session.cookie_name": "x",
        "arware.clock": "x",
        "my_authrocket.realm": "x",
        "arware.cookie_secret": " ",
    }
    values, faults = read_mapping(environ | others, prefix, environ)

    assert values == {"loginrocket_url": LOGINROCKET}
    assert faults == []


def test_a_prefix_without_its_dot_is_one_fault() -> None:
    """However many names it is too short for."""
    mapping = {"authrocket.realm": "rl_1", "authrocket.cookie_secret": SECRET}
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_mapping(mapping, prefix="authrocket")

    [fault] = caught.value.faults

    assert fault.problem == "'authrocket' leaves '.' before the names of settings"
    assert fault.fix == 'Write prefix="authrocket."'


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("ARWARE_COOKIE_SECRET", "cookie_secret"),
        ("AUTHROCKET_LOGINROCKET_URL", "loginrocket_url"),
        ("LOGIN_ROCKET_URL", "loginrocket_url"),
        ("AUTH_ROCKET_API_KEY", "api_key"),
    ],
)
def test_a_variable_of_another_name_is_recognised(variable: str, name: str) -> None:
    """As what it was meant for, if it says anything."""
    assert misnamed(name, {"PATH": "/", variable: "x"}) == variable
    assert misnamed(name, {variable: ""}) is None
    assert misnamed("jwt_key", {variable: "x"}) is None


def test_another_prefix_can_be_given() -> None:
    """Then the usual one is somebody else's."""
    mapping = {"login.realm": "rl_1", "authrocket.realm": "rl_2"}

    assert read_mapping(mapping, "login.", {}) == ({"realm": "rl_1"}, [])
    assert Settings.from_mapping(mapping, prefix="login.").realm == "rl_1"
    assert read_mapping({}, environ={}) == ({}, [])


def test_f30_what_a_mapping_leaves_out_comes_from_the_environment() -> None:
    """So does what is blank there; what it says wins."""
    environ = {
        "LOGINROCKET_URL": LOGINROCKET,
        "AUTHROCKET_REALM": "rl_environ",
        "AUTHROCKET_COOKIE_SECRET": SECRET,
    }
    mapping = {"authrocket.realm": "rl_ini", "authrocket.cookie_secret": " "}
    values, faults = read_mapping(mapping, environ=environ)

    assert faults == []
    assert values == {
        "loginrocket_url": LOGINROCKET,
        "realm": "rl_ini",
        "cookie_secret": SECRET,
    }


def test_upper_case_settings_are_read_as_flask_and_django_have_them() -> None:
    """The environment's own names hold beside the fields' in capitals."""
    mapping = {
        "LOGINROCKET_URL": LOGINROCKET,
        "AUTHROCKET_COOKIE_SECRET": [SECRET],
        "AUTHROCKET_REQUIRE_LOGIN": True,
        "AUTHROCKET_CACHE": {"backend": "arware.memory"},
        "AUTHROCKET_URI": "https://ks_1@api.example/v2",
        "AUTHROCKET_REALM": "rl_left_out",
        "AUTHROCKET_COOKIE_NAME": "",
        "SECRET_KEY": "x",
    }
    environ = {"AUTHROCKET_SERVICE": "svc_x", "AUTHROCKET_COOKIE_NAME": "mine"}

    assert read_mapping(mapping, "AUTHROCKET_", environ) == (
        {
            "loginrocket_url": LOGINROCKET,
            "cookie_secret": [SECRET],
            "cookie_name": "mine",
            "require_login": True,
            "cache": {"backend": "arware.memory"},
            "url": "https://api.example/v2",
            "api_key": "ks_1",
        },
        [],
    )


def test_the_field_s_own_name_holds_in_capitals_too() -> None:
    """Though the variable is called otherwise."""
    mapping = {"AUTHROCKET_LOGINROCKET_URL": LOGINROCKET}

    assert read_mapping(mapping, "AUTHROCKET_", {})[0] == {
        "loginrocket_url": LOGINROCKET
    }


@pytest.mark.parametrize(
    ("prefix", "key", "fix"),
    [
        ("authrocket.", "authrocket.relm", "Did you mean authrocket.realm?"),
        ("authrocket.", "authrocket.zzzzz", "See the reference for names"),
        ("AUTHROCKET_", "AUTHROCKET_RELM", "Did you mean AUTHROCKET_REALM?"),
    ],
)
def test_an_unknown_name_is_a_fault_that_names_the_nearest(prefix, key, fix) -> None:
    """As it would be written there."""
    values, [fault] = read_mapping({key: "x"}, prefix, {})

    assert values == {}
    assert fault == Fault(key, None, "there is no such setting", fix, "unknown")


def test_unknown_names_are_told_along_with_what_is_wrong() -> None:
    """Nobody has to start three times to hear of three mistakes."""
    mapping = {"authrocket.relm": "x", "authrocket.url": "ftp://x"}
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_mapping(mapping)

    assert [f.setting for f in caught.value.faults] == ["url", "authrocket.relm"]


def test_what_follows_from_a_realm_goes_with_it() -> None:
    """An override by another realm leaves no address of the first."""
    first, second = (
        MountedRealm("http://localhost/a/login"),
        MountedRealm("http://[::1]/b/"),
    )
    settings = Settings(local_realm=first, check_session=60)
    values = values_of(settings, {"local_realm": second})

    assert Settings(**values).loginrocket_url == second.url
    assert Settings(**values).check_session == 60
    assert Settings(**values_of(settings, {})) == settings
