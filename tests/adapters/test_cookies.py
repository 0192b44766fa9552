"""The login's cookie: attributes, pieces, tossing, what is set beside it (4.6)."""

from __future__ import annotations

import re

import pytest

from arware.testing import Browser
from tests.effort import growth

from .conftest import Site, SiteMaker, logins

HTTP = "http://app.example"
HTTPS = "https://app.example"


def attributes_of(line: str) -> tuple[str, str, dict[str, str]]:
    """Take a Set-Cookie apart: name, value, attributes in lower case."""
    first, *rest = line.split(";")
    name, _, value = first.partition("=")
    pairs = (part.strip().partition("=") for part in rest)
    return name, value, {key.lower(): text for key, _, text in pairs}


def test_s76_the_cookie_on_https(site: Site) -> None:
    """It is a ``__Host-`` cookie: Secure, HttpOnly, Lax, path /, no domain."""
    answer = site.callback(site.browser(HTTPS), lifetime=1000)
    line, _ = answer.all("Set-Cookie")
    name, value, attributes = attributes_of(line)

    assert name == "__Host-authrocket"
    assert value
    assert "secure" in attributes
    assert "httponly" in attributes
    assert attributes["samesite"] == "Lax"
    assert attributes["path"] == "/"
    assert "domain" not in attributes
    assert 995 <= int(attributes["max-age"]) <= 1005


def test_s76_the_cookie_on_plain_http(site: Site) -> None:
    """It has neither the prefix nor Secure there, and all else is the same."""
    answer = site.callback(site.browser("http://localhost:8000"))
    line, _ = answer.all("Set-Cookie")
    name, _, attributes = attributes_of(line)

    assert name == "authrocket"
    assert "secure" not in attributes
    assert "httponly" in attributes
    assert attributes["samesite"] == "Lax"
    assert attributes["path"] == "/"
    assert "domain" not in attributes


def test_t33_every_cookie_of_ours_has_its_attributes(site: Site) -> None:
    """Login, state, pieces, and the clearing of each."""
    browser = site.browser()
    answers = [
        browser.get("/private"),
        site.callback(browser, "alice", **big(4500)),
        site.callback(browser, "alice"),
        browser.get("/logout"),
        browser.get("/", headers={"Cookie": "__Host-authrocket=bad"}),
    ]
    lines = [line for answer in answers for line in answer.all("Set-Cookie")]

    assert len(lines) > 8
    for line in lines:
        name, _, attributes = attributes_of(line)
        assert name.startswith("__Host-authrocket")
        assert {"secure", "httponly", "path", "samesite", "max-age"} <= set(attributes)
        assert "domain" not in attributes
        assert int(attributes["max-age"]) <= (24 if name.endswith(".s") else 1) * 3600


def test_s78_the_cookie_is_lax_at_most(site: Site) -> None:
    """Strict would lose the login that comes back from another site."""
    for line in site.callback(site.browser()).all("Set-Cookie"):
        assert attributes_of(line)[2]["samesite"] == "Lax"


def test_the_cookie_has_the_name_that_is_set(adapter: SiteMaker) -> None:
    """Two applications on one host need two names."""
    site = adapter(cookie_name="shop")

    assert list(logins(site.member("alice"))) == ["__Host-shop"]
    assert list(logins(site.member("alice", "http://localhost"))) == ["shop"]


def test_a_known_user_gets_no_new_cookie(site: Site) -> None:
    """The cookie is written when something changes and never otherwise."""
    browser = site.member("alice")

    for path in ("/", "/nowhere", "/own500", "/stream"):
        assert browser.get(path).all("Set-Cookie") == []


