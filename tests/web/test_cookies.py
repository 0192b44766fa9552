"""The signed cookies: codec, reading a header, pieces, what is written."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from arware.errors import BadCookie
from arware.tokens import base64url
from arware.tokens.jwt import TOKEN_CHARACTERS
from arware.web import cookies
from arware.web.cookies import CookieOptions, CookieSigner, LoginCookie
from tests.making import OTHER_SECRET, SECRET

LOGIN_ID = "0123456789abcdef"
PLAIN = CookieOptions("ar", secure=False)
SECURE = CookieOptions("ar", secure=True)


def codec(*secrets: str, purpose: str = "login.v1.ar") -> CookieSigner:
    """Return a codec, with the first secret unless others are given."""
    return CookieSigner(secrets or (SECRET,), purpose)


# --- The codec ---------------------------------------------------------------------


@pytest.mark.parametrize("value", [["id", "token"], {"a": None}, "é", 1, []])
def test_what_is_signed_can_be_read(value) -> None:
    """The text is canonical base64url and gives the value back."""
    text = codec().dumps(value)

    assert base64url.decode(text) is not None
    assert codec().loads(text) == value


def test_the_signature_is_hmac_sha512_over_salted_secret() -> None:
    """The text is WebOb's: a digest of 64 bytes, then the value in JSON."""
    data = base64.urlsafe_b64decode(codec().dumps("x") + "==")
    key = b"arware.login.v1.ar\x00" + SECRET.encode()

    assert data == hmac.digest(key, b'"x"', hashlib.sha512) + b'"x"'


def test_the_first_secret_signs_and_all_verify() -> None:
    """Secrets rotate: the new one is put in front of the old one."""
    old, both = codec(OTHER_SECRET), codec(SECRET, OTHER_SECRET)

    assert both.loads(old.dumps("x")) == "x"
    assert both.dumps("x") == codec().dumps("x")


@pytest.mark.parametrize(
    "other",
    [
        codec(OTHER_SECRET),
        codec(purpose="state.v1.ar"),
        codec(purpose="login.v1.other"),
        codec(purpose="login.v1.a"),
    ],
)
def test_another_secret_purpose_or_name_does_not_verify(other: CookieSigner) -> None:
    """A value signed for one use is not accepted for another."""
    with pytest.raises(BadCookie, match=r"ours: its signature does not match$"):
        codec().loads(other.dumps("x"))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: "B" + text[1:] if text[0] == "A" else "A" + text[1:],
        lambda text: text[86:],
        lambda text: base64.urlsafe_b64encode(b"x" * 10).rstrip(b"=").decode(),
    ],
)
def test_a_changed_text_does_not_verify(change) -> None:
    """Cut off, longer, other bytes: none is ours."""
    text = codec().dumps(["a", "b"])

    with pytest.raises(BadCookie):
        codec().loads(change(text))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("QQ", True),
        ("QUI", True),
        ("QUJD", True),
        ("-_-_", True),
        ("QR", False),
        ("QUJ", False),
        ("Q", False),
        ("QUJDQ", False),
        ("QQ==", False),
        ("QU+D", False),
        ("QU/D", False),
        ("QU D", False),
        ("QUJD\n", False),
        ("QUÉD", False),
        ("", False),
    ],
)
def test_each_value_has_one_spelling(text: str, canonical: bool) -> None:
    """Padding, foreign characters and spare bits are refused (CVE-2026-102269)."""
    assert (base64url.decode(text) is not None) is canonical


def test_a_text_that_is_not_canonical_is_refused_by_name() -> None:
    """It is not even tried."""
    with pytest.raises(BadCookie, match=r"ours: its text is not canonical$"):
        codec().loads(codec().dumps("x") + "=")


def test_json_that_is_too_deep_does_not_verify() -> None:
    """Even a signed value that the parser gives up on is only a bad cookie."""
    text = b"[" * 200_000
    key = b"arware.login.v1.ar\x00" + SECRET.encode()
    data = hmac.digest(key, text, hashlib.sha512) + text
    signed = base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    with pytest.raises(BadCookie):
        codec().loads(signed)


