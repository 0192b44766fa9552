"""What PEP 3333 asks of a middleware, on the WSGI adapter (SECURITY T50 to T53)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest

from arware.errors import Forbidden
from arware.testing._calls import Call, call_wsgi, wsgi_environ
from arware.wsgi import Middleware

from .conftest import ORIGIN, Clock, Site
from .hosts import Host

PLAIN = [("Content-Type", "text/plain")]


class Body:
    """A body that counts what is done to it."""

    def __init__(self, chunks: int = 3, fails_at: int | None = None) -> None:
        self.chunks = chunks
        self.fails_at = fails_at
        self.given = 0
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self.given == self.fails_at:
            raise OSError("the disk is gone")
        if self.given >= self.chunks:
            raise StopIteration
        self.given += 1
        return b"chunk "

    def close(self) -> None:
        """Count it."""
        self.closed += 1


Starter = Callable[..., Any]


@pytest.fixture
def wrap(realm: Any, clock: Clock) -> Callable[..., Any]:
    """Return what puts the adapter around an application."""
    return lambda app, **adapter: Middleware(
        app, **realm.settings(clock=clock) | adapter
    )


@pytest.fixture(params=["nobody", "somebody", "refused"])
def visitor(
    request: pytest.FixtureRequest, realm: Any, clock: Clock
) -> tuple[str, dict[str, Any]]:
    """Return an environ of each kind of visitor."""
    headers: tuple[tuple[str, str], ...] = (("accept", "text/html"),)
    if request.param == "somebody":
        headers = (("authorization", f"Bearer {realm.token()}"),)
    environ = wsgi_environ(Call(target="/page", headers=headers, origin=ORIGIN))
    return request.param, environ


def recording() -> tuple[list[Any], Starter]:
    """Return a list and a start_response that keeps what it was told there."""
    calls: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
        calls.append((status, dict(headers), exc_info))
        return calls.append

    return calls, start_response


@pytest.mark.parametrize("taken", [0, 1, 2, 3])
def test_t50_close_is_called_exactly_once(
    wrap: Callable[..., Any], visitor: tuple[str, dict[str, Any]], taken: int
) -> None:
    """Also when the client goes away before the body was read, or before it began."""
    name, environ = visitor
    body = Body()

    def application(environ: dict[str, Any], start_response: Starter) -> Body:
        from arware.errors import LoginRequired

        if name == "refused":
            LoginRequired()
            start_response("500 Oh", PLAIN)
        else:
            start_response("200 OK", PLAIN)
        return body

    calls, start_response = recording()
    result = wrap(application)(environ, start_response)
    iterator = iter(result)
    for _ in range(taken):
        next(iterator, None)

    assert body.closed == 0 or name == "refused"

    close = getattr(result, "close", None)
    if close is not None:
        close()

    assert body.closed == 1
    assert calls[0][0][:3] == ("302" if name == "refused" else "200")


def test_t50_close_is_called_when_the_body_fails(
    wrap: Callable[..., Any], visitor: tuple[str, dict[str, Any]]
) -> None:
    """The application's error reaches the server, and its body is closed."""
    _, environ = visitor
    body = Body(fails_at=1)

    def application(environ: dict[str, Any], start_response: Starter) -> Body:
        start_response("200 OK", PLAIN)
        return body

    _, start_response = recording()
    result = wrap(application)(environ, start_response)
    with pytest.raises(OSError, match="the disk is gone"):
        list(result)
    result.close()

    assert body.closed == 1


def test_t50_a_body_without_close_is_fine(
    wrap: Callable[..., Any], visitor: tuple[str, dict[str, Any]]
) -> None:
    """A list has none."""
    _, environ = visitor
    _, start_response = recording()

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        start_response("200 OK", PLAIN)
        return [b"a", b"b"]

    result = wrap(application)(environ, start_response)

    assert b"".join(result) == b"ab"
    getattr(result, "close", lambda: None)()


def test_t52_a_body_is_handed_on_unread(
    wrap: Callable[..., Any], visitor: tuple[str, dict[str, Any]]
) -> None:
    """Not one chunk is taken before the server asks, then one for one."""
    name, environ = visitor
    if name == "refused":
        return
    body = Body(chunks=1000)

    def application(environ: dict[str, Any], start_response: Starter) -> Body:
        start_response("200 OK", PLAIN)
        return body

    calls, start_response = recording()
    result = wrap(application)(environ, start_response)

    assert body.given == 0

    iterator = iter(result)
    for number in range(1, 6):
        assert next(iterator) == b"chunk "
        assert body.given == number
    result.close()

    assert calls[0][0] == "200 OK"


