"""What cannot be read plainly is a clear 4xx, and no line in the log."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote

import pytest

from tests.kit.web.sample import Browser

FORM = "application/x-www-form-urlencoded"
CONTROLS = [chr(number) for number in (*range(32), *range(127, 160))]
LONG = "x" * 65_536


@pytest.fixture(scope="module")
def browser() -> Browser:
    """Return a browser at the sample."""
    return Browser()


def call(browser: Browser, **environ: Any) -> tuple[int, str]:
    """Ask as a server does, whatever a client would refuse to send."""
    body = environ.pop("body", b"")
    whole = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/login",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "sample.site": browser.site,
        **environ,
    }
    answers: list[Any] = []
    text = b"".join(browser.app(whole, lambda *given: answers.append(given)))
    return int(answers[0][0][:3]), text.decode()


def post(browser: Browser, body: bytes, kind: str = FORM, **environ: Any) -> int:
    """Send a body; return the status."""
    environ = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": kind, **environ}
    return call(browser, body=body, **environ)[0]


@pytest.mark.parametrize("route", ["/login", "/notes", "/notes/0", "/nothing"])
@pytest.mark.parametrize("text", [*CONTROLS, LONG], ids=lambda text: repr(text[:1]))
def test_odd_queries_are_told(
    browser: Browser, caplog: Any, route: str, text: str
) -> None:
    """A control character or a value of 64 KiB in the query is a page that says so."""
    status, page = call(browser, PATH_INFO=route, QUERY_STRING=f"a={quote(text)}")

    assert 400 <= status < 500
    assert "<h1>" in page
    assert caplog.records == []


@pytest.mark.parametrize(
    "query", ["a=%ff", "a=%ed%a0%80", "a=1&a=2", "&".join("a" * 60), "\xff=1"]
)
def test_garbled_queries_are_told(browser: Browser, caplog: Any, query: str) -> None:
    """No UTF-8, halves of pairs, and names that come twice."""
    assert call(browser, QUERY_STRING=query)[0] == 400
    assert caplog.records == []


@pytest.mark.parametrize("text", [*CONTROLS, LONG, "\xff", "\xed\xa0\x80"])
@pytest.mark.parametrize("path", ["/{}", "/notes/{}", "/static/{}", "/login{}"])
def test_odd_paths_lead_nowhere(
    browser: Browser, caplog: Any, path: str, text: str
) -> None:
    """They are not found, or need a login like others."""
    status, _ = call(browser, PATH_INFO=path.format(text))

    assert status in (303, 404)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=%ff", FORM, 400),
        (b"a=\xff", FORM, 400),
        (b"a=1&a=2", FORM, 400),
        (b"a=%00", FORM, 400),
        (b"a&" * 60, FORM, 400),
        (b"a=" + b"x" * 65_536, FORM, 413),
        (b"a=1", "", 415),
        (b"a=1", "text/plain", 415),
        (b"a=1", "multipart/form-data; boundary=x", 415),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"a"', "application/json", 400),
        (b'{"a": 1}', "application/json", 400),
        (b'{"a": ["b"]}', "application/json", 400),
        (b'{"a": {}}', "application/json", 400),
        (b'{"a": "b", "a": "c"}', "application/json", 400),
        (b'{"a": "\\ud800"}', "application/json", 400),
        (b'{"\\ud800": "a"}', "application/json", 400),
        (b'{"a": "\\u0000"}', "application/json", 400),
        (b'{"a": "\xff"}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b'{"a": ' * 9_000, "application/json", 400),
        (b"NaN", "application/json", 400),
    ],
)
def test_odd_bodies_are_told(
    browser: Browser, caplog: Any, body: bytes, kind: str, status: int
) -> None:
    """Each is refused before any view and any permission (RQ-C7)."""
    assert post(browser, body, kind) == status
    assert post(browser, body, kind, PATH_INFO="/tidy") == status
    assert caplog.records == []


@pytest.mark.parametrize(
    ("length", "status"),
    [("5", 400), ("-1", 400), ("x", 400), ("²", 400), ("9" * 30, 413), ("", 403)],
)
def test_odd_lengths_are_told(browser: Browser, length: str, status: int) -> None:
    """A body that is shorter than it said is not taken for a whole one."""
    assert post(browser, b"a=1", CONTENT_LENGTH=length) == status


@pytest.mark.parametrize(
    ("value", "title"), [("true", "x"), ("false", "x"), ("null", "x")]
)
def test_json_has_boxes_that_are_ticked_or_not(
    browser: Browser, value: str, title: str
) -> None:
    """``true`` is a tick; ``false`` and ``null`` are absent fields."""
    body = f'{{"title": "{title}", "is_public": {value}}}'.encode()

    status = post(browser, body, "application/json; charset=utf-8", PATH_INFO="/login")

    assert status == 422  # read, and then found to lack the address


class Gone:
    """A client that hangs up."""

    def read(self, _size: int) -> bytes:
        """Fail as a socket does."""
        raise OSError


def test_a_client_that_hangs_up_is_no_fault(browser: Browser, caplog: Any) -> None:
    """Nobody reads the answer."""
    environ = {"wsgi.input": Gone(), "CONTENT_LENGTH": "5"}

    assert post(browser, b"", **environ) == 400
    assert caplog.records == []


@pytest.mark.parametrize(("size", "status"), [(10, 403), (70_000, 413)])
def test_a_body_without_a_length_is_read_to_its_end(
    browser: Browser, size: int, status: int
) -> None:
    """Where the server says that it has one (chunked), and no further than allowed."""
    environ = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}

    assert post(browser, b"a=" + b"x" * size, **environ) == status
