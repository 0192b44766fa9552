"""Logs without tokens: what is hidden, what stays, and that no line stops anything."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arware.logs import TokenFilter, hide_tokens
from arware.tokens.api_tokens import new_api_token
from tests.effort import growth
from tests.making import realm

JWT = realm().token("alice")
API_TOKEN = new_api_token(b"x" * 32)
SESSION = "kss_0SEFkBP9sVyGkn6YbLxZQr"
UNSIGNED = JWT[: JWT.rindex(".") + 1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"GET /?token={JWT} HTTP/1.1", "GET /?token=*** HTTP/1.1"),
        (f"/a?x=1&token={JWT}&y=2", "/a?x=1&token=***&y=2"),
        (f"token={JWT}", "token=***"),
        ("/?token=of-another-kind&x", "/?token=***&x"),
        ("/?token=a%2Bb%3D%3D#top", "/?token=***#top"),
        ("/?token=half%", "/?token=***"),
        ("/?%74oken=abc", "/?%74oken=***"),
        ("/?tok%65%6e%3Dabc", "/?tok%65%6e%3D***"),
        ("/?a=1&ar_state=abc-_&b=2", "/?a=1&ar_state=***&b=2"),
        ("/?ar%5fstate=abc", "/?ar%5fstate=***"),
        (f"/logout?redirect_uri=%2F&session={SESSION} HTTP/1.1",
         "/logout?redirect_uri=%2F&session=kss_*** HTTP/1.1"),
        (f"/?then=%2Flogout%3Fsession%3D{SESSION}",
         "/?then=%2Flogout%3Fsession%3Dkss_***"),
        ('"GET / HTTP/1.1" 200 5 "https://a.example/?token=abc" "Mozilla"',
         '"GET / HTTP/1.1" 200 5 "https://a.example/?token=***" "Mozilla"'),
        ("/login?redirect_uri=https%3A%2F%2Fa%2F%3Ftoken%3Dabc%26x%3D1&y=2",
         "/login?redirect_uri=https%3A%2F%2Fa%2F%3Ftoken%3D***%26x%3D1&y=2"),
        ("/?u=%252F%253Fx%253D1%2526token%253Dabc%2526b&y",
         "/?u=%252F%253Fx%253D1%2526token%253D***%2526b&y"),
        (f"Authorization: Bearer {JWT}", "Authorization: Bearer ***"),
        (f"({JWT}).", "(***)."),
        (f"it was {JWT}.", "it was ***."),
        (f"unsigned {UNSIGNED} is one", "unsigned *** is one"),
        (f"/?jwt%3D{JWT}", "/?jwt%3D***"),
        (f"Bearer {API_TOKEN}", "Bearer art_***"),
        (f"/?key={API_TOKEN}&b=1", "/?key=art_***&b=1"),
        (f"{JWT} {API_TOKEN}", "*** art_***"),
        (repr(f"Bearer\n{JWT}\t{JWT}"), r"'Bearer\n***\t***'"),
        (json.dumps({"a": f"\x1f{JWT}"}), r'{"a": "\u001f***"}'),
        (rf"\x22{JWT}\x22 \u003d{JWT}", r"\x22***\x22 \u003d***"),
        (f"session-{JWT} ar_{JWT} Bearer{JWT}", "session-*** ar_*** Bearer***"),
        (f"KeyJar-{JWT}", "K***"),
        (f"/?a={JWT.replace('.', '%2E')}&b", "/?a=***&b"),
        (f"/?u=%3Fa%3D{JWT.replace('.', '%252e')}", "/?u=%3Fa%3D***"),
        ("eyJhbGciOiJkaXIi.key.iv.text.tag is encrypted", "*** is encrypted"),
        ("/?token=,a,b(c)[d]{e}|f&g", "/?token=***&g"),
        (f"/?token=[x{JWT}&y", "/?token=***&y"),
        ("login(token=abc, x=1)", "login(token=***, x=1)"),
        ('{"u": "\\"/?token=abc\\""}', '{"u": "\\"/?token=***\\""}'),
    ],
)  # fmt: skip
def test_a_token_is_hidden(text: str, shown: str) -> None:
    """And nothing beside it."""
    assert hide_tokens(text) == shown
    assert hide_tokens(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "GET / HTTP/1.1",
        "/?tokens=1&my_token=2&token2=3&a-token=4",
        "/?token=",
        "/?token&x=1",
        "/token=5",
        "the token is good",
        "/?state=abc&ar_states=1",
        "art_gallery",
        f"{API_TOKEN[:-1]}!",
        f"art_{'x' * 40}",
        "eyJ.a.b",
        "MonkeyJumping123.tar.gz",
        "the class KeyJournalReader.read.",
        "/?token=,",
        "100%25 done, 50% %7",
        "Ωtoken αβγ",
    ],
)
def test_what_is_no_token_stays(text: str) -> None:
    """Names that only resemble ours, and texts that are too short for a token."""
    assert hide_tokens(text) is text or hide_tokens(text) == text


@given(st.text(alphabet="?&=%253Dtoken.eyJ_art *", max_size=60))
def test_hiding_twice_is_hiding_once(text: str) -> None:
    """What stands in a token's place is no token."""
    once = hide_tokens(text)

    assert hide_tokens(once) == once


