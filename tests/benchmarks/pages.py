"""
The local realm's pages beside django-allauth's: both in this process, on SQLite.

Each page is asked for as a browser does, over WSGI, after both have been warmed. What
a login costs is measured without hashing, which is a choice and not a cost of either:
Django gets a hasher that does nothing, the realm's is timed by itself and taken off.
The databases lie in memory where the machine has a place for that: how long a disk
takes to commit is not what these figures are about.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from arware.kit.passwords import Passwords
from arware.local import Realm

from . import allauth_site
from .rounds import Checkouts, Figure, interleaved, timed
from .traffic import environ

ROUNDS = 15
CALLS = 20
EMAIL = "ada@example.com"
PASSWORD = "walrus tangerine lighthouse"
HOST = "127.0.0.1:8001"
FORM_TOKEN = re.compile(r'name="(csrf\w*|form_token)" value="([^"]+)"')

Candidate = Callable[[], float]


@dataclass
class Visitor:
    """A browser in front of a WSGI application, as far as these pages need one."""

    app: Any
    cookies: dict[str, str] = field(default_factory=dict)
    status: str = ""

    def get(self, path: str) -> str:
        """Return a page, which has to be there."""
        text = self.call(self.environ(path))
        assert self.status.startswith("200"), (path, self.status)
        return text

    def post(self, path: str, fields: dict[str, str]) -> None:
        """Send a form, which has to be taken."""
        self.call(self.environ(path, fields))
        assert self.status[:3] in ("302", "303"), (path, self.status)

    def environ(self, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        """Return the environ of a request."""
        body = b"" if form is None else urlencode(form).encode()
        headers = {"host": HOST, "referer": f"http://{HOST}{path}"}
        if self.cookies:
            pairs = (f"{name}={value}" for name, value in self.cookies.items())
            headers["cookie"] = "; ".join(pairs)
        return environ(headers) | {
            "REQUEST_METHOD": "GET" if form is None else "POST",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if form else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
        }

    def call(self, request: dict[str, Any]) -> str:
        """Return the answer's body, and keep its cookies."""
        parts = self.app(request, self._start)
        text = b"".join(parts).decode()
        if hasattr(parts, "close"):
            parts.close()
        return text

    def _start(self, status: str, headers: Any, exc_info: Any = None) -> None:
        self.status = status
        for name, value in headers:
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value


@dataclass(frozen=True)
class Site:
    """An application, its pages, and what its login form calls the address."""

    app: Any
    login: str
    account: str
    name: str

    def candidates(self) -> dict[str, Candidate]:
        """Return a round of each page, by name."""
        stranger, known = Visitor(self.app), Visitor(self.app)
        form = _login_form(stranger, self)
        known.post(self.login, _login_form(known, self))
        logins = [stranger.environ(self.login, form)]
        return {
            "login page": _round(stranger, lambda: stranger.environ(self.login)),
            "account page": _round(known, lambda: known.environ(self.account)),
            "login": _round(
                Visitor(self.app),
                lambda: logins[0] | {"wsgi.input": _again(logins[0])},
                "30",
            ),
        }


def _login_form(visitor: Visitor, site: Site) -> dict[str, str]:
    found = FORM_TOKEN.search(visitor.get(site.login))
    assert found is not None
    return {found[1]: found[2], site.name: EMAIL, "password": PASSWORD}


def _again(request: dict[str, Any]) -> io.BytesIO:
    return io.BytesIO(request["wsgi.input"].getvalue())


def _round(
    visitor: Visitor, make: Callable[[], dict[str, Any]], status: str = "200"
) -> Candidate:
    """Return a candidate that sends requests and returns the seconds of one."""

    def candidate() -> float:
        requests = [make() for _ in range(CALLS)]

        def work() -> None:
            for request in requests:
                visitor.call(request)

        seconds = timed(work) / CALLS
        assert visitor.status.startswith(status), visitor.status
        return seconds

    return candidate


@contextmanager
def sites() -> Iterator[Mapping[str, Site]]:
    """Yield the realm and django-allauth, each with one user."""
    with (
        tempfile.TemporaryDirectory(dir=_memory()) as folder,
        Realm(
            f"sqlite:///{folder}/realm.sqlite", url=f"http://{HOST}", cheap_hashing=True
        ) as realm,
    ):
        realm.add_user(EMAIL, PASSWORD, org="Acme")
        django = allauth_site.make_site(Path(folder), EMAIL, PASSWORD)
        yield {
            "ours": Site(realm.wsgi_app, "/login", "/profile", "email"),
            "allauth": Site(django, "/accounts/login/", "/accounts/email/", "login"),
        }


def _memory() -> str | None:
    """Return a folder in memory, or ``None`` for the machine's usual one."""
    folder = Path("/dev/shm")
    return str(folder) if os.access(folder, os.W_OK) else None


def _hashing(*, cheap: bool) -> Candidate:
    """Return a candidate that verifies a password and returns the seconds of it."""
    passwords = Passwords(cheap=cheap)
    stored = passwords.hash(PASSWORD)

    def candidate() -> float:
        began = time.process_time()  # it has threads of its own
        passwords.verify(stored, PASSWORD)
        return time.process_time() - began

    return candidate


def measure(_: Checkouts) -> list[Figure]:
    """Return the realm's pages as ratios, and the share of hashing in a login."""
    with sites() as known:
        candidates = {
            f"{owner} {page}": candidate
            for owner, site in known.items()
            for page, candidate in site.candidates().items()
        }
        candidates["cheap hash"] = _hashing(cheap=True)
        candidates["real hash"] = _hashing(cheap=False)
        interleaved(candidates, 2)
        found = {
            name: min(seconds)
            for name, seconds in interleaved(candidates, ROUNDS).items()
        }
    found["ours login"] -= found["cheap hash"]
    whole = found["ours login"] + found["real hash"]
    return [
        *(
            Figure(f"{page}, of django-allauth's", _ratio(found, page), target)
            for page, target in (
                ("login page", 0.25),
                ("account page", 0.5),
                ("login", 0.5),
            )
        ),
        *(
            Figure(f"{page} by itself", found[f"ours {page}"] * 1e3, target, "ms")
            for page, target in (("login page", 0.26), ("account page", 1.47))
        ),
        Figure("of a login that is no hashing", found["ours login"] / whole, 0.2, ""),
    ]


def _ratio(found: Mapping[str, float], page: str) -> float:
    return found[f"ours {page}"] / found[f"allauth {page}"]
