"""What the realm's tests are made of: a clock, a realm, a browser."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from webtest import TestApp

from arware.local import Realm
from arware.local.tests.support import sqlite_url

HOST = "127.0.0.1:8001"
URL = f"http://{HOST}"
APP = "http://127.0.0.1:8000/"
SECRET = "a-secret-of-the-tests-that-is-long-enough"
PASSWORD = "walrus tangerine lighthouse"
OTHER_PASSWORD = "plenty of blue mango"
START = 1_800_000_000


def make_pem(bits: int = 2048) -> str:
    """Return a new RSA key; tests share one, because making it takes its time."""
    return (
        rsa.generate_private_key(65537, bits)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


PEM = make_pem()


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    now: float = START

    def __call__(self) -> float:
        return self.now

    def forward(self, *, seconds: float = 0, minutes: float = 0) -> None:
        """Let time pass."""
        self.now += seconds + 60 * minutes


def make_realm(folder: Path, **overrides: Any) -> Realm:
    """Return a realm, by default with an SQLite database in *folder*."""
    database = overrides.pop("database", None) or sqlite_url(folder)
    values: dict[str, Any] = {
        "database": database,
        "url": URL,
        "login_urls": [APP, "https://other.example/manage"],
        "secret": SECRET,
        "key": PEM,
        "cheap_hashing": True,
        "jobs": False,
        "migrate": True,
    }
    return Realm(**(values | overrides))


def decode(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a token's header and claims, unverified."""
    header, claims, _ = token.split(".")
    return _segment(header), _segment(claims)


def _segment(text: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    )
    return value


def token_in(url: str) -> str:
    """Return the one token in the query of *url*."""
    (token,) = parse_qs(urlsplit(url).query)["token"]
    return token


def claims_in(url: str) -> dict[str, Any]:
    """Return the claims of the token in the query of *url*."""
    return decode(token_in(url))[1]


@dataclass
class Browser:
    """A browser that keeps cookies and posts forms the way people do."""

    realm: Realm
    environ: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        environ = {"HTTP_HOST": HOST, "REMOTE_ADDR": "127.0.0.1"} | self.environ
        self.app = TestApp(self.realm.wsgi_app, extra_environ=environ)

    def get(self, path: str, status: Any = 200, **headers: str) -> Any:
        """Open *path*."""
        return self.app.get(path, status=status, headers=headers)

    def log_in(
        self,
        email: str = "ada@example.com",
        password: str = PASSWORD,
        query: str = "",
        status: Any = 303,
    ) -> Any:
        """Log in through the form."""
        mark = "&" if query else "?"
        page = self.app.get(f"/login{query}{mark}prompt=login")
        return submit(page, status=status, email=email, password=password)

    def sign_up(self, status: Any = 303, query: str = "", **fields: str) -> Any:
        """Sign up through the form."""
        values = {"email": "new@example.com", "password": PASSWORD} | fields
        page = self.app.get(f"/signup{query}")
        return submit(page, status=status, **values)

    @classmethod
    def holding(cls, realm: Realm, **cookies: str) -> Browser:
        """Return a browser that came by *cookies* elsewhere."""
        pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return cls(realm, {"HTTP_COOKIE": pairs})

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies it holds."""
        return dict(self.app.cookies)


def change_password(browser: Browser, old: str, new: str, status: Any = 303) -> Any:
    """Change the password on the account page."""
    fields = {"current_password": old, "new_password": new}
    page = browser.get("/profile")
    return submit(page, form_with(page, "new_password"), status, **fields)


def change_email(
    browser: Browser, email: str, password: str = PASSWORD, status: Any = 303
) -> Any:
    """Change the e-mail address on the account page."""
    fields = {"email": email, "current_password": password}
    page = browser.get("/profile")
    return submit(page, form_with(page, "email"), status, **fields)


def form_with(page: Any, field: str) -> int:
    """Return which form of *page* has a field."""
    forms = {number: form for number, form in page.forms.items() if number != form.id}
    return next(number for number, form in forms.items() if field in form.fields)


def submit(page: Any, number: int = 0, status: Any = 303, **fields: Any) -> Any:
    """Fill in a form of *page* and send it; ``do`` presses that button."""
    form = page.forms[number]
    do = fields.pop("do", None)
    for name, value in fields.items():
        form[name] = value
    if do is None:
        return form.submit(status=status)
    return form.submit("do", value=do, status=status)


def follow(page: Any, link: str, status: Any = 303) -> Any:
    """Follow the link of *page* with that text, as a browser says that it does."""
    same_origin = {"Sec-Fetch-Site": "same-origin"}
    href = page.html.find("a", string=link)["href"]
    return page.test_app.get(href, headers=same_origin, status=status)


def call(realm: Realm, **environ: Any) -> tuple[int, dict[str, str], str]:
    """Call the application with an environ that no client library would send."""
    base: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/login",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8001",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": HOST,
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(environ.pop("body", b"")),
    }
    started: list[Any] = []
    answer = realm.wsgi_app(base | environ, lambda *given: started.append(given))
    body = b"".join(answer)
    status, headers = started[0][0], dict(started[0][1])
    return int(status[:3]), headers, body.decode()