HOSTILE: dict[str, Callable[[int], str]] = {
    "escapes": lambda n: "%25" * n,
    "one deep escape": lambda n: "%" + "25" * n,
    "deep letters": lambda n: "?t%" + "25" * n + "6f%" + "25" * n,
    "many deep letters": lambda n: ("?t%" + "25" * 9) * (n // 9),
    "names": lambda n: "?token" * n,
    "values": lambda n: "&token=%" * n,
    "a long value": lambda n: "?token=" + "%2" * n,
    "headers": lambda n: "eyJ" * n,
    "segments": lambda n: "eyJabcdefgh." * n,
    "dots": lambda n: "eyJabcdefgh.a" + "." * n,
    "prefixes": lambda n: "art_" * n,
    "quotes": lambda n: '?"' * n,
    "glued headers": lambda n: "xeyJ" * n,
    "glued segments": lambda n: "-eyJabcdefgh.e" * n,
    "words": lambda n: "a-b_" * n,
    "commas": lambda n: "?token=" + "," * n,
    "names with commas": lambda n: "?token=," * n,
    "deep dots": lambda n: "eyJabcdefgh%" + "25" * n,
    "escapes of escapes": lambda n: "?token=" + ",%25" * n,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_line_takes_no_longer_than_its_length(kind: str) -> None:
    """Twice the length takes twice the time."""
    lines = {n: HOSTILE[kind](n) for n in (20_000, 40_000)}

    assert growth(lambda n: hide_tokens(lines[n]), 20_000) < 3


# --- Records -------------------------------------------------------------------------


def record_of(message: Any, *arguments: Any) -> logging.LogRecord:
    """Return a record that has passed the filter."""
    record = logging.LogRecord("x", 20, "x.py", 1, message, arguments, None)
    assert TokenFilter().filter(record)
    return record


class Atoms(dict[str, Any]):
    """Values as gunicorn has them: what is missing is a dash."""

    def __getitem__(self, name: str) -> Any:
        return self.get(name.lower(), "-")


class Address:
    """An object whose text holds a token."""

    def __str__(self) -> str:
        return f"/?token={JWT}"


class Unwilling:
    """An object without a text."""

    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (f"GET /?token={JWT}", ()),
        ('%s - "%s %s HTTP/%s" %d', ("::1", "GET", f"/?token={JWT}", "1.1", 200)),
        ("GET %s?%s", ("/", f"token={JWT}")),
        ("%(r)s %(x)s", ({"r": f"GET /?token={JWT}"} | {"x": 1},)),
        ("%(r)s %({Host}i)s", (Atoms(r=f"GET /?token={JWT}"),)),
        ("%(r)s", (MappingProxyType({"r": f"/?token={JWT}"}),)),
        ("/?token=%s", (JWT,)),
        ("/?token=%s&x=%d", ("of-another-kind", 1)),
        ("%r", (f"/?token={JWT}".encode(),)),
        ("%s", (Address(),)),
        ("%s", ([f"/?token={JWT}"],)),
        (Address(), ()),
        (ValueError(f"/?token={JWT}"), ()),
    ],
)
def test_a_record_s_tokens_are_hidden(message: Any, arguments: Any) -> None:
    """In the message, in its arguments, and where only both together make one."""
    text = record_of(message, *arguments).getMessage()

    assert "token=***" in text
    assert JWT not in text
    assert "another" not in text