def test_t52_a_file_goes_through_the_server_s_wrapper(
    wrap: Callable[..., Any], tmp_path: Any
) -> None:
    """The server sees its own ``wsgi.file_wrapper`` object, so sendfile still works."""
    path = tmp_path / "file"
    path.write_bytes(b"contents")

    def application(environ: dict[str, Any], start_response: Starter) -> Any:
        start_response("200 OK", PLAIN)
        return environ["wsgi.file_wrapper"](path.open("rb"))

    environ = wsgi_environ(Call(target="/page", origin=ORIGIN))
    environ["wsgi.file_wrapper"] = FileWrapper
    _, start_response = recording()
    result = wrap(application)(environ, start_response)

    assert type(result) is FileWrapper
    assert b"".join(result) == b"contents"
    result.close()


def test_t51_a_late_start_response(
    wrap: Callable[..., Any], visitor: tuple[str, dict[str, Any]]
) -> None:
    """An application may start its answer when the first chunk is wanted."""
    name, environ = visitor

    def application(environ: dict[str, Any], start_response: Starter) -> Any:
        from arware.errors import LoginRequired

        if name == "refused":
            LoginRequired()
        start_response("500 Oh" if name == "refused" else "200 OK", PLAIN)
        yield b"one "
        yield b"two"

    calls, start_response = recording()
    result = wrap(application)(environ, start_response)
    body = b"".join(result)
    getattr(result, "close", lambda: None)()
    status, headers, _ = calls[0]

    assert len(calls) == 1
    assert "Cookie" in headers["Vary"]
    if name == "refused":
        assert status.startswith("302")
        assert b"one" not in body
    else:
        assert status == "200 OK"
        assert body == b"one two"


def test_t51_a_refusal_raised_by_a_generator(wrap: Callable[..., Any]) -> None:
    """``raise LoginRequired`` in a generator's first step is answered as well."""

    def application(environ: dict[str, Any], start_response: Starter) -> Any:
        from arware.errors import LoginRequired

        if environ["authrocket.user"] is None:
            raise LoginRequired
        start_response("200 OK", PLAIN)
        yield b"secret"

    request = Call(target="/page", headers=(("accept", "text/html"),), origin=ORIGIN)
    answer = call_wsgi(validator(wrap(validator(application))), request)

    assert answer.status == 302
    assert answer.body == b""


def test_t51_a_refusal_replaces_an_answer_without_a_body(
    wrap: Callable[..., Any],
) -> None:
    """A generator that starts late and yields nothing leaves the body to us."""

    def application(environ: dict[str, Any], start_response: Starter) -> Any:
        from arware.errors import Forbidden

        Forbidden()
        start_response("500 Oh", PLAIN)
        yield from ()

    request = Call(headers=(("accept", "text/html"),), origin=ORIGIN)
    answer = call_wsgi(wrap(application), request)

    assert answer.status == 403
    assert answer.header("Content-Length") == str(len(answer.body))
    assert b"You cannot open this page" in answer.body


def test_t51_a_refusal_takes_back_a_head_that_was_given(
    wrap: Callable[..., Any], visitor: tuple[str, dict[str, Any]]
) -> None:
    """By its own ``exc_info``: servers take no second head without one."""
    _, environ = visitor

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        start_response("200 OK", PLAIN)
        raise Forbidden

    calls, start_response = recording()
    b"".join(wrap(application)(environ, start_response))
    (first, _, _), (second, _, exc_info) = calls

    assert first == "200 OK"
    assert second.startswith("403")
    assert isinstance(exc_info[1], Forbidden)


def test_t51_exc_info_before_anything_was_sent(
    wrap: Callable[..., Any], visitor: tuple[str, dict[str, Any]]
) -> None:
    """The second call replaces the first, with our headers once and exc_info."""
    _, environ = visitor

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        start_response("200 OK", [*PLAIN, ("X-First", "1")])
        try:
            raise OSError("too late")
        except OSError:
            start_response("500 Oh", [*PLAIN, ("X-Second", "1")], sys.exc_info())
        return [b"sorry"]

    calls, start_response = recording()
    result = wrap(application)(environ, start_response)
    body = b"".join(result)
    getattr(result, "close", lambda: None)()
    status, headers, exc_info = calls[-1]

    assert status == "500 Oh"
    assert headers["X-Second"] == "1"
    assert headers["Vary"].lower().count("cookie") == 1
    assert isinstance(exc_info[1], OSError)
    assert body == b"sorry"