@pytest.mark.parametrize("origin", [HTTP, HTTPS])
@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "garbage",
        "a.b.c",
        "é",
        '"quoted"',
        "=",
        "A" * 4000,
        "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
        "%00",
    ],
)
def test_t30_a_bad_cookie_is_nobody_and_is_cleared(
    site: Site, origin: str, value: str
) -> None:
    """Nothing but what we signed counts; the browser is told to drop it."""
    name = "__Host-authrocket" if origin == HTTPS else "authrocket"
    browser = site.browser(origin)
    answer = browser.get("/", headers={"Cookie": f"{name}={value}; other=1"})

    assert answer.status == 200
    assert answer.json()["user"] is None
    assert answer.json()["reason"] == "bad_cookie"
    (line,) = answer.all("Set-Cookie")
    cleared, text, attributes = attributes_of(line)
    assert (cleared, text.strip('"')) == (name, "")
    assert attributes["max-age"] == "0"
    assert attributes["path"] == "/"
    assert attributes["samesite"] == "Lax"
    assert "httponly" in attributes
    assert ("secure" in attributes) == (origin == HTTPS)


def test_t30_a_cookie_of_another_secret_or_purpose_is_bad(
    adapter: SiteMaker, site: Site
) -> None:
    """A cookie counts only for the secret and the name that it was made for."""
    value = site.member("alice").cookies["__Host-authrocket"].value
    stranger = adapter(cookie_secret="another secret of at least 32 bytes")
    renamed = adapter(cookie_name="renamed")

    for other, name in (
        (stranger, "__Host-authrocket"),
        (renamed, "__Host-renamed"),
        (site, "__Host-authrocket.s.abcdefgh"),
    ):
        cookie = {"Cookie": f"{name}={value}"}
        assert other.browser().get("/", headers=cookie).json()["user"] is None


@pytest.mark.parametrize("position", [0, 1, 20, 100, -1])
def test_t30_one_changed_character_spoils_the_cookie(site: Site, position: int) -> None:
    """The signature covers every byte, and a value has one spelling."""
    value = site.member("alice").cookies["__Host-authrocket"].value
    letter = "A" if value[position] != "A" else "B"
    at = position % len(value)
    mutants = [
        value[:at] + letter + value[at + 1 :],
        value + "=",
        value + "A",
        value[:-1],
        f'"{value}"',
    ]
    for mutant in mutants:
        cookie = {"Cookie": f"__Host-authrocket={mutant}"}
        assert site.browser().get("/", headers=cookie).json()["user"] is None


def test_secrets_can_be_rotated(adapter: SiteMaker) -> None:
    """The first signs, all verify; one that was taken out verifies no more."""
    old, new = (
        "the old secret of 32 bytes or more",
        "the new secret of 32 bytes or more",
    )
    before = adapter(cookie_secret=[old])
    cookie = {"Cookie": before.member("alice").cookie_header()}

    both = adapter(cookie_secret=[new, old])
    assert both.browser().get("/", headers=cookie).json()["user"] == "usr_alice"

    after = adapter(cookie_secret=[new])
    assert after.browser().get("/", headers=cookie).json()["user"] is None

    fresh = {"Cookie": both.member("alice").cookie_header()}
    assert after.browser().get("/", headers=fresh).json()["user"] == "usr_alice"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_t31_of_two_cookies_the_one_that_verifies_counts(
    site: Site, first: bool, count: int
) -> None:
    """A tossed cookie of the same name locks nobody out, and is not cleared."""
    good = site.member("alice").cookie_header()
    tossed = [f"__Host-authrocket=tossed{number}" for number in range(count)]
    parts = [good, *tossed] if first else [*tossed, good]
    answer = site.browser().get("/", headers={"Cookie": "; ".join(parts)})

    assert answer.json()["user"] == "usr_alice"
    assert answer.all("Set-Cookie") == []


def test_t31_two_valid_cookies_of_different_logins_are_nobody(site: Site) -> None:
    """Which of two users it is is never guessed, in either order."""
    alice = site.member("alice").cookie_header()
    bob = site.member("bob").cookie_header()

    for header in (f"{alice}; {bob}", f"{bob}; {alice}"):
        assert (
            site.browser().get("/", headers={"Cookie": header}).json()["user"] is None
        )

    twice = {"Cookie": f"{alice}; {alice}"}
    assert site.browser().get("/", headers=twice).json()["user"] == "usr_alice"


