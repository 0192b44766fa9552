"""Statements 1 to 6: where a client's configuration comes from."""

from __future__ import annotations

import subprocess
import sys

import pytest

from arware.api import provider
from arware.api.attempts import Limits
from arware.api.client import Client
from arware.errors import (
    CertificateError,
    ConfigurationError,
    CredentialsMissing,
    Error,
)
from arware.resources.org import Org
from arware.settings import Settings
from tests.api.conftest import KEY
from tests.api.servers import Api


@pytest.fixture
def default(api: Api):
    """Return the API, with a default client that has nothing configured."""
    provider.configure(Settings())
    yield api
    provider.forget()


def test_s01_the_environment_is_read_lazily(api: Api) -> None:
    """Importing reads no variable; the first call reads all of them."""
    program = f"""
import os, arware
os.environ.update(
    AUTHROCKET_URL={api.url!r}, AUTHROCKET_API_KEY="ks_1", AUTHROCKET_REALM="rl_1",
    AUTHROCKET_SERVICE="svc_1", AUTHROCKET_JWT_KEY="j" * 40,
    LOGINROCKET_URL="https://login.example.com/",
)
arware.Org.all()
from arware.api.provider import default_client
print(default_client().settings.jwt_key, default_client().settings.loginrocket_url)
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert result.stdout.split() == ["j" * 40, "https://login.example.com/"]
    assert api.last.headers["authrocket-api-key"] == "ks_1"
    assert api.last.headers["authrocket-realm"] == "rl_1"
    assert api.last.headers["authrocket-service"] == "svc_1"


def test_s02_the_uri_holds_it_all(api: Api) -> None:
    """AUTHROCKET_URI gives key, realm and URL, and hides the single variables."""
    uri = api.url.replace("://", "://ks_uri:rl_uri@")
    settings = Settings.from_environ(
        {
            "AUTHROCKET_URI": uri,
            "AUTHROCKET_API_KEY": "ks_ignored",
            "AUTHROCKET_REALM": "rl_ignored",
            "AUTHROCKET_SERVICE": "svc_ignored",
        }
    )
    with Client(settings) as client:
        client.orgs.all()

    assert api.last.headers["authrocket-api-key"] == "ks_uri"
    assert api.last.headers["authrocket-realm"] == "rl_uri"
    assert "authrocket-service" not in api.last.headers
    assert "authorization" not in api.last.headers


def test_s03_a_jwt_key_in_the_uri_wins_and_loginrocket_url_stands_alone() -> None:
    """A ``jsk_`` of the URI beats its variable; LOGINROCKET_URL beats any source."""
    settings = Settings.from_environ(
        {
            "AUTHROCKET_URI": "https://ks_1:jsk_0123456789012345678901@api.example.com/v2",
            "AUTHROCKET_JWT_KEY": "k" * 40,
            "LOGINROCKET_URL": "https://login.example.com/",
        }
    )

    assert settings.jwt_key == "jsk_0123456789012345678901"
    assert settings.loginrocket_url == "https://login.example.com/"


def test_s04_credentials_of_a_call_replace_all_and_stay_with_its_objects(
    api: Api, client: Client
) -> None:
    """Nothing of the client's own is mixed in, nor for the object's own calls."""
    api.will({"object": "org", "id": "org_1"})
    org = client.orgs.find("org_1", credentials={"api_key": "ks_2"})
    found = [api.last.headers]
    org.memberships()
    found.append(api.last.headers)
    org.update(name="x")
    found.append(api.last.headers)

    assert [headers["authrocket-api-key"] for headers in found] == ["ks_2"] * 3
    assert all("authrocket-realm" not in headers for headers in found)


def test_s04_nested_objects_inherit_the_credentials(api: Api, client: Client) -> None:
    """What came embedded uses the credentials of the call that brought it."""
    org = {"object": "org", "id": "org_1"}
    api.will({"object": "membership", "id": "mb_1", "org": org})
    membership = client.memberships.find("mb_1", credentials={"api_key": "ks_2"})
    assert membership.org is not None
    membership.org.reload()

    assert api.last.headers["authrocket-api-key"] == "ks_2"


def test_s04_t65_the_default_key_never_goes_to_the_url_of_a_call(
    api: Api, client: Client
) -> None:
    """A URL without a key is refused; it is not sent the client's own key."""
    with pytest.raises(Error):
        client.orgs.all(credentials={"url": api.url})

    assert api.seen == []


