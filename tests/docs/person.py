"""Somebody with a browser, who knows an application only by its pages over HTTP."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter

PERSON = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "password": "plum ladder seven violet",
}
TIMEOUT = 60


class Form(HTMLParser):
    """The first form of a page: where it goes, and what it holds."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.values: dict[str, str] = {}
        self.feed(page.partition("</form>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form or a field."""
        values = dict(attrs)
        if tag == "form" and (values.get("method") or "").lower() == "post":
            self.action = values.get("action") or ""
        elif tag == "input" and values.get("name"):
            self.values.setdefault(values["name"] or "", values.get("value") or "")


class Links(HTMLParser):
    """The links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads."""
        if tag == "a":
            self.targets.append(dict(attrs).get("href") or "")


class OneAtATime(HTTPAdapter):
    """Makes a connection for each request, as a proxy does: some servers keep none."""

    def send(self, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request, over a new connection."""
        self.close()
        return super().send(*arguments, **options)


class Person:
    """Somebody at *origin*; *page* is what they see, *seen* each address so far."""

    page: requests.Response

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.seen: list[str] = []
        self._session = requests.Session()
        # A proxy of this machine's has no business between a test and its server.
        self._session.trust_env = False
        self._session.headers["Accept"] = "text/html,*/*;q=0.8"
        self._session.mount("http://", OneAtATime())

    def __enter__(self) -> Person:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def open(self, path: str) -> requests.Response:
        """Open *path*, or an address in full."""
        return self._ask("GET", urljoin(self.origin, path))

    def follow(self, word: str) -> requests.Response:
        """Follow the link of this page whose address holds *word*."""
        (target, *_) = [url for url in Links(self.page.text).targets if word in url]
        return self.open(urljoin(self.page.url, target))

    def send(self, **values: str) -> requests.Response:
        """Fill in the form of this page and send it."""
        form = Form(self.page.text)
        url = urljoin(self.page.url, form.action)
        return self._ask("POST", url, data=form.values | values)

    def _ask(self, method: str, url: str, **options: Any) -> requests.Response:
        self.page = self._session.request(method, url, timeout=TIMEOUT, **options)
        self.seen += [answer.url for answer in (*self.page.history, self.page)]
        return self.page
