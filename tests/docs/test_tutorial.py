"""The tutorial: each stage of its application runs, against the reader's realm."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urljoin, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from arware.local import Realm
from arware.local.terminal import read_values
from arware.testing import Browser
from arware.testing._calls import Response

from .blocks import ROOT, rst_blocks, run

TUTORIAL = ROOT / "docs" / "tutorial.rst"
STAGES = [block for block in rst_blocks(TUTORIAL) if block.name == "app.py"]
PERSON = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "password": "plum ladder seven violet",
}


class Quiet(WSGIRequestHandler):
    """Handle requests without a word."""

    def log_message(self, *_: object) -> None:
        """Keep the output of tests quiet."""


@pytest.fixture(scope="module")
def realm_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """Serve a realm that ``arware realm init`` has made; give its URL and itself."""
    folder = tmp_path_factory.mktemp("realm")
    with make_server("127.0.0.1", 0, None, handler_class=Quiet) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        init = ["realm", "init", str(folder), "--url", url]
        subprocess.run(
            [sys.executable, "-m", "arware", *init], check=True, capture_output=True
        )
        values = read_values(folder / "realm.ini")
        with Realm(**values, cheap_hashing=True) as realm:
            server.set_app(realm.wsgi_app)
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            try:
                yield url, realm.wsgi_app
            finally:
                server.shutdown()
                thread.join()


@pytest.fixture
def person(
    realm_app: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[[Any], Person]:
    """Return what makes a person of an application: two browsers that are one."""
    url, app = realm_app
    monkeypatch.setenv("LOGINROCKET_URL", url + "/")
    monkeypatch.setenv("AUTHROCKET_COOKIE_SECRET", "s" * 32)
    return lambda ours: Person(ours, app, url)


class Form(HTMLParser):
    """The first form of a page: where it goes and what it holds."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.values: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a field and its value."""
        values = dict(attrs)
        if tag == "form" and values.get("method", "").lower() == "post":
            self.action = values.get("action") or ""
        elif tag == "input" and values.get("name"):
            self.values.setdefault(values["name"] or "", values.get("value") or "")


class Person:
    """Somebody who walks from the application to the realm and back."""

    def __init__(self, app: Any, realm_app: Any, realm_url: str) -> None:
        self.here = Browser(app, "http://127.0.0.1:8000")
        self.there = Browser(realm_app, realm_url)
        self.seen: list[str] = []

    def go(self, url: str) -> Response:
        """Open *url* and follow redirects from one host to the other."""
        answer = self._open(url, "none", None)
        for _ in range(10):
            if not answer.location:
                return answer
            target = urljoin(answer.url, answer.location)
            answer = self._open(target, "cross-site", urljoin(answer.url, "/"))
        raise AssertionError(f"no end of redirects at {answer.url}")

    def _open(self, url: str, site: str, referer: str | None) -> Response:
        self.seen.append(url)
        browser = self.here if url.startswith(self.here.origin) else self.there
        target = url.removeprefix(browser.origin) or "/"
        return browser.get(target, site=site, referer=referer)

    def fill(self, page: Response, **values: str) -> Response:
        """Send the form of the realm's *page* with *values*, and follow the answer."""
        form = Form(page.body.decode())
        action = urljoin(page.url, form.action)
        answer = self.there.post(
            action.removeprefix(self.there.origin),
            form.values | values,
            referer=page.url,
        )
        if not answer.location:
            return answer
        return self.go_from(answer)

    def go_from(self, answer: Response) -> Response:
        """Follow the redirect *answer* to its end, as from a page of the realm."""
        target = urljoin(answer.url, answer.location)
        following = self._open(target, "cross-site", self.there.origin + "/")
        return self.go(urljoin(following.url, following.location))


def sign_up(person: Person, **details: str) -> Response:
    """Do what the tutorial says: open the private page, choose "Create an account"."""
    login = person.go("http://127.0.0.1:8000/private?x=1")
    query = urlsplit(login.url).query
    page = person.there.click(f"/signup?{query}")
    return person.fill(page, **PERSON | details)


@pytest.mark.parametrize("stage", STAGES, ids=["first", "second"])
def test_a_stage_lets_a_newcomer_sign_up_and_knows_them(
    stage: Any, person: Callable[[Any], Person]
) -> None:
    """From nobody by way of the realm's sign-up to the very page that was asked for."""
    somebody = person(run(stage, TUTORIAL)["make_app"]())
    before = somebody.go("http://127.0.0.1:8000/")

    back = sign_up(somebody, email=f"ada.{stage.line}@example.com")
    home = somebody.go("http://127.0.0.1:8000/")

    assert b"Nobody is logged in." in before.body
    assert back.url == "http://127.0.0.1:8000/private?x=1"
    assert back.status == 200
    assert b"Ada Lovelace is logged in." in home.body


def test_the_last_stage_keeps_what_the_tutorial_says(
    person: Callable[[Any], Person],
) -> None:
    """The org's owner sees the owners' page, logs out, and is asked to log in again."""
    somebody = person(run(STAGES[-1], TUTORIAL)["make_app"]())

    private = sign_up(somebody)
    owners = somebody.go("http://127.0.0.1:8000/owners")
    somebody.here.last = private
    somebody.go_from(somebody.here.click("/logout"))
    after = somebody.go("http://127.0.0.1:8000/private")

    assert b"ada@example.com" in private.body
    assert b"ar:owner" in private.body
    assert b"Only owners see this." in owners.body
    assert after.url.startswith(somebody.there.origin + "/login?")


def test_the_guide_to_realms_mounts_one_in_the_applications_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody signs up at a realm below ``/auth``, and no URL ever holds a token."""
    page = ROOT / "docs" / "how-to" / "own-realm.rst"
    (block,) = (block for block in rst_blocks(page) if block.name == "mounted.py")
    myapp = ModuleType("myapp")
    vars(myapp).update(run(STAGES[0], TUTORIAL))
    monkeypatch.setitem(sys.modules, "myapp", myapp)
    monkeypatch.chdir(tmp_path)
    names = run(block, page)
    with names["realm"]:
        somebody = Person(names["app"], None, "http://127.0.0.1:8000")
        somebody.there = somebody.here

        login = somebody.go("http://127.0.0.1:8000/private?x=1")
        signup = somebody.here.click(f"/auth/signup?{urlsplit(login.url).query}")
        back = somebody.fill(signup, **PERSON)

    assert "/auth/login?" in login.url
    assert back.url == "http://127.0.0.1:8000/private?x=1"
    assert b"Ada Lovelace is logged in." in back.body
    assert [url for url in somebody.seen if "token=" in url] == []


def test_the_tutorials_tests_pass(tmp_path: Path) -> None:
    """The reader's ``test_app.py`` is green for the reader's ``app.py``."""
    for block in rst_blocks(TUTORIAL):
        if block.name:  # the second app.py replaces the first
            (tmp_path / block.name).write_text(block.code)

    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )

    assert "4 passed" in result.stdout
    assert result.returncode == 0