def test_arguments_stay_apart() -> None:
    """Formatters that read them one by one find as many, of the same kinds."""
    arguments = ("::1", "GET", f"/?token={JWT}", "1.1", 200)
    record = record_of("%s %s %s %s %d", *arguments)

    assert record.args == ("::1", "GET", "/?token=***", "1.1", 200)


def test_a_mapping_stays_what_it_was() -> None:
    """Also where it answers in its own way, and the application's is not changed."""
    atoms = Atoms(r=f"/?token={JWT}")
    record = record_of("%(r)s %(nothing)s", atoms)

    assert isinstance(record.args, Atoms)
    assert record.getMessage() == "/?token=*** -"
    assert atoms["r"] == f"/?token={JWT}"


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("GET %s", ("/?tokens=1",)),
        ("100%", ()),
        ("%(a)s", ({"a": "/?x=1"},)),
        ("%s %d", (b"x", 7)),
    ],
)
def test_a_record_without_tokens_stays_as_it_is(message: Any, arguments: Any) -> None:
    """Message and arguments are the very same objects."""
    plain = logging.LogRecord("x", 20, "x.py", 1, message, arguments, None)
    before = plain.args
    assert TokenFilter().filter(plain)

    assert plain.msg is message
    assert plain.args is before or plain.args == before


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("%s %s", ("one",)),
        ("%d", ("x",)),
        ("%s", (Unwilling(),)),
        (Unwilling(), ()),
        ("%(a)s", ({"b": 1},)),
    ],
)
def test_a_record_that_cannot_be_formatted_passes(message: Any, arguments: Any) -> None:
    """The filter raises nothing; logging tells what is wrong, as without it."""
    record = record_of(message, *arguments)

    with pytest.raises((TypeError, ValueError, KeyError)):
        record.getMessage()


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (f"GET /a%20b?token={JWT}", ("::1",)),
        (f"/?token={JWT} %d", ("x",)),
        (f"/?token={JWT} %(a)s", ({"b": 1},)),
        ("%d", (f"/?token={JWT}",)),
        ("%d", ([f"/?token={JWT}"],)),
        ("%(a)s", ({"b": [f"/?token={JWT}"]},)),
        (ValueError(f"/?token={JWT}"), ("::1",)),
    ],
)
def test_what_logging_tells_of_a_record_that_cannot_be_formatted_holds_no_token(
    message: Any, arguments: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """It shows message and arguments, as they are in the record."""
    logging.StreamHandler(io.StringIO()).handle(record_of(message, *arguments))
    told = capsys.readouterr().err

    assert "--- Logging error ---" in told
    assert "?token=***" in told
    assert JWT not in told


def test_a_name_limits_the_filter_as_in_logging() -> None:
    """Records of other loggers do not pass."""
    record = logging.LogRecord("a.b", 20, "x.py", 1, f"/?token={JWT}", (), None)

    assert TokenFilter("a").filter(record)
    assert not TokenFilter("c").filter(record)
    assert isinstance(record.args, tuple | Mapping)


COMMANDS = {
    "demo": "import arware.demo.command as c, contextlib as l\n"
    "c._log_without_tokens(l.ExitStack())",
    "realm serve": "import arware.local.command.serve as c\nc.log_to_the_terminal()",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_what_the_commands_serve_logs_no_token(command: str) -> None:
    """Whatever logger tells of it."""
    told = f"import logging\nlogging.getLogger('waitress').error('/?token={JWT}')"
    result = subprocess.run(
        [sys.executable, "-c", f"{COMMANDS[command]}\n{told}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )

    assert result.stderr.endswith("/?token=***\n")
