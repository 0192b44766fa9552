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
from tests.browser.steps import TIMEOUT, fresh_page, text_of
from tests.services import free_port

PASSWORD = "walrus tangerine lighthouse"
VICTIM, ATTACKER = "victim@example.com", "attacker@example.com"
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
    """Tell who is there, show markup, and redirect wherever it is told."""
    auth, query = environ["authrocket.auth"], parse_qs(environ["QUERY_STRING"])
    path, headers = environ["PATH_INFO"], [("Content-Type", "text/html; charset=utf-8")]
    if path == "/next":
        start_response("302 Found", [("Location", query["to"][0])])
        return [b""]
    if path == "/form":
        auth.require()
    text = {
        "/page": query.get("markup", [""])[0],
        "/who": html.escape(auth.user.email if auth.user else "nobody"),
        "/token": auth.session.token if auth.session else "",
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
    """Serve an application in which a victim and an attacker have an account."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    folder = tmp_path_factory.mktemp("mounted")
    with Realm(
        database=f"sqlite:///{folder / 'realm.sqlite'}",
        url=f"{url}/auth",
        login_urls=[f"{url}/"],
    ) as realm:
        for email in (VICTIM, ATTACKER):
            realm.add_user(email, PASSWORD, org="Acme")
        with serving(realm, port):
            yield Mounted(url)


def log_in(mounted, context, email):
    """Log in at the mounted realm."""
    with context.new_page() as page:
        page.goto(f"{mounted.url}/auth/login")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_load_state("networkidle")
    assert mounted.who(context) == email


@pytest.fixture
def victim(mounted, context):
    """A browser in which the victim is logged in."""
    log_in(mounted, context, VICTIM)
    return context


@pytest.fixture(scope="module")
def attackers_callback(mounted, browser):
    """The address of a callback with the attacker's own, valid token."""
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT)
    log_in(mounted, context, ATTACKER)
    with context.new_page() as page:
        page.goto(f"{mounted.url}/token")
        token = text_of(page).strip()
    context.close()
    return f"{mounted.url}/?token={token}"


def test_f3_a_strangers_image_logs_nobody_in(
    mounted, victim, stranger, attackers_callback
):
    """It redirects to the callback, and no picture is one."""
    address = stranger.address("redirect", attackers_callback)
    mounted.page(victim, f'<img src="{html.escape(address)}">')

    assert mounted.who(victim) == VICTIM


@pytest.mark.parametrize("chain", ["stranger", "logout", "next", "logout and next"])
def test_f3_a_link_by_way_of_others_asks(
    mounted, victim, stranger, attackers_callback, chain
):
    """Where it came from last proves nothing: the person is asked, and stays."""
    target = attackers_callback
    if "next" in chain:
        target = f"{mounted.url}/next?to={quote(target, safe='')}"
    if "logout" in chain:
        target = f"{mounted.url}/auth/logout?redirect_uri={quote(target, safe='')}"
    if chain == "stranger":
        target = stranger.address("redirect", target)
    page = mounted.page(victim, f'<a href="{html.escape(target)}">Win a prize</a>')
    page.get_by_text("Win a prize").click()
    page.wait_for_load_state("networkidle")

    assert mounted.who(victim) in (VICTIM, "nobody")


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
def test_f4_only_a_document_logs_out(mounted, victim, path, markup):
    """What a page loads beside itself, or before it is asked, changes nothing."""
    mounted.page(victim, markup.format(path))

    assert mounted.who(victim) == VICTIM
    with victim.new_page() as page:
        page.goto(f"{mounted.url}/auth/profile")
        assert page.url == f"{mounted.url}/auth/profile"


def test_f18_a_form_sent_too_late_gets_a_page(mounted, context):
    """A person whose login is over reads a page with a way on, no JSON."""
    page = mounted.page(context, '<form method="post" action="/form"><button>Send')
    page.get_by_role("button", name="Send").click()
    page.wait_for_load_state("networkidle")

    assert page.get_by_role("heading").count() == 1
    assert "login_required" not in text_of(page)
    assert page.get_by_role("link").count() >= 1


def test_a_person_logs_out_by_the_link(mounted, browser):
    """A link of ours that a person clicks is a document, and needs no question."""
    with fresh_page(browser) as page:
        log_in(mounted, page.context, VICTIM)
        ours = mounted.page(page.context, '<a href="/logout">Log out</a>')
        ours.get_by_role("link", name="Log out").click()
        ours.wait_for_load_state("networkidle")

        assert mounted.who(page.context) == "nobody"
