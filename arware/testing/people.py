"""Journeys through a realm of one's own, in memory: forms, mails and passkeys."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from arware.kit.authenticator import Authenticator

from ._login import keep_time
from .browser import Browser

if TYPE_CHECKING:
    from arware.kit.mail import Mail
    from arware.local import Realm

#: Where the realms of tests are: a name, since passkeys need one.
URL = "http://localhost:8001"


class Clock:
    """A clock that goes as ever, but may be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        """Return the time, in seconds since the epoch."""
        return time.time() + self.ahead


@contextmanager
def local_realm(**settings: Any) -> Iterator[Realm]:
    """
    Make a realm of one's own for a test: empty, fast, gone at the end.

    *settings* are those of :class:`~arware.local.Realm`. It has a database of its own
    in a temporary folder, hashes cheaply, sends no mail and is at
    ``http://localhost:8001``; an application that mounts it needs a path there, like
    ``url="http://localhost:8001/auth"``. The first of a process takes a moment, for a
    key and the tables; all others are copies.
    """
    from arware.local import Realm

    with TemporaryDirectory() as folder:
        path = Path(folder, "realm.sqlite")
        path.touch(mode=0o600)
        path.write_bytes(_empty_tables())
        usual: dict[str, Any] = {
            "database": f"sqlite:///{path}",
            "url": URL,
            "key": _key(),
            "secret": token_urlsafe(32),
            "cheap_hashing": True,
            "jobs": False,
            "clock": Clock(),
        }
        with Realm(migrate=False, **usual | settings) as realm:
            yield realm


@cache
def _empty_tables() -> bytes:
    from arware.kit.database import Database, read_database
    from arware.kit.migrations import migrate
    from arware.local.tables import MIGRATIONS

    with TemporaryDirectory() as folder:
        path = Path(folder, "realm.sqlite")
        database = Database(read_database(f"sqlite:///{path}"))
        migrate(database, MIGRATIONS)
        database.close()
        return path.read_bytes()


@cache
def _key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    kind = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    return key.private_bytes(*kind).decode()


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what it holds, what its buttons say."""

    attributes: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    buttons: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        names = ", ".join(sorted(self.names - {"form_token"}))
        return f"{' / '.join(self.buttons)} ({names})"


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._is_button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(found))
        elif tag == "button" and self.forms:
            self._is_button = True
            self.forms[-1].buttons.append("")
        elif tag in ("input", "select") and "name" in found and self.forms:
            form, name = self.forms[-1], found["name"]
            form.names.add(name)
            is_box = found.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in found:
                form.values[name] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._is_button = self._is_button and tag != "button"

    def handle_data(self, data: str) -> None:
        if self._is_button:
            self.forms[-1].buttons[-1] += data.strip()


class Person:
    """
    Somebody at the pages of *realm*: with a browser, a mailbox and passkeys.

    *email* is whose mailbox it is. *app* is the application that has mounted the realm,
    by default the realm alone; raises ``ValueError`` if it can have mounted none, since
    the realm's ``url`` has no path. *device* holds the passkeys, see
    :class:`Authenticator`.

    What the methods return is the page that is shown then, a :class:`Browser`'s answer;
    redirects are followed, as far as *app* reaches.
    """

    def __init__(
        self,
        realm: Realm,
        email: str,
        *,
        app: Any = None,
        device: Authenticator | None = None,
    ) -> None:
        if app is not None and not realm.settings.base_path:
            raise ValueError(
                f"no application serves the pages of {realm.url}: make the realm with "
                f'a path, like local_realm(url="{URL}/auth")'
            )
        self.realm = realm
        self.email = email
        origin = realm.settings.url.origin
        clock = realm.settings.clock
        self.browser = Browser(app or realm.wsgi_app, origin, clock=clock)
        self.device = device or Authenticator(origin)
        if app is not None:
            keep_time(self.browser, clock)

    def goto(self, path: str) -> Any:
        """
        Open a page of the realm, like ``/profile``.

        Those of the application are opened with the person's ``browser``.
        """
        return self.browser.get(self.realm.settings.base_path + path, follow=True)

    def send(self, button: str = "", /, **fields: str) -> Any:
        """
        Fill in a form of the page that is shown, and send it.

        It is the first with a *button* that says so and these *fields*. Raises
        :class:`LookupError` where there is none.
        """
        return self._post(self._form(button, {*fields}), fields)

    def use_passkey(self, **fields: str) -> Any:
        """
        Create or show a passkey, whichever the page asks for, and send its form.

        The *device* does it, as the script of the page would have it. Raises
        :class:`LookupError` where the page asks for none, or the device has none.
        """
        form = self._form("", {"answer", *fields})
        options = self.browser.fetch(self._path(form.attributes["data-options"])).json()
        is_new = form.attributes["data-passkey"] == "create"
        answer = (self.device.create if is_new else self.device.get)(options)
        return self._post(form, {**fields, "answer": answer})

    @property
    def mails(self) -> list[Mail]:
        """The mails that were written to the address, the newest first."""
        from arware.local.mail import outbox

        box = outbox(self.realm)
        with self.realm.reading() as db:
            found = [box.open(row) for row in box.newest(db)]
        return [mail for mail in found if mail.to == self.email]

    def open_mail(self) -> Any:
        """Follow the link in the newest mail that has one which is good once."""
        base = self.realm.settings.base_url
        for mail in self.mails:
            for line in mail.text.splitlines():
                if line.startswith(base) and "token=" in line:
                    return self.goto(line.removeprefix(base))
        raise LookupError(f"no mail to {self.email} has a link")

    def wait(self, **duration: float) -> None:
        """
        Let time pass, such as ``minutes=20``, in the realm and in *app*.

        For all that are there. The realm is one of :func:`local_realm`.
        """
        clock: Any = self.realm.settings.clock
        clock.ahead += timedelta(**duration).total_seconds()

    def _form(self, button: str, names: set[str]) -> Form:
        shown = self.browser.last
        if shown is None:
            raise LookupError("no page is shown yet: goto(...) one")
        parser = _Forms()
        parser.feed(shown.text)
        for form in parser.forms:
            is_it = any(button in said for said in form.buttons) or not button
            if is_it and names <= form.names:
                return form
        has = "; ".join(map(str, parser.forms)) or "none"
        wanted = ", ".join(filter(None, [button, *sorted(names)]))
        raise LookupError(
            f"{shown.url} ({shown.status}) has no form with {wanted}. Its forms: {has}"
        )

    def _post(self, form: Form, fields: dict[str, str]) -> Any:
        action = self._path(form.attributes.get("action", ""))
        return self.browser.post(action, {**form.values, **fields}, follow=True)

    def _path(self, link: str) -> str:
        shown = self.browser.last
        url = urljoin(shown.url if shown else self.browser.origin, link)
        return url.removeprefix(self.browser.origin).partition("#")[0]