# --- Reading -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", {}),
        ("ar=1", {"ar": ["1"]}),
        ("x=0; ar=1;ar=2; \tar.1=3 ; ar.s.x=4", {
            "ar": ["1", "2"], "ar.1": ["3"], "ar.s.x": ["4"]}),
        ("ar=a=b", {"ar": ["a=b"]}),
        ("ar=XaX", {"ar": ["XaX"]}),
        ("ar=", {"ar": [""]}),
        ("ar", {}),
        ("ar.", {}),
        ("arx=1; Ar=2; xar=3; ar2.1=4", {}),
        ('x="; ar=1; y="', {"ar": ["1"]}),
        ("$Version=1; ar=1; $Path=/", {"ar": ["1"]}),
        (";;=; ar=1;", {"ar": ["1"]}),
        ("ar =1", {}),
    ],
)  # fmt: skip
def test_cookies_are_read_by_their_exact_names(header, found) -> None:
    """A neighbour, however strange, neither stops nor imitates ours."""
    assert cookies.read_cookies(header, "ar") == found


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ar=1", "1"),
        ("ar=", None),
        ("ar=1; b=2", "1"),
        ("a=0; ar=1", "1"),
        ("a=0; ar=1; b=2", "1"),
        ("ar=1; ar=2", None),
        ("ar=ar", "ar"),
        ("ar=1; b=ar", None),
        ("a=ar; ar=1", None),
        ("", ""),
        ("b=2", ""),
        ("ar.s=x", ""),
        ("b=2; ar.s=x", ""),
        ("ar.s=x; ar.s=y", None),
        ("ar=1; ar.s=x", "1"),
        ("ar.s=x; b=2; ar=1; c=3", "1"),
        ("ar=1; ar.s=x; ar.1=y", None),
        ("ar=1; ar.1=y", None),
        ("ar.1=1", None),
        ("arx=1", None),
        ("xar=1", None),
        ("a=0;ar=1", None),
        ("a=0;  ar=1", None),
        ("x ar=1", None),
        ("a ar=1", None),
        (" ar=1", None),
        (";ar=1", None),
        ("a;\tar=1", None),
    ],
)
def test_the_short_way_is_taken_only_where_it_is_sure(header, value) -> None:
    """It knows the name once, at the start or behind a semicolon and a space."""
    assert PLAIN.only_login(header) == value
    if value is not None:
        found = cookies.read_cookies(header, "ar")
        found.pop("ar.s", None)
        assert found == ({"ar": [value]} if value else {})


def piece(number: int, count: int, text: str, login_id: str = LOGIN_ID) -> str:
    """Return the value of one piece."""
    return f"{number}.{count}.{login_id}.{text}"


@pytest.mark.parametrize(
    ("found", "texts"),
    [
        ({}, []),
        ({"ar": ["a"]}, ["a"]),
        ({"ar": ["a", "b", "a"]}, ["a", "b"]),
        ({"ar": ["a", "b", "c", "d", "e"]}, ["a", "b", "c", "d"]),
        ({"ar": ["a"], "ar.1": [piece(1, 2, "x")], "ar.2": [piece(2, 2, "y")]},
         ["a", "xy"]),
        ({"ar.1": [piece(1, 2, "x")], "ar.2": [piece(2, 2, "y")]}, ["xy"]),
        ({f"ar.{n}": [piece(n, 4, str(n))] for n in (1, 2, 3, 4)}, ["1234"]),
        ({f"ar.{n}": [piece(n, 3, str(n))] for n in (1, 2, 3, 4)}, ["123"]),
        ({"ar.1": [piece(1, 2, "x")] * 2, "ar.2": [piece(2, 2, "y")]}, ["xy"]),
        # A set that is not whole, or not of one login, is none.
        ({"ar.2": [piece(2, 2, "y")]}, []),
        ({"ar.1": [piece(1, 2, "x")]}, []),
        ({"ar.1": [piece(1, 3, "x")], "ar.2": [piece(2, 3, "y")]}, []),
        ({"ar.1": [piece(1, 2, "x")], "ar.2": [piece(2, 3, "y")]}, []),
        ({"ar.1": [piece(1, 2, "x")], "ar.2": [piece(2, 2, "y", "f" * 16)]}, []),
        ({"ar.1": [piece(1, 2, "x"), piece(1, 2, "z")],
          "ar.2": [piece(2, 2, "y")]}, []),
        ({"ar.1": [piece(2, 2, "x")], "ar.2": [piece(2, 2, "y")]}, []),
        ({"ar.1": [piece(1, 2, "x")], "ar.2": [piece(1, 2, "y")]}, []),
        ({"ar.1": [piece(1, 1, "x")]}, []),
        ({"ar.1": [piece(1, 5, "x")]}, []),
        ({"ar.1": [piece(1, 2, "x", "short")],
          "ar.2": [piece(2, 2, "y", "short")]}, []),
        ({"ar.1": [piece(1, 2, "x") + "\n"], "ar.2": [piece(2, 2, "y")]}, []),
        ({"ar.1": [""], "ar.2": [piece(2, 2, "y")]}, []),
    ],
)  # fmt: skip
def test_candidates_are_whole_texts(found, texts) -> None:
    """Pieces count as one text, and only if they belong together."""
    assert cookies.candidates(found, "ar") == texts


