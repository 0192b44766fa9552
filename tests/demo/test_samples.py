"""The four samples, each behind its adapter: the same small application."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import re

import pytest

from arware.demo.pages import SAFE
from arware.testing import Browser, MemoryRealm, signed_in

ADAPTERS = ("wsgi", "asgi", "pyramid", "bottle")
PRIVATE = ("/private?colour=green", "/api/me", "/")


@pytest.fixture(scope="module")
def realm():
    """One realm for all: its key costs a tenth of a second."""
    return MemoryRealm()


@pytest.fixture(params=ADAPTERS)
def app(request, realm):
    """The sample behind each adapter in turn."""
    sample = importlib.import_module(f"arware.demo.sample_{request.param}")
    return sample.make_application(**realm.settings(cookie_name="sample"))


def test_the_home_page_welcomes_strangers(app):
    """It needs no login, and offers one."""
    answer = Browser(app).get("/")

    assert answer.status == 200
    assert "Nobody is logged in (no_credential)" in answer.text
    assert "/login?redirect_uri=" in answer.text
    assert "signup=1" in answer.text


def test_the_home_page_tells_who_is_logged_in(app, realm):
    """Name, address, account and permissions come from the token."""
    browser = signed_in(app, realm, "alice", org="acme", permissions=["reports:read"])
    page = browser.get("/").text

    for fact in (
        "Hello, <bdi>Alice</bdi>",
        "alice@example.com",
        "Acme",
        "<code>reports:read<",
    ):
        assert fact in page
    for link in ("/accounts?force&amp;", "/accounts/org_acme?", "/profile?"):
        assert f"{realm.url.rstrip('/')}{link}" in page
    assert 'method="post" action="/logout"' in page


def test_somebody_without_an_account_is_shown_too(app, realm):
    """A token without orgs makes a user without permissions, not an error."""
    browser = signed_in(app, realm, "bob", org=None)
    page = browser.get("/").text

    assert '<dd id="org"><bdi>none</bdi></dd>' in page
    assert browser.get("/reports").status == 403
    assert browser.get("/api/me").json()["org"] is None


def test_whatever_a_user_is_called_is_escaped(app, realm):
    """A name is text, whatever it looks like."""
    name = "<script>alert(1)</script>\"'&"
    page = signed_in(app, realm, "mallory", name=name).get("/").text

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_query_of_the_protected_page_is_escaped(app, realm):
    """A query is a stranger's text, too."""
    page = signed_in(app, realm).get("/private?<b>x</b>&'").text

    assert "<b>" not in page


@pytest.mark.parametrize("path", PRIVATE)
def test_private_pages_are_not_stored(app, realm, path):
    """After the logout the back button has nothing to show."""
    answer = signed_in(app, realm).get(path)

    assert answer.status == 200
    assert "no-store" in answer.header("Cache-Control")


def test_private_pages_say_why_they_are_not_stored(app, realm):
    """Who copies the sample learns what the header is for."""
    page = signed_in(app, realm).get("/private").text

    assert "Cache-Control: no-store" in page
    assert "the back button has nothing to show" in page


def test_the_permission_opens_the_reports(app, realm):
    """It is the permission of the current account that counts."""
    allowed = signed_in(app, realm, "alice", permissions=["reports:read"])
    refused = signed_in(app, realm, "alice", permissions=["reports:write"])

    assert "Reports of <bdi>Acme</bdi>" in allowed.get("/reports").text
    assert refused.get("/reports").status == 403


def test_the_json_endpoint_tells_who_is_there(app, realm):
    """A program gets the facts that the home page shows."""
    answer = signed_in(app, realm, "alice", permissions=["a", "b"]).fetch("/api/me")

    assert answer.header("Content-Type").startswith("application/json")
    assert json.loads(answer.body) == {
        "user": {"id": "usr_alice", "name": "Alice", "email": "alice@example.com"},
        "org": {"id": "org_acme", "name": "Acme"},
        "permissions": ["a", "b"],
    }


@pytest.mark.parametrize("path", ["/private", "/reports", "/api/me", "/nowhere"])
def test_every_other_page_needs_a_login(app, realm, path):
    """A page that somebody adds later is closed until it is opened on purpose."""
    answer = Browser(app).get(path)

    assert answer.status == 302
    assert answer.location.startswith(f"{realm.url}login?redirect_uri=")


def test_a_page_that_does_not_exist_is_missing(app, realm):
    """Who is logged in is told so, on a page of the sample's own."""
    answer = signed_in(app, realm).get("/nowhere")

    assert answer.status == 404
    assert "<h1>There is no such page</h1>" in answer.text
    assert 'href="/static/style.css"' in answer.text
    assert "no-store" in answer.header("Cache-Control")
    assert answer.header("Content-Security-Policy") == SAFE["Content-Security-Policy"]


def test_a_file_that_does_not_exist_is_missing(app, realm):
    """Below a path that the adapter ignores nobody is there, and nothing breaks."""
    for browser in (Browser(app), signed_in(app, realm)):
        assert browser.get("/static/nothing.css").status in (401, 404)


def test_the_static_file_needs_no_login_and_varies_with_nothing(app, realm):
    """A CDN may keep it, whoever asked."""
    answer = signed_in(app, realm).get("/static/style.css")

    assert answer.status == 200
    assert answer.header("Content-Type").startswith("text/css")
    assert answer.header("Vary") is None
    assert answer.all("Set-Cookie") == []


@pytest.mark.parametrize("path", ["/", "/private", "/api/me", "/static/style.css"])
def test_every_answer_keeps_foreign_scripts_out(app, realm, path):
    """The headers are a second lock behind the escaping."""
    answer = signed_in(app, realm).get(path)

    assert "default-src 'self'" in answer.header("Content-Security-Policy")
    assert answer.header("X-Content-Type-Options") == "nosniff"


def confirm(app, realm):
    """Return the question before a login that this browser did not ask for."""
    return Browser(app).arrive("/", realm.token("mallory"))


def forbidden(app, realm):
    """Return the page for who may not see the reports."""
    return signed_in(app, realm, permissions=[]).get("/reports")


def ask_logout(app, realm):
    """Return the question before a logout that another site asks for."""
    return signed_in(app, realm).get("/logout", site="cross-site")


def login_failed(app, realm):
    """Return the page for who comes back with a login that does not count."""
    return Browser(app).arrive("/private", realm.token(exp=1))


@pytest.mark.parametrize("show", [confirm, forbidden, ask_logout, login_failed])
def test_the_adapters_own_pages_keep_their_policy_and_so_their_style(app, realm, show):
    """What a sample does to all answers leaves a policy alone that stands there."""
    answer = show(app, realm)
    [style] = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    [policy] = answer.all("Content-Security-Policy")
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_logging_out_forgets_the_browser(app, realm):
    """The button leads to LoginRocket's logout and the cookie is gone."""
    browser = signed_in(app, realm)
    answer = browser.post("/logout")

    assert answer.location.startswith(f"{realm.url}logout?redirect_uri=")
    assert "sample" not in browser.cookies
    assert "Nobody is logged in" in browser.get("/").text
