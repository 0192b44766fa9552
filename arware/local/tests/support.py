"""What the tests are made of: a clock, a realm, a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import Cookie
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import make_url
from webtest import TestApp  # type: ignore[import-untyped]

from arware.kit.database import Database
from arware.kit.migrations import migrate

from .. import login, people, sessions
from ..caller import Caller, Member
from ..features import FEATURES
from ..realm import Realm
from ..sessions import Visitor
from ..settings import RealmSettings
from ..tables import MIGRATIONS

HOST = "127.0.0.1:8001"
URL = f"http://{HOST}"
APPLICATION = "http://127.0.0.1:8000/"
SECRET = "a-secret-of-the-tests-that-is-long-enough"
ADA = "ada@example.com"
PASSWORD = "walrus tangerine lighthouse"
OTHER_PASSWORD = "plenty of blue mango"
START = 1_800_000_000


@cache
def signing_key(bits: int = 2048) -> str:
    """Return an RSA key; all tests share one, because making it takes its time."""
    return (
        rsa.generate_private_key(65537, bits)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


@dataclass
class Clock:
    """A clock that stands still until it is told to go on."""

    now: float = START

    def __call__(self) -> float:
        return self.now

    def forward(self, *, seconds: float = 0, minutes: float = 0) -> None:
        """Let time pass."""
        self.now += seconds + 60 * minutes


def clock_of(realm: Realm) -> Clock:
    """Return the clock that a realm of the tests was given."""
    clock = realm.settings.clock
    assert isinstance(clock, Clock)
    return clock


def settings(database: str, **overrides: Any) -> RealmSettings:
    """Return the settings of a realm for tests, with *overrides*."""
    values: dict[str, Any] = {
        "database": database,
        "url": URL,
        "login_urls": [APPLICATION],
        "secret": SECRET,
        "key": signing_key(),
        "cheap_hashing": True,
        "jobs": False,
    }
    return RealmSettings.read(**(values | overrides))


@cache
def empty_tables() -> bytes:
    """Return an SQLite file whose tables are up to date, made once for all tests."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "realm.sqlite")
        database = Database(make_url(f"sqlite:///{path}"))
        migrate(database, MIGRATIONS)
        database.close()
        return path.read_bytes()


def sqlite_url(folder: Path) -> str:
    """Return the URL of a database in *folder* that has the tables already."""
    path = folder / "realm.sqlite"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(empty_tables())
    return f"sqlite:///{path}"


def caller_at(now: float = START, **values: Any) -> Caller:
    """Return somebody who asks, from an address that is nobody's."""
    asks: dict[str, Any] = {"ip": "192.0.2.1", "client": "tests", "now": int(now)}
    return Caller(**(asks | values))


