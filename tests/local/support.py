"""What the realm's tests are made of: a clock, a realm, a browser."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from arware.local import Realm
from arware.local.tests import support as travelling
from arware.local.tests.support import (
    APPLICATION,
    HOST,
    OTHER_PASSWORD,
    PASSWORD,
    SECRET,
    START,
    URL,
    Clock,
    settings,
    signing_key,
    sqlite_url,
    submit,
)

#: What is passed on of the tests that travel.
__all__ = [
    "HOST",
    "OTHER_PASSWORD",
    "PASSWORD",
    "SECRET",
    "START",
    "URL",
    "Clock",
    "signing_key",
    "submit",
]

APP = APPLICATION
PEM = signing_key()


def make_realm(folder: Path, **overrides: Any) -> Realm:
    """Return a realm, by default with an SQLite database in *folder*."""
    database = overrides.pop("database", None) or sqlite_url(folder)
    migrate = overrides.pop("migrate", True)
    urls = [APP, "https://other.example/manage"]
    values = settings(database, **({"login_urls": urls} | overrides))
    return Realm(values, migrate=migrate)


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


class Browser(travelling.Browser):
    """A browser on the realm's own machine."""

    def __post_init__(self) -> None:
        self.environ = {"REMOTE_ADDR": "127.0.0.1"} | self.environ
        super().__post_init__()


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
