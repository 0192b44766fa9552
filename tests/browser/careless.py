"""
A careless application with a realm: it redirects anywhere and embeds anything.

The realm lies at the application's own origin or at one of its own.
"""

from __future__ import annotations

import html
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs

from arware.demo.people import settle
from arware.demo.servers import WsgiServer, wait_until_answered
from arware.kit.listening import listen, place
from arware.local import Realm
from arware.wsgi import Middleware

HEADING = "<h1>{who}</h1><p><a href='{login}'>Log in</a> <a href='/logout'>Log out</a>"
FORM = "<form method=post action=/save><input name=text><button>Save</button></form>"


@dataclass
class Careless:
    """Where the application and its realm are, without a slash at the end."""

    url: str
    realm_url: str

    def redirect(self, target):
        """Return the address of the application's own that redirects to *target*."""
        return f"{self.url}/go?next={target}"


def application(environ, start_response):
    """Answer a request."""
    auth, path = environ["authrocket.auth"], environ["PATH_INFO"]
    query = parse_qs(environ["QUERY_STRING"])

    def answer(body, status="200 OK", *headers):
        start_response(status, [("Content-Type", "text/html"), *headers])
        return [f"<!doctype html><title>Careless</title>{body}".encode()]

    who = f"Hello, {auth.user.name}" if auth.user else "Nobody is logged in"
    heading = HEADING.format(who=who, login=html.escape(auth.links.login_url("/")))
    if path == "/go":
        return answer("", "302 Found", ("Location", query["next"][0]))
    if path == "/image":
        source = html.escape(query["of"][0])
        return answer(f'{heading}<img src="{source}" alt="A kitten">')
    if path == "/form":
        auth.require()
        return answer(f"{heading}{FORM}")
    if path == "/save":
        auth.require()
        size = int(environ["CONTENT_LENGTH"])
        text = parse_qs(environ["wsgi.input"].read(size).decode())["text"][0]
        return answer(f"<h1>Saved: {html.escape(text)}</h1>")
    return answer(heading)


@contextmanager
def careless_site(folder, *, shared_origin):
    """Serve both while the block runs; at *shared_origin* the realm is at /realm."""
    with ExitStack() as stack:
        port, realm_port = (stack.enter_context(listen(0)) for _ in range(2))
        url = f"http://{place(port)}"
        realm_url = f"{url}/realm" if shared_origin else f"http://{place(realm_port)}"
        realm = Realm(
            database=f"sqlite:///{folder}/realm.sqlite",
            url=realm_url,
            login_urls=[f"{url}/"],
        )
        stack.enter_context(realm)
        settle(realm)
        guarded = Middleware(
            application,
            loginrocket_url=f"{realm_url}/",
            cookie_secret="a secret for careless applications",
            cookie_name="sample",
        )

        def both(environ, start_response):
            if shared_origin and environ["PATH_INFO"].startswith("/realm/"):
                return realm.wsgi_app(environ, start_response)
            return guarded(environ, start_response)

        for app, listener in ((both, port), (realm.wsgi_app, realm_port)):
            server = WsgiServer(app, listener)
            server.start()
            stack.callback(server.stop)
        wait_until_answered(f"{url}/", "/")
        yield Careless(url, realm_url)