@dataclass
class Browser:
    """A browser that keeps cookies and sends forms the way people do."""

    realm: Realm
    environ: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        environ = {"HTTP_HOST": HOST, "REMOTE_ADDR": "192.0.2.1"} | self.environ
        self.app = TestApp(self.realm.wsgi_app, extra_environ=environ)

    def get(self, path: str, status: Any = 200, **headers: str) -> Any:
        """Open *path*, if the feature whose page it is takes part."""
        for page, feature in (("/profile", "account"), ("/signup", "signup")):
            if path.partition("?")[0] == page:
                need(feature)
        return self.app.get(path, status=status, headers=headers)

    def log_in(
        self,
        email: str = ADA,
        password: str = PASSWORD,
        status: Any = 303,
        query: str = "",
    ) -> Any:
        """Log in through the form, or as a link does where there are no passwords."""
        if "password" not in FEATURES:
            if status != 303 or password != PASSWORD:
                pytest.skip("there are no passwords")
            return self.arrive(email)
        mark = "&" if query else "?"
        page = self.app.get(f"/login{query}{mark}prompt=login")
        return submit(page, status=status, email=email, password=password)

    def arrive(self, name: str = ADA) -> Any:
        """Log in without a page: by a proof that a test need not look at."""
        with self.realm.writing() as db:
            user = people.by_login_name(db, name)
            assert user is not None
            caller = caller_at(self.realm.now)
            done = login.finish(self.realm, db, caller, user, "test")
        if isinstance(done, login.Pending):
            need("password")  # whose page sends people on to the step
        assert isinstance(done, login.LoggedIn)
        self.app.cookiejar.set_cookie(cookie_of("arrealm", done.cookie))
        return self.app.get("/login", status=303)

    def sign_up(self, status: Any = 303, query: str = "", **fields: str) -> Any:
        """Sign up through the form."""
        values: dict[str, Any] = {"email": "new@example.com", "password": PASSWORD}
        values |= fields
        page = self.get(f"/signup{query}")
        return submit(page, status=status, **values)

    def send(self, path: str, status: Any = 303, **fields: Any) -> Any:
        """Fill in the form of the account page that goes to *path*, and send it."""
        page = self.get("/profile")
        places = [form.action for form in page.forms.values()]
        return submit(page, places.index(path), status, **fields)

    @classmethod
    def holding(cls, realm: Realm, **cookies: str) -> Browser:
        """Return a browser that came by *cookies* elsewhere."""
        pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return cls(realm, {"HTTP_COOKIE": pairs})

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies it holds."""
        return dict(self.app.cookies)

    @property
    def is_logged_in(self) -> bool:
        """Whether it holds the cookie of a session."""
        return "arrealm" in self.cookies


def section(page: Any, path: str) -> Any:
    """Return the part of a page that has the form which goes to *path*."""
    return page.html.find("form", action=path)


def plain(answer: Any) -> tuple[Any, ...]:
    """Return all that an answer tells but for what is random, or the time."""
    body = re.sub(r'name="form_token" value="[^"]+"', "", answer.text)
    body = re.sub(r"\brf_\w{22}", "", body)
    headers = sorted((k, v) for k, v in answer.headers.items() if k != "Set-Cookie")
    given = answer.headers.getall("Set-Cookie")
    given = [re.sub(r"expires=[^;]*", "", cookie) for cookie in given]
    cookies = [re.sub(r"=[^;]*", "", cookie, count=1) for cookie in given]
    return answer.status, headers, body, sorted(cookies)


def cookie_of(name: str, value: str) -> Cookie:
    """Return a cookie as the realm's own answer would set it."""
    host = HOST.partition(":")[0]
    return Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain=host,
        domain_specified=False,
        domain_initial_dot=False,
        path="/",
        path_specified=True,
        secure=False,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )


def member(realm: Realm, name: str = ADA, done: login.LoggedIn | None = None) -> Member:
    """Return somebody who acts now, in the session of a login or in a new one."""
    caller = caller_at(realm.now)
    with realm.writing() as db:
        user = people.by_login_name(db, name)
        assert user is not None
        opened = done or sessions.open_session(realm, db, user, caller, ["password"])
    return caller.acting(Visitor(opened.visitor.session, user))


def overtaken(realm: Realm) -> Member:
    """Return Ada, whose request was under way when somebody reset her password."""
    ada = member(realm)
    with realm.writing() as db:
        people.set_password(db, ada.user, "another hash")
        sessions.end_all(realm, db, ada.user, caller_at(realm.now))
    return ada


def first_proof(realm: Realm, name: str = ADA) -> login.LoggedIn | login.Pending:
    """Log in as somebody who has given a first proof, whichever features there are."""
    with realm.writing() as db:
        user = people.by_login_name(db, name)
        assert user is not None
        return login.finish(realm, db, caller_at(realm.now), user, "password")


def need(feature: str) -> None:
    """Skip the test where *feature* does not take part."""
    if feature not in FEATURES:
        pytest.skip(f"without {feature}")


def where_there(**values: str) -> dict[str, str]:
    """Return ``feature__name=value`` as settings, of the features that take part."""
    named = {name.replace("__", "."): value for name, value in values.items()}
    return {k: value for k, value in named.items() if k.partition(".")[0] in FEATURES}


def needs(*features: str) -> pytest.MarkDecorator:
    """Return the mark of tests that go through pages of these features."""
    lacking = {*features} - {*FEATURES}
    return pytest.mark.skipif(bool(lacking), reason=f"{lacking} left out")


def submit(page: Any, number: int = 0, status: Any = 303, **fields: Any) -> Any:
    """Fill in a form of *page*, the first or another *number*; ``do`` is a button."""
    form = page.forms[number]
    do = fields.pop("do", None)
    for name, value in fields.items():
        form[name] = value
    return form.submit(do and "do", value=do, status=status)
