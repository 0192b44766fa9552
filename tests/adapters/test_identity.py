"""Who is it? Bearer, cookie, nobody; and what is never asked."""

from __future__ import annotations

import base64
import json

import pytest

from arware.testing import MemoryRealm
from tests.effort import growth

from .conftest import Site, SiteMaker, logins

FOREIGN = [
    "opaque-api-key",
    "art_0123456789abcdef",
    "a.b.c",
    # A JWT of the application's own, by another issuer.
    "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJteS1hcHAifQ.c2ln",
    "x" * 10_000,
]


def bearer(token: str, scheme: str = "Bearer") -> dict[str, str]:
    """Return the header that carries *token*."""
    return {"Authorization": f"{scheme} {token}"}


def test_nobody_has_an_auth_object_and_none_for_the_rest(site: Site) -> None:
    """All keys are set for a stranger too, and the reason says why."""
    me = site.browser().get("/").json()

    assert me["user"] is None
    assert me["session"] is None
    assert me["org"] is None
    assert me["membership"] is None
    assert me["same"]
    assert me["reason"] == "no_credential"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_s69_a_bearer_token_counts_for_its_request_only(
    site: Site, scheme: str
) -> None:
    """The scheme's case does not matter, and no cookie comes of it."""
    browser = site.browser()
    answer = browser.fetch("/", headers=bearer(site.token("bob"), scheme))

    assert answer.json()["user"] == "usr_bob"
    assert answer.all("Set-Cookie") == []
    assert browser.fetch("/").json()["user"] is None