def test_t51_exc_info_after_something_was_sent(wrap: Callable[..., Any]) -> None:
    """The server raises it again, through the adapter, unchanged."""

    def application(environ: dict[str, Any], start_response: Starter) -> Any:
        start_response("200 OK", PLAIN)
        yield b"half "
        try:
            raise OSError("in the middle")
        except OSError:
            start_response("500 Oh", PLAIN, sys.exc_info())
        yield b"never"

    with pytest.raises(OSError, match="in the middle"):
        call_wsgi(wrap(application), Call(target="/page", origin=ORIGIN))


def test_t51_write_still_writes(
    wrap: Callable[..., Any], visitor: tuple[str, dict[str, Any]]
) -> None:
    """The callable of old is the server's own."""
    name, environ = visitor
    if name == "refused":
        return

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        write = start_response("200 OK", PLAIN)
        write(b"one ")
        write(b"two ")
        return [b"three"]

    calls, start_response = recording()
    result = wrap(application)(environ, start_response)
    rest = b"".join(result)
    getattr(result, "close", lambda: None)()

    assert calls[1:] == [b"one ", b"two "]
    assert rest == b"three"


def test_t51_write_of_a_replaced_answer_goes_nowhere(
    wrap: Callable[..., Any],
) -> None:
    """What an application writes under a status that we replaced is dropped."""

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        from arware.errors import LoginRequired

        LoginRequired()
        write = start_response("500 Oh", PLAIN)
        write(b"secret ")
        return [b"secret"]

    request = Call(target="/page", headers=(("accept", "text/html"),), origin=ORIGIN)
    answer = call_wsgi(wrap(application), request)

    assert answer.status == 302
    assert answer.body == b""


def test_t53_an_error_reaches_the_server_unchanged(wrap: Callable[..., Any]) -> None:
    """The application's exception object is not wrapped."""
    error = RuntimeError("mine")

    def application(environ: dict[str, Any], start_response: Starter) -> Any:
        raise error

    with pytest.raises(RuntimeError) as caught:
        call_wsgi(wrap(application), Call(origin=ORIGIN))

    assert caught.value is error


def test_t44_stale_keys_are_overwritten(wrap: Callable[..., Any]) -> None:
    """Whatever stood under our keys in the environ is gone, on every path."""
    seen = []

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        seen.append({key: environ[key] for key in environ if "authrocket" in key})
        start_response("200 OK", PLAIN)
        return []

    app = wrap(application, ignore=("/static",))
    for target in ("/page", "/static/x"):
        environ = wsgi_environ(Call(target=target, origin=ORIGIN))
        names = ("session", "current_session", "user", "membership", "org", "auth")
        environ |= {f"authrocket.{name}": "usr_mallory" for name in names}
        list(app(environ, recording()[1]))

    for keys in seen:
        auth = keys.pop("authrocket.auth")
        assert auth.user is None
        assert set(keys.values()) == {None}


def test_header_names_and_values_are_plain_text(
    wrap: Callable[..., Any], visitor: tuple[str, dict[str, Any]]
) -> None:
    """PEP 3333 wants exactly str, and a list of its own."""
    _, environ = visitor
    given: list[Any] = []

    def start_response(status: Any, headers: Any, exc_info: Any = None) -> Any:
        given.append((status, headers))
        return lambda _: None

    kept = list(PLAIN)

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        start_response("200 OK", kept)
        return []

    list(wrap(application)(environ, start_response))
    status, headers = given[0]

    assert type(status) is str
    assert type(headers) is list
    assert all(type(part) is str for pair in headers for part in pair)
    assert all(type(pair) is tuple for pair in headers)
    assert kept == PLAIN