@pytest.mark.parametrize("missing", ["api_key", "url"])
def test_s05_a_client_without_key_or_url_raises_the_base_error(missing: str) -> None:
    """It is an ``Error`` and a ``ConfigurationError`` that names field and fix."""
    values = {"api_key": "ks_1", "url": "https://api.example.com/v2"}
    values.pop(missing)
    with pytest.raises(Error, match=missing) as caught:
        Client(Settings(**values))

    assert isinstance(caught.value, ConfigurationError)
    assert [missing] == [fault.setting for fault in caught.value.faults]


def test_s05_the_default_client_says_so_at_the_first_call(default: Api) -> None:
    """Both faults stand in one error, and nothing was sent."""
    with pytest.raises(Error) as caught:
        Org.all()

    assert "AUTHROCKET_API_KEY" in str(caught.value)
    assert "AUTHROCKET_URL" in str(caught.value)
    assert default.seen == []


def test_s05_a_call_may_bring_all_that_is_missing(default: Api) -> None:
    """Without any configuration a call with credentials of its own goes through."""
    Org.all(credentials={"api_key": "ks_2", "url": default.url})

    assert default.last.headers["authrocket-api-key"] == "ks_2"


def test_s06_keys_of_tokens_and_urls_are_not_sent(api: Api, client: Client) -> None:
    """Of a call's credentials only what identifies it goes over the wire."""
    client.orgs.all(
        credentials={
            "api_key": "ks_2",
            "jwt_key": "jsk_secret",
            "loginrocket_url": "https://login.example.com/",
            "url": api.url,
            "my_thing": "z",
        }
    )
    sent = {n: v for n, v in api.last.headers.items() if n.startswith("authrocket-")}

    assert sent == {"authrocket-api-key": "ks_2", "authrocket-my-thing": "z"}


@pytest.mark.parametrize(
    "name",
    [
        *("jwt_key", "jwt-key", "JWT_KEY", "Jwt-Key", "jwtKey", "authrocket-jwt-key"),
        *("loginrocket_url", "Loginrocket-Url", "LOGINROCKET_URL", "cookie_secret"),
        *("local_realm", "Authrocket_Jwt_Key"),
    ],
)
def test_s06_no_spelling_makes_a_header_of_a_key(
    api: Api, client: Client, name: str
) -> None:
    """Neither among credentials nor, as a header of ours, anywhere else."""
    header = name if "uthrocket" in name else f"authrocket-{name}"
    client.orgs.all(
        credentials={"api_key": "ks_2", name: "jsk_secret"},
        headers={header: "jsk_secret"},
    )

    assert "jsk_secret" not in str(api.last)


@pytest.mark.parametrize("name", ["url", "URL", "Url"])
def test_the_url_of_a_call_may_be_spelled_like_a_header(
    api: Api, client: Client, name: str
) -> None:
    """It is used and never sent; what is a function is called."""
    url = api.url.replace("127.0.0.1", "localhost")
    client.orgs.all(credentials={"api_key": "ks_2", name: lambda: url})

    assert api.last.headers["host"].startswith("localhost")
    assert "authrocket-url" not in api.last.headers


def test_s08_a_blank_header_of_ours_is_not_sent(api: Api, client: Client) -> None:
    """Also where a call blanks what the client would send."""
    client.orgs.all(headers={"authrocket_realm": " ", "x-one": ""})

    assert "authrocket-realm" not in api.last.headers
    assert api.last.headers["x-one"] == ""