def test_s69_a_bearer_token_comes_before_the_cookie(site: Site) -> None:
    """It wins for its request, and the cookie stands afterwards."""
    browser = site.member("alice")

    assert browser.fetch("/", headers=bearer(site.token("bob"))).json()["user"] == (
        "usr_bob"
    )
    assert browser.fetch("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("kind", ["expired", "bad signature", "unknown key"])
def test_t45_a_bad_bearer_token_is_nobody_even_with_a_cookie(
    site: Site, kind: str
) -> None:
    """A token of ours that fails does not fall back to the cookie."""
    token = {
        "expired": site.token("bob", lifetime=-60),
        "bad signature": site.token("bob")[:-8] + "AAAAAAAA",
        "unknown key": site.realm.sign(
            site.realm.claims("bob"), {"kid": "jky_no", "alg": "RS256"}
        ),
    }[kind]
    browser = site.member("alice")
    answer = browser.fetch("/", headers=bearer(token))

    assert answer.json()["user"] is None
    assert answer.json()["reason"] == kind.replace(" ", "_")
    assert browser.fetch("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("value", FOREIGN, ids=lambda value: value[:12])
def test_a_bearer_value_that_is_not_ours_is_left_alone(site: Site, value: str) -> None:
    """It belongs to the application, and the cookie says who is there."""
    browser = site.member("alice")

    assert browser.fetch("/", headers=bearer(value)).json()["user"] == "usr_alice"
    assert site.browser().fetch("/", headers=bearer(value)).json()["user"] is None


@pytest.mark.parametrize(
    "value", ["Basic YWxpY2U6c2VjcmV0", "Digest x", "Bearer", "Bearer ", "", "?"]
)
def test_other_authorization_is_the_applications(site: Site, value: str) -> None:
    """Other schemes and empty values do not disturb the cookie."""
    browser = site.member("alice")

    assert browser.fetch("/", headers={"Authorization": value}).json()["user"] == (
        "usr_alice"
    )


@pytest.mark.parametrize("second", ["the same", "another", "foreign", "basic"])
def test_t45_two_authorization_headers_are_nobody(site: Site, second: str) -> None:
    """Which of two credentials counts is never guessed."""
    mine = f"Bearer {site.token('alice')}"
    values = {
        "the same": mine,
        "another": f"Bearer {site.token('bob')}",
        "foreign": "Bearer opaque",
        "basic": "Basic YWxpY2U6c2VjcmV0",
    }
    headers = [("Authorization", mine), ("Authorization", values[second])]
    browser = site.browser()
    answer = browser.request("GET", "/", headers=headers, navigate=False)

    assert answer.json()["user"] is None


def test_t45_two_authorization_headers_are_nobody_even_with_a_cookie(
    site: Site,
) -> None:
    """The cookie does not decide it either."""
    mine = f"Bearer {site.token('alice')}"
    browser = site.member("alice")
    headers = [("Authorization", mine), ("Authorization", mine)]
    answer = browser.request("GET", "/", headers=headers, navigate=False)

    assert answer.json()["user"] is None


def test_two_authorization_headers_of_others_leave_the_cookie(site: Site) -> None:
    """They are the application's, whether the server joins them or not."""
    browser = site.member("alice")
    headers = [("Authorization", "Basic YTpi"), ("Authorization", "Basic YTpj")]
    answer = browser.request("GET", "/", headers=headers, navigate=False)

    assert answer.json()["user"] == "usr_alice"


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        ("Bearer", " ", "x"),
        ("Bearer ", ".", ""),
        ("Bearer ", "a.", ""),
        ("Bearer ", "eyJ", ""),
        ("", " ", ""),
        ("", ",", ""),
        ("", "Bearer x,", ""),
    ],
    ids=range(7),
)
def test_t47_a_long_authorization_costs_little(
    site: Site, before: str, piece: str, after: str
) -> None:
    """64 KiB of anything are read in linear time, and the cookie still counts."""
    browser = site.member("alice")

    def ask(size: int) -> None:
        value = before + piece * (size // len(piece)) + after
        answer = browser.fetch("/", headers={"Authorization": value})
        assert answer.status == 200
        assert answer.json()["user"] in ("usr_alice", None)

    assert growth(ask, 65_536) < 3


def test_a_bearer_token_does_not_land_in_the_cookie_by_a_post(site: Site) -> None:
    """Any method may carry one, and a body goes through untouched."""
    browser = site.browser()
    answer = browser.post("/", {"a": "1"}, headers=bearer(site.token("bob")))

    assert answer.json()["user"] == "usr_bob"
    assert answer.json()["body"] == "a=1"
    assert logins(browser) == {}


def test_s70_a_login_ends_with_its_token(site: Site) -> None:
    """Five seconds after ``exp`` the user is gone and the cookie is cleared."""
    browser = site.member("alice", lifetime=600)
    header = browser.cookie_header()
    site.clock.advance(604)

    assert browser.get("/", headers={"Cookie": header}).json()["user"] == "usr_alice"

    site.clock.advance(2)
    answer = browser.get("/", headers={"Cookie": header})

    assert answer.json()["user"] is None
    assert answer.json()["reason"] == "expired"
    assert any("Max-Age=0" in line for line in answer.all("Set-Cookie"))


FORGED = [
    "AuthRocket-User",
    "AuthRocket_User",
    "Authrocket.User",
    "authrocket.user",
    "authrocket.session",
    "authrocket.auth",
    "authrocket.current_session",
    "X-AuthRocket-User",
    "Remote-User",
    "REMOTE_USER",
    "X-Remote-User",
    "X-Forwarded-User",
    "X-Auth-Token",
    "X-Authrocket-Session",
    "Proxy-Authorization",
    "X-Authorization",
]


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("logged_in", [False, True], ids=["nobody", "somebody"])
def test_t44_no_header_makes_anybody_somebody(
    site: Site, name: str, logged_in: bool
) -> None:
    """Identity comes from a verified token only, whatever a header claims."""
    browser = site.member("alice") if logged_in else site.browser()
    expected = browser.fetch("/").json()
    for value in ("usr_mallory", f"Bearer {site.token('mallory')}"):
        # Without `remote_user` the header is the application's own to read.
        seen = browser.fetch("/", headers={name: value}).json()
        assert seen | {"remote_users": []} == expected


def test_t44_remote_user_is_set_only_on_request(adapter: SiteMaker) -> None:
    """CGI's variable is the server's own business unless ``remote_user`` is on."""
    assert adapter().member("alice").get("/").json()["remote_user"] is None

    site = adapter(remote_user=True)
    # Django has the environ's variables under ASGI, too.
    has_variable = site.host.interface == "wsgi" or site.host.name == "django-asgi"
    expected = "usr_alice" if has_variable else None

    assert site.member("alice").get("/").json()["remote_user"] == expected
    assert site.browser().get("/").json()["remote_user"] is None


@pytest.mark.parametrize("where", ["callback", "bearer"])
@pytest.mark.parametrize("algorithm", ["none", "HS256", "nOnE", "RS512", "ES256"])
def test_s47_the_tokens_own_algorithm_never_counts(
    site: Site, algorithm: str, where: str
) -> None:
    """A header that names another algorithm makes nobody of anybody (T01)."""
    claims = site.realm.claims("mallory")
    token = site.realm.sign(claims, {"kid": site.realm.kid, "alg": algorithm})
    browser = site.browser()
    if where == "bearer":
        answer = browser.fetch("/", headers=bearer(token))
    else:
        answer = browser.arrive("/", token, referer=site.realm.url)

    assert answer.json()["user"] is None


def test_s63_a_token_signed_with_the_public_key_is_nobody(site: Site) -> None:
    """RS256 is not confused with HS256 (T02)."""
    import hashlib
    import hmac

    def segment(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    claims = json.dumps(site.realm.claims("mallory")).encode()
    header = json.dumps({"kid": site.realm.kid, "alg": "HS256"}).encode()
    text = f"{segment(header)}.{segment(claims)}"
    for secret in (site.realm.public_key, site.realm.public_key.strip()):
        mac = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
        token = f"{text}.{segment(mac)}"
        answer = site.browser().fetch("/", headers=bearer(token))

        assert answer.json()["user"] is None


def test_keys_that_cannot_be_had_make_nobody_never_a_500(adapter: SiteMaker) -> None:
    """With LoginRocket gone at the first callback the reason says so."""
    # Nothing listens on the discard port.
    site = adapter(loginrocket_url="http://127.0.0.1:9/")
    answer = site.browser().fetch("/", headers=bearer(site.token()))

    assert answer.status == 200
    assert answer.json()["user"] is None
    assert answer.json()["reason"] == "keys_unavailable"


def test_s53_a_static_key_needs_no_network(
    adapter: SiteMaker, realm: MemoryRealm
) -> None:
    """With ``jwt_key`` the key set is never downloaded."""
    site = adapter(jwt_key=realm.public_key, loginrocket_url="http://127.0.0.1:9/")
    before = site.realm.downloads

    assert site.browser().fetch("/", headers=bearer(site.token())).json()["user"] == (
        "usr_alice"
    )
    assert site.realm.downloads == before


def test_one_site_downloads_the_keys_once(site: Site) -> None:
    """Many logins and many requests later the key set has been asked for once."""
    before = site.realm.downloads
    for name in ("alice", "bob", "carol"):
        browser = site.member(name)
        for _ in range(3):
            browser.get("/")

    assert site.realm.downloads == before + 1