def test_t31_a_tossed_login_does_not_outlive_the_next_one(site: Site) -> None:
    """On plain http it could stand beside each new login, and nobody could log in."""
    origin = "http://localhost"
    tossed = site.member("mallory", origin).cookie_header()
    browser = site.member("alice", origin)
    both = {"Cookie": f"{browser.cookie_header()}; {tossed}"}
    browser.get(f"/?token={site.token('alice')}", site=None, headers=both)
    both = {"Cookie": f"{browser.cookie_header()}; {tossed}"}

    assert browser.get("/", headers=both).json()["user"] == "usr_alice"
    alone = site.browser(origin).get("/", headers={"Cookie": tossed})
    assert alone.json()["user"] is None


@pytest.mark.parametrize(
    "name",
    [
        "Authrocket",
        "AUTHROCKET",
        "xauthrocket",
        "authrocketx",
        "__Secure-authrocket",
        "__host-authrocket",
        "$authrocket",
        '"authrocket"',
    ],
)
def test_t31_names_match_exactly(site: Site, name: str) -> None:
    """On http the cookie is ``authrocket`` and nothing like it."""
    value = site.member("alice", "http://localhost").cookies["authrocket"].value
    browser = site.browser("http://localhost")
    answer = browser.get("/", headers={"Cookie": f"{name}={value}"})

    assert answer.json()["user"] is None


def test_t31_https_does_not_take_the_cookie_of_http(site: Site) -> None:
    """Without the prefix it could have come from anywhere."""
    value = site.member("alice", "http://localhost").cookies["authrocket"].value
    answer = site.browser(HTTPS).get("/", headers={"Cookie": f"authrocket={value}"})

    assert answer.json()["user"] is None


@pytest.mark.parametrize(
    "neighbour",
    [
        'strange="quoted; value"',
        "json={a:1,b:[2]}",
        "novalue",
        "=nameless",
        "é=ü",
        "a=b=c=d",
        "$Version=1",
        "bad name=1",
        "a" * 3000,
        "x=\x7f",
        ";;;;",
        "[]=[]",
        'open="',
    ],
)
def test_t47_a_strange_neighbour_does_not_stop_the_parser(
    site: Site, neighbour: str
) -> None:
    """Our cookie is found before and after whatever else a browser holds."""
    good = site.member("alice").cookie_header()

    for header in (f"{neighbour}; {good}", f"{good}; {neighbour}"):
        me = site.browser().get("/", headers={"Cookie": header}).json()
        assert me["user"] == "usr_alice"