def test_webtest_s_lint_agrees(realm: Any, clock: Clock) -> None:
    """The stricter descendant of paste.lint finds nothing either."""
    from webtest import lint

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        if environ["PATH_INFO"] == "/private":
            environ["authrocket.auth"].require()
        start_response("200 OK", [*PLAIN, ("Content-Length", "2")])
        return [b"ok"]

    def build(**adapter: Any) -> Any:
        return lint.middleware(Middleware(lint.middleware(application), **adapter))

    host = Host("lint", "wsgi", build)
    site = Site(build(**realm.settings(clock=clock)), host, realm, clock)
    browser = site.browser()
    answer = browser.get("/private")

    assert browser.fetch("/private").status == 401
    assert browser.come_back(answer, site.token()).status == 303
    assert browser.get("/private").body == b"ok"
    assert browser.get("/logout").status == 302


def test_t57_a_dispatcher_below_the_adapter_changes_no_url(
    wrap: Callable[..., Any], realm: Any
) -> None:
    """Werkzeug's and others write to SCRIPT_NAME before the answer starts."""
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    def below(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        environ["authrocket.auth"].require()
        return []

    app = wrap(DispatcherMiddleware(below, {"/shop": below}))
    headers = (("accept", "text/html"),)
    for raw_target in (True, False):
        request = Call("GET", "/shop/cart", headers, b"", ORIGIN, "", raw_target)
        answer = call_wsgi(app, request)

        assert answer.status == 302
        assert "redirect_uri=https%3A%2F%2Fapp.example%2Fshop%2Fcart%3F" in (
            answer.location
        )


def test_t51_a_replaced_answer_can_be_taken_back(wrap: Callable[..., Any]) -> None:
    """A second start with exc_info below 500 is the application's after all."""

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        from arware.errors import LoginRequired

        try:
            raise LoginRequired
        except LoginRequired:
            start_response("500 Oh", PLAIN)
            start_response("200 OK", PLAIN, sys.exc_info())
        return [b"fine"]

    request = Call(target="/page", headers=(("accept", "text/html"),), origin=ORIGIN)
    answer = call_wsgi(wrap(application), request)

    assert answer.status == 200
    assert answer.body == b"fine"


def test_t54_an_auth_object_may_change_in_another_thread(
    wrap: Callable[..., Any], realm: Any
) -> None:
    """A plain thread has no copy of the context, and the logout counts all the same."""
    import threading

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        auth = environ["authrocket.auth"]
        if environ["PATH_INFO"] == "/leave":
            thread = threading.Thread(target=auth.logout, kwargs={"local": True})
            thread.start()
            thread.join()
        start_response("200 OK", PLAIN)
        return [str(auth.user and auth.user.id).encode()]

    app = wrap(application)
    callback = call_wsgi(app, Call(target=f"/?token={realm.token()}", origin=ORIGIN))
    cookie = callback.all("Set-Cookie")[0].split(";")[0]
    headers = (("cookie", cookie),)
    answer = call_wsgi(app, Call(target="/leave", headers=headers, origin=ORIGIN))

    assert answer.body == b"None"
    assert "Max-Age=0" in answer.all("Set-Cookie")[0]
    assert call_wsgi(app, Call(headers=headers, origin=ORIGIN)).body == b"None"


def test_t46_vary_may_come_in_several_headers(wrap: Callable[..., Any]) -> None:
    """All of them are merged into one."""

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        headers = [("vary", "Accept"), ("Vary", "Cookie, Origin")]
        start_response("200 OK", [*PLAIN, *headers])
        return []

    answer = call_wsgi(wrap(application), Call(target="/page", origin=ORIGIN))

    assert answer.header("Vary") == "Accept, Cookie, Origin, Authorization"


@pytest.mark.parametrize(
    "missing",
    ["HTTP_HOST", "SCRIPT_NAME", "QUERY_STRING", "PATH_INFO", "REMOTE_ADDR"],
)
def test_optional_environ_keys_may_be_missing(
    wrap: Callable[..., Any], missing: str
) -> None:
    """PEP 3333 lets them be absent."""

    def application(environ: dict[str, Any], start_response: Starter) -> list[bytes]:
        environ["authrocket.auth"].require()
        return []

    headers = (("accept", "text/html"),)
    environ = wsgi_environ(Call(target="/page", headers=headers, origin=ORIGIN))
    del environ[missing]
    calls, start_response = recording()
    wrap(application)(environ, start_response)
    status, answered, _ = calls[0]

    assert status == "302 Found"
    assert "redirect_uri=https%3A%2F%2Fapp.example%2F" in answered["Location"]