# --- Writing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "name", "ending"),
    [(PLAIN, "ar", ""), (SECURE, "__Host-ar", "; Secure")],
)
def test_s76_cookies_bear_all_attributes(
    options: CookieOptions, name: str, ending
) -> None:
    """HttpOnly and Lax always, Secure and __Host- on https, cleared with the same."""
    assert options.name == name
    assert options.set(name, "v", 59.9) == (
        f"{name}=v; Path=/; Max-Age=59; HttpOnly; SameSite=Lax{ending}"
    )
    assert options.set(name, "v", None) == (
        f"{name}=v; Path=/; HttpOnly; SameSite=Lax{ending}"
    )
    assert options.set(name, "v", -1).startswith(f"{name}=v; Path=/; Max-Age=0;")
    assert options.clear(name) == (
        f"{name}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
        f"HttpOnly; SameSite=Lax{ending}"
    )


def written(token: str, *stale: str) -> tuple[str, ...]:
    """Return what keeps *token* in a browser that has cookies called *stale*."""
    found = {name: ["x"] for name in stale}
    return LoginCookie(codec()).write((LOGIN_ID, token), 60, found, PLAIN)


def kept(lines: tuple[str, ...]) -> cookies.Cookies:
    """Return what a browser sends back after *lines*."""
    header = "; ".join(
        line.partition(";")[0] for line in lines if "Expires" not in line
    )
    return cookies.read_cookies(header, "ar")


def test_a_login_that_fits_is_one_cookie() -> None:
    """Stale pieces of an earlier login are cleared, the browser's id is left alone."""
    lines = written("a token", "ar", "ar.1", "ar.2", "ar.s", "ar.5")

    assert lines == (
        PLAIN.set("ar", codec().dumps([LOGIN_ID, "a token"]), 60),
        PLAIN.clear("ar.1"),
        PLAIN.clear("ar.2"),
    )


@pytest.mark.parametrize(
    ("size", "count"), [(2762, 1), (2763, 2), (6000, 3), (TOKEN_CHARACTERS, 4)]
)
def test_f19_a_larger_login_is_split_in_pieces(size: int, count: int) -> None:
    """Four hold the longest token that is read, and give it back."""
    token = "".join(chr(97 + n % 26) for n in range(size))
    lines = written(token, "ar", "ar.1", "ar.4")
    found = kept(lines)
    [text] = cookies.candidates(found, "ar")

    assert len(found) == count
    assert LoginCookie(codec()).read(text) == (LOGIN_ID, token)
    assert max(len(values[0]) for values in found.values()) <= 3800
    assert (PLAIN.clear("ar") in lines) is (count > 1)
    assert (PLAIN.clear("ar.4") in lines) is (count < 4)


def test_what_was_signed_for_something_else_is_no_login() -> None:
    """Though the signature is good."""
    for value in (["one"], ["id", 1], {}, "text"):
        with pytest.raises(BadCookie, match="something else"):
            LoginCookie(codec()).read(codec().dumps(value))


def test_the_login_s_cookies_are_cleared_where_they_stand() -> None:
    """The whole one and four pieces belong to the login, nothing else."""
    names = ["ar.s", "ar.4", "ar", "ar.5", "ar.1", "ar.0", "ar.2", "ar.3"]
    lines = LoginCookie.clear({name: ["x"] for name in names}, PLAIN)

    assert lines == tuple(map(PLAIN.clear, ["ar", "ar.1", "ar.2", "ar.3", "ar.4"]))
    assert LoginCookie.clear({}, PLAIN) == ()
    assert cookies.holds_login({"ar.1": ["x"], "ar.s": ["y"]}, "ar")
    assert not cookies.holds_login({"ar.s": ["y"]}, "ar")