def test_default_headers_may_be_functions(api: Api) -> None:
    """They are called for each call, as those of a call are."""
    locales = iter(["es", "ja"])
    headers = {"accept_language": lambda: next(locales)}
    with Client(url=api.url, api_key="ks_1", default_headers=headers) as client:
        client.orgs.all()
        client.orgs.all()

    assert [s.headers["accept-language"] for s in api.seen] == ["es", "ja"]


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/v2",
        "ftp://127.0.0.1/v2",
        "https://user:secret@api.example.com/v2",
        "not a url",
        "https://api.example.com/v2?x=1",
    ],
)
def test_t65_a_url_that_would_give_the_key_away_is_refused(
    client: Client, url: str
) -> None:
    """The rule of the settings holds for the URL of a call too."""
    with pytest.raises(Error, match=r"the call cannot be made.*\n.*url: ") as caught:
        client.orgs.all(credentials={"api_key": "ks_2", "url": url})

    assert "ks_2" not in str(caught.value)
    assert "cannot start" not in str(caught.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    """What is missing, what cannot be, and the name that was meant."""
    with pytest.raises(CredentialsMissing) as caught:
        Client(url="http://api.example.com/", apikey="ks_1")

    assert [fault.setting for fault in caught.value.faults] == [
        "url",
        "apikey",
        "api_key",
    ]
    assert "Did you mean api_key?" in str(caught.value)
    with pytest.raises(ConfigurationError, match="Did you mean api_key"):
        provider.configure(apikey="ks_1")
    with pytest.raises(ConfigurationError, match="loginrocket_url"):
        Client(url="https://api.example.com/", api_key=KEY, loginrocket_url="no")


def test_configure_sets_the_client_of_the_class_methods(default: Api) -> None:
    """``configure`` takes overrides of what the settings say."""
    provider.configure(Settings(url=default.url, api_key="ks_1"), api_key=KEY)
    Org.all()

    assert default.last.headers["authrocket-api-key"] == KEY


def test_faults_of_the_uri_are_told_by_its_name(api: Api) -> None:
    """Whoever set one variable is not sent to look for another."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environ({"AUTHROCKET_URI": "http://ks_1@api.example.com/v2"})
    assert [fault.variable for fault in caught.value.faults] == ["AUTHROCKET_URI"]
    assert "url (AUTHROCKET_URI)" in str(caught.value)
    assert "AUTHROCKET_URL" not in str(caught.value)

    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environ({"AUTHROCKET_URI": "https://ks_1:jsk_1@api.example.com"})
    assert "jwt_key (AUTHROCKET_URI)" in str(caught.value)


def test_a_key_beside_the_uri_is_told_to_be_ignored(api: Api) -> None:
    """By a client at once, by the default client at its first call."""
    settings = Settings.from_environ(
        {"AUTHROCKET_URI": api.url, "AUTHROCKET_API_KEY": "ks_ignored"}
    )
    told = "AUTHROCKET_API_KEY is ignored because AUTHROCKET_URI is set"
    with pytest.raises(CredentialsMissing, match=told) as caught:
        Client(settings)
    provider.configure(settings)
    try:
        with pytest.raises(CredentialsMissing, match=told):
            Org.all()
    finally:
        provider.forget()

    assert "the API cannot be asked" in str(caught.value)
    assert "ks_ignored" not in str(caught.value)
    assert settings == Settings(url=api.url)
    assert Client(settings, api_key="ks_1").settings.api_key == "ks_1"


@pytest.mark.parametrize(
    ("cache", "problem"),
    [
        ({"expires": 3}, "the call cannot be made:\n  - cache: .*expires_in"),
        ({"expires_in": -1}, "the call cannot be made:\n  - cache: .*finite"),
        ("redis", "the call cannot be made:\n  - cache: .*region"),
    ],
)
def test_a_cache_of_a_call_that_cannot_be_is_an_error_of_the_call(
    api: Api, client: Client, cache: object, problem: str
) -> None:
    """Nothing is asked, and nobody is told that arware cannot start."""
    with pytest.raises(Error, match=problem):
        client.orgs.find("org_1", cache=cache)

    assert api.seen == []


def test_configure_takes_what_a_client_does(default: Api) -> None:
    """Its limits, and the certificates that it is to trust."""
    limits = Limits(total=3)
    provider.configure(Settings(url=default.url, api_key=KEY), limits=limits)

    assert provider.default_client().limits is limits
    with pytest.raises(CertificateError):
        provider.configure(Settings(), ca_bundle="/no/such/file.pem")
