"""A small application on the kit: notes that members write."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.decorator import reify
from pyramid.i18n import TranslationStringFactory
from webtest import TestApp

import arware.kit.web
from arware.kit.web import Reason, Refused, WebRequest, forms
from arware.kit.web.refusals import OF_THE_KIT
from arware.kit.web.static import addresses

HERE = Path(__file__).parent
_ = TranslationStringFactory("realm")


@dataclass
class Visitor:
    """Who is logged in."""

    user: Any
    session: str
    is_fresh: bool = False


@dataclass
class User:
    """A user with an id."""

    id: str


@dataclass
class Site:
    """What lives as long as the process."""

    url: str = "http://localhost"
    prefix: str = ""
    secrets: tuple[str, ...] = ("s1",)
    now: int = 1_800_000_000
    visitors: dict[str, Visitor] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    colours: dict[str, str] = field(default_factory=dict)
    is_away: bool = False
    transactions: int = 0

    def digest(self, purpose: str, text: str) -> str:
        """Sign with the newest secret."""
        return next(self.digests(purpose, text))

    def digests(self, purpose: str, text: str) -> Iterator[str]:
        """Sign with each secret."""
        message = f"{purpose} {text}".encode()
        for secret in self.secrets:
            yield hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()

    def open(self, user_id: str) -> str:
        """Open a session; return its cookie."""
        session = f"kss_{len(self.visitors)}"
        self.visitors[session] = Visitor(User(user_id), session)
        return session

    @contextmanager
    def reading(self) -> Iterator[Site]:
        """Open a transaction."""
        self.transactions += 1
        yield self


class SampleRequest(WebRequest):
    """A request of the sample."""

    cookie_base = "sample"
    answer_headers: Mapping[str, str] = {"X-Frame-Options": "DENY"}

    @property
    def realm(self) -> Site:
        """The site."""
        site: Site = self.environ["sample.site"]
        return site

    @property
    def now(self) -> int:
        """The time."""
        return self.realm.now

    @property
    def origin(self) -> str:
        """Where we are."""
        return self.realm.url

    @property
    def prefix(self) -> str:
        """Where we begin."""
        return self.realm.prefix

    @property
    def is_https(self) -> bool:
        """Whether over https."""
        return self.realm.url.startswith("https:")

    @property
    def ip(self) -> str:
        """The peer."""
        return str(self.environ.get("REMOTE_ADDR"))

    @reify
    def visitor(self) -> Visitor | None:
        """Who is logged in."""
        return self.realm.visitors.get(self.own_cookie(""))

    @property
    def session_key(self) -> str:
        """The session's id."""
        return self.visitor.session if self.visitor else ""


def texts() -> list[Reason]:
    """Return a text for each reason of the kit."""
    return [
        Reason(one.word, _(f"Text of {one.word}."), one.status, f"Title {one.word}")
        for one in OF_THE_KIT
    ]


def configured(team: Path | None = None, locale: Path | None = None) -> Any:
    """Return the Configurator."""
    config = Configurator(package=__name__)
    config.set_request_factory(SampleRequest)
    config.include(arware.kit.web)
    static = addresses(HERE / "static")
    config.add_static_files(HERE / "static")
    config.set_rendering(
        HERE / "core", values=lambda _: {"name": "Sample"}, team=team, static=static
    )
    if locale is not None:
        config.add_translation_dirs(str(locale))
    config.add_reasons(*texts())
    config.add_permission_rule("member", lambda _, who: True, route="login")
    config.add_permission_rule("fresh", lambda _, who: who.is_fresh, route="proof")
    config.add_templates("notes", HERE / "templates" / "notes")
    for name in ("login", "notes", "proof", "fault", "tidy", "lost"):
        config.add_route(name, f"/{name}")
    config.add_route("note", "/notes/{id}")
    config.add_to_page("notes.section", "notes/form.jinja2", load=form_values)
    config.add_to_page("notes.section", "notes/count.jinja2", order=50, load=count)
    config.add_to_page("notes.section", "notes/never.jinja2", load=lambda *_: None)
    colour = forms.text(_("Colour"), required=False)
    config.add_field("notes", "colour", lambda _: colour, write=paint)
    config.add_to_page("notes.fields", "notes/colour.jinja2")
    config.scan_views()
    return config


def paint(site: Site, note: str, colour: str) -> None:
    """Note the colour of a note."""
    site.colours[note] = colour


def form_values(request: Any, _db: Any) -> dict[str, Any]:
    """Return what the form needs."""
    from .views import NoteForm

    return {"form": request.form(NoteForm)}


def count(_request: Any, db: Site) -> dict[str, Any]:
    """Return what the line needs."""
    return {"count": len(db.notes)}


class Browser(TestApp):
    """A browser at the sample, with helpers."""

    def __init__(self, site: Site | None = None, **choices: Any) -> None:
        self.site = site or Site()
        config = configured(**choices)
        config.commit()
        self.registry = config.registry
        self.config = config
        super().__init__(
            config.make_wsgi_app(),
            extra_environ={
                "sample.site": self.site,
                "REMOTE_ADDR": "203.0.113.9",
                "HTTP_ACCEPT": "text/html",
            },
        )

    def log_in(self, *, is_fresh: bool = False) -> None:
        """Log in as Alice."""
        fields = {"email": "alice@example.com", "password": "right"}
        assert self.send("/login", fields).status_int == 303
        for visitor in self.site.visitors.values():
            visitor.is_fresh = is_fresh

    def send(self, path: str, fields: dict[str, str], page: Any = None) -> Any:
        """Send a form of *page*, or of the page at *path*."""
        page = page or self.get(path)
        given = {"form_token": token_of(page), **fields}
        return self.post(path, given, status="*")


def token_of(page: Any) -> str:
    """Return the token of the first form of a page."""
    return str(page.forms[0]["form_token"].value)


class Wrong(Exception):
    """A fault of ours."""


__all__ = ["Browser", "Refused", "SampleRequest", "Site", "Wrong", "configured"]
