"""A realm at the application's own address, where every page is the same origin."""

from __future__ import annotations

import html
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from urllib.parse import parse_qs, quote
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from arware import wsgi
from arware.local import Realm
from tests.browser.steps import fresh_page, text_of
from tests.services import free_port

PASSWORD = "walrus tangerine lighthouse"
EMAIL = "ada@example.com"
#: Has a script load it, with headers.
FETCH = '<script>fetch("{}", {{headers: {{%s}}}}).then(a => a.text())</script>'
#: Has Chromium load a page that nobody asked for yet.
SPECULATION = """<script type="speculationrules">
{{"%s": [{{"source": "list", "urls": ["{}"], "eagerness": "immediate"}}]}}
</script>"""


@dataclass
class Mounted:
    """An application with its realm below ``/auth``."""

    url: str

    def page(self, context, markup):
        """Open a page of the application with *markup*, and wait for all of it."""
        page = context.new_page()
        page.goto(f"{self.url}/page?markup={quote(markup, safe='')}")
        page.wait_for_load_state("networkidle")
        return page

    def who(self, context):
        """Return who the application says is there."""
        with context.new_page() as page:
            page.goto(f"{self.url}/who")
            return text_of(page).strip()


class Quiet(WSGIRequestHandler):
    """Writes no lines."""

    def log_message(self, *arguments):
        """Keep quiet."""


class Server(ThreadingMixIn, WSGIServer):
    """Has a thread for each connection: browsers open some that they never use."""

    daemon_threads = True


def application(environ, start_response):
    """Tell who is there, and show markup."""
    auth, query = environ["authrocket.auth"], parse_qs(environ["QUERY_STRING"])
    path, headers = environ["PATH_INFO"], [("Content-Type", "text/html; charset=utf-8")]
    text = {
        "/page": query.get("markup", [""])[0],
        "/who": html.escape(auth.user.email if auth.user else "nobody"),
    }.get(path, "")
    start_response("200 OK", headers)
    return [f"<!doctype html><title>Ours</title><p>{text}</p>".encode()]


@contextmanager
def serving(realm, port):
    """Serve the application with *realm* while the block runs."""

    def dispatch(environ, start_response):
        if environ["PATH_INFO"].startswith("/auth"):
            environ["SCRIPT_NAME"], environ["PATH_INFO"] = (
                "/auth",
                environ["PATH_INFO"][5:],
            )
            return realm.wsgi_app(environ, start_response)
        return application(environ, start_response)

    adapter = wsgi.Middleware(dispatch, local_realm=realm, cookie_secret="s" * 40)
    with make_server("127.0.0.1", port, adapter, Server, Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def mounted(tmp_path_factory):
    """Serve an application in which somebody has an account."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("mounted")
    with Realm(
        database=f"sqlite:///{folder / 'realm.sqlite'}",
        url=f"{url}/auth",
        login_urls=[f"{url}/"],
    ) as realm:
        realm.add_user(EMAIL, PASSWORD, org="Acme")
        with serving(realm, port):
            yield Mounted(url)


def log_in(mounted, context):
    """Log in at the mounted realm."""
    with context.new_page() as page:
        page.goto(f"{mounted.url}/auth/login")
        page.get_by_label("E-mail address").fill(EMAIL)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        page.wait_for_load_state("networkidle")
    assert mounted.who(context) == EMAIL


@pytest.fixture
def visitor(mounted, context):
    """A browser in which somebody is logged in."""
    log_in(mounted, context)
    return context


@pytest.mark.parametrize("path", ["/logout", "/auth/logout"])
@pytest.mark.parametrize(
    "markup",
    [
        '<img src="{}">',
        '<iframe src="{}"></iframe>',
        '<script src="{}"></script>',
        '<link rel="stylesheet" href="{}">',
        '<link rel="prefetch" href="{}">',
        FETCH % "",
        FETCH % '"HX-Preloaded": "true"',
        FETCH % '"X-Purpose": "preview"',
        FETCH % '"X-Sec-Purpose": "prefetch"',
        SPECULATION % "prefetch",
        SPECULATION % "prerender",
    ],
)
def test_f4_only_a_document_logs_out(mounted, visitor, path, markup):
    """What a page loads beside itself, or before it is asked, changes nothing."""
    mounted.page(visitor, markup.format(path))

    assert mounted.who(visitor) == EMAIL
    with visitor.new_page() as page:
        page.goto(f"{mounted.url}/auth/profile")
        assert page.url == f"{mounted.url}/auth/profile"


def test_a_person_logs_out_by_the_link(mounted, browser):
    """A link of ours that a person clicks is a document, and needs no question."""
    with fresh_page(browser) as page:
        log_in(mounted, page.context)
        ours = mounted.page(page.context, '<a href="/logout">Log out</a>')
        ours.get_by_role("link", name="Log out").click()
        ours.wait_for_load_state("networkidle")

        assert mounted.who(page.context) == "nobody"