@pytest.mark.parametrize(
    "piece",
    [
        "; ",
        "a=1; ",
        "=;",
        "__Host-authrocket=x; ",
        "__Host-authrocket.1=1.4.AAAAAAAAAAAAAAAAAAAAAA.A; ",
        "__Host-authrocket.s.aaaaaaaa=x; ",
        '"',
        "\\",
        " ",
        ",",
        "=",
    ],
)
def test_t47_a_long_cookie_header_costs_little(site: Site, piece: str) -> None:
    """64 KiB of anything are read in linear time, and nobody gets in by it."""

    def ask(size: int) -> None:
        header = (piece * (size // len(piece) + 1))[:size].strip()
        answer = site.browser().get("/", headers={"Cookie": header})
        assert answer.status == 200
        assert answer.json()["user"] is None

    assert growth(ask, 65_536) < 3


def test_cookies_may_come_in_several_headers(site: Site) -> None:
    """HTTP/2 clients split them, and servers need not join them."""
    name, _, value = site.member("alice").cookie_header().partition("=")
    headers = [("Cookie", "a=1"), ("Cookie", f"{name}={value}"), ("Cookie", "b=2")]
    answer = site.browser().request("GET", "/", headers=headers)

    assert answer.json()["user"] == "usr_alice"


def big(size: int) -> dict[str, object]:
    """Return claims that make a token larger by about *size* bytes."""
    return {"cs": {"notes": "x" * size}}


@pytest.mark.parametrize("size", [3000, 4500])
def test_t32_a_large_token_is_split_and_joined(site: Site, size: int) -> None:
    """Beyond one cookie's room it comes in pieces, each of which a browser keeps."""
    browser = site.member("alice", **big(size))

    assert 2 <= len(logins(browser)) <= 4
    assert browser.get("/").json()["user"] == "usr_alice"
    for name, cookie in browser.cookies.items():
        assert name.startswith("__Host-authrocket")
        assert len(name) + len(cookie.value) < 4096


def test_t32_stale_pieces_are_cleared(site: Site) -> None:
    """A smaller login after a larger one leaves no piece behind, and the reverse."""
    browser = site.member("alice", **big(4500))
    site.callback(browser, "alice")

    assert list(logins(browser)) == ["__Host-authrocket"]
    assert browser.get("/").json()["user"] == "usr_alice"

    site.callback(browser, "bob", **big(4500))

    assert "__Host-authrocket" not in browser.cookies
    assert browser.get("/").json()["user"] == "usr_bob"


def test_t32_pieces_of_two_logins_never_join(site: Site) -> None:
    """A set with a piece missing, foreign or doubled is nobody's."""
    one = site.member("alice", **big(3000))
    two = site.member("alice", **big(3000))
    names = sorted(logins(one))

    def with_cookies(pairs: list[tuple[str, str]]) -> dict[str, str]:
        header = "; ".join(f"{name}={value}" for name, value in pairs)
        answer = Browser(site.app, HTTPS).get("/", headers={"Cookie": header})
        return answer.json()

    mine = [(name, one.cookies[name].value) for name in names]
    other = [(name, two.cookies[name].value) for name in names]
    mixed = [mine[0], *other[1:]]
    swapped = [(names[0], mine[1][1]), (names[1], mine[0][1]), *mine[2:]]

    assert with_cookies(mine)["user"] == "usr_alice"
    assert with_cookies(mine[::-1])["user"] == "usr_alice"
    assert with_cookies(mine[:-1])["user"] is None
    assert with_cookies(mine[1:])["user"] is None
    assert with_cookies(mixed)["user"] is None
    assert with_cookies(swapped)["user"] is None
    assert with_cookies([*mine, other[0]])["user"] is None


def test_t32_logging_out_clears_every_piece(site: Site) -> None:
    """Nothing of a large login stays in the browser."""
    browser = site.member("alice", **big(4500))
    browser.get("/logout")

    assert logins(browser) == {}


def token_of_size(site: Site, size: int) -> str:
    """Return a good token of so many characters."""
    # Three bytes make four characters, so the header takes what is left.
    for filling in range(4):
        header = {"kid": site.realm.kid, "alg": "RS256", "x": "x" * filling}
        missing = size - len(site.realm.sign(site.realm.claims(**big(0)), header))
        for notes in range(missing * 3 // 4 - 3, missing * 3 // 4 + 4):
            token = site.realm.sign(site.realm.claims(**big(notes)), header)
            if len(token) == size:
                return token
    raise AssertionError(size)


def test_f19_the_largest_token_takes_four_cookies(site: Site) -> None:
    """11,000 characters log in, and browsers keep every piece."""
    browser = site.browser()
    begun = browser.get("/private")
    answer = browser.come_back(begun, token_of_size(site, 11_000))

    assert answer.status == 303
    assert len(logins(browser)) == 4
    assert browser.get("/private").json()["user"] == "usr_alice"


def test_f19_one_character_more_is_told_with_size_and_limit(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """On a page, and in one line of the log; nothing loops."""
    browser = site.browser()
    begun = browser.get("/private")
    caplog.clear()
    answer = browser.come_back(begun, token_of_size(site, 11_001))
    errors = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]
    # Frameworks tell of the refusal, too.
    lines = [line for line in errors if "11" in line]

    assert answer.status == 401
    assert not answer.location
    assert logins(browser) == {}
    assert len(lines) == 1
    for text in (answer.text, lines[0]):
        assert re.search(r"11,?001\b", text), text
        assert re.search(r"11,?000\b", text), text


def test_applications_own_cookie_stays(site: Site) -> None:
    """A Set-Cookie of the application's is passed on beside ours."""
    browser = site.member("alice", lifetime=600)
    header = browser.cookie_header()
    site.clock.advance(1000)
    answer = browser.get("/own-cookie", headers={"Cookie": header})
    lines = answer.all("Set-Cookie")

    assert "mine=1; Path=/" in lines
    assert len(lines) == 2
