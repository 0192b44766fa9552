"""What only Django's users see: the middleware, local users, the admin, the checks."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import aauthenticate, authenticate, get_user_model
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import IntegrityError, connection, connections
from django.db.backends.signals import connection_created
from django.db.models.signals import pre_save
from django.template.loader import render_to_string
from django.test import AsyncClient, Client, RequestFactory
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext, override_settings

import arware.django
from arware.django import login_required, records
from arware.django.models import ExternalId
from arware.errors import ConfigurationError
from arware.local import Realm
from arware.testing import Browser, MemoryRealm
from tests.local.support import PASSWORD, PEM

from . import django_project
from .conftest import Clock, Site
from .django_host import bare_handler, django_settings
from .django_project import BACKEND, MIDDLEWARE, OURS, SETTINGS
from .hosts import HOST
from .test_mounted import ADA, CONFIGURED, log_in

HTML = {"accept": "text/html"}
#: What a script sends on this machine, where no page can pretend to be one.
LOCAL = {"host": "localhost"}
INTERFACES = ["wsgi", "asgi"]
PREFLIGHT = {"origin": "https://o.example", "access-control-request-method": "GET"}


@pytest.fixture(scope="session")
def tables() -> None:
    """Make the tables, once."""
    call_command("migrate", verbosity=0)


@pytest.fixture(autouse=True)
def project(tables: None, realm: MemoryRealm, clock: Clock) -> Iterator[None]:
    """Set the project's settings, and leave an empty database."""
    ours = django_settings(realm.settings(clock=clock))
    with override_settings(**SETTINGS, **ours):
        yield
        for model in (User, Session):
            model.objects.all().delete()
    connections.close_all()


@pytest.fixture
def site_of(realm: MemoryRealm, clock: Clock) -> Callable[..., Site]:
    """Return a maker of sites: Django with the settings that are in force."""

    def make(interface: str = "wsgi") -> Site:
        return Site(bare_handler(interface), HOST["django"], realm, clock)

    return make


@pytest.fixture(params=INTERFACES)
def site(request: pytest.FixtureRequest, site_of: Callable[..., Site]) -> Site:
    """Return the project as a site, for both interfaces."""
    return site_of(request.param)


def path_of(backend: type) -> str:
    """Return what ``AUTHENTICATION_BACKENDS`` calls *backend*."""
    return f"{backend.__module__}.{backend.__qualname__}"


def bearing(token: str) -> Client:
    """Return a client that shows *token*."""
    return Client(headers={"authorization": f"Bearer {token}"})


def come_in(
    realm: MemoryRealm, user: str = "alice", client: Client | None = None, **claims: Any
) -> Client:
    """Return a client of Django's in which *user* is logged in."""
    client = client or Client(headers=LOCAL)
    answer = client.get("/", {"token": realm.token(user, **claims)})
    assert answer.status_code == 303
    return client


def local_user(user: str = "alice") -> Any:
    """Return the local user for AuthRocket's *user*, as the database has it."""
    return ExternalId.objects.get(external_id=f"usr_{user}").user


# --- Who is there ------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/async", "/café"])
def test_views_see_who_is_there(site: Site, path: str) -> None:
    """By ``request.current_user`` and by ``request.user``, sync and async."""
    assert site.browser().get(path).text == "nobody -"
    assert site.member("alice").get(path).text == "usr_alice usr_alice"


def test_a_bearer_token_counts_for_its_request(site: Site) -> None:
    """And no session of Django's is made for it."""
    browser = site.browser()
    bearer = {"authorization": f"Bearer {site.token('bob')}"}

    assert browser.fetch("/", headers=bearer).text == "usr_bob usr_bob"
    assert browser.get("/").text == "nobody -"
    assert browser.cookies == {}


def test_the_test_client_logs_in(realm: MemoryRealm) -> None:
    """As a browser that comes back from the login pages."""
    client = come_in(realm)

    assert client.get("/").content == b"usr_alice usr_alice"
    assert client.get("/logout", headers=HTML).status_code == 302
    assert client.get("/").content == b"nobody -"


def test_the_async_client_logs_in(realm: MemoryRealm) -> None:
    """The same on the loop, with Django's sessions in a database."""

    async def visit() -> list[bytes]:
        client = AsyncClient()
        paths = (f"/?token={realm.token()}", "/async", "/", "/logout", "/")
        answers = [await client.get(path, secure=True) for path in paths]
        return [answer.content for answer in answers]

    assert asyncio.run(visit()) == [
        *(b"", b"usr_alice usr_alice", b"usr_alice usr_alice", b"", b"nobody -")
    ]


def test_settings_may_be_overridden_for_a_test(realm: MemoryRealm) -> None:
    """A client reads them at its first request."""
    with override_settings(AUTHROCKET_COOKIE_NAME="mine"):
        assert "mine" in come_in(realm).cookies


def test_a_user_of_django_s_own_stays_where_nobody_of_ours_is(
    realm: MemoryRealm,
) -> None:
    """Until somebody logs in: then the other login is over."""
    backends = [BACKEND, "django.contrib.auth.backends.ModelBackend"]
    User.objects.create_user("local", password="correct horse")
    with override_settings(AUTHENTICATION_BACKENDS=backends):
        client = Client(headers=LOCAL)
        assert client.login(username="local", password="correct horse")
        assert client.get("/").content == b"nobody local"
        come_in(realm, client=client)
        assert client.get("/").content == b"usr_alice usr_alice"
        client.get("/logout", headers=HTML)
        assert client.get("/").content == b"nobody -"


def test_without_a_backend_request_user_is_django_s(realm: MemoryRealm) -> None:
    """``request.current_user`` is there all the same, and no table is needed."""
    backends = ["django.contrib.auth.backends.ModelBackend"]
    with override_settings(AUTHENTICATION_BACKENDS=backends):
        assert come_in(realm).get("/").content == b"usr_alice -"
    assert not User.objects.exists()


def test_a_middleware_that_is_not_async_may_stand_below(
    site_of: Callable[..., Site],
) -> None:
    """Then ours works in a thread, under ASGI too."""
    old = f"{django_project.__name__}.old_middleware"
    with override_settings(MIDDLEWARE=[*MIDDLEWARE, old]):
        site = site_of("asgi")
    browser = site.member("alice")

    for path in ("/", "/async"):
        assert browser.get(path).text == "usr_alice usr_alice"
    assert site.is_login(site.browser().get("/coroutine"))
    assert browser.get("/async-leave").text == "None AnonymousUser AnonymousUser"
    assert browser.get("/").text == "nobody -"


# --- Without the middleware --------------------------------------------------------

ATTRIBUTES = [
    *("authrocket", "current_user", "current_org", "current_membership"),
    "current_session",
]


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_without_the_middleware_the_line_to_add_is_told(name: str) -> None:
    """A request of a RequestFactory passes none."""
    request = RequestFactory().get("/")

    assert not hasattr(request, name)
    with pytest.raises(AttributeError, match=r'Add "arware\.django\.Middleware"'):
        getattr(request, name)


@pytest.mark.parametrize("view", ["plain", "called", "whole"])
def test_without_the_middleware_no_view_lets_anybody_in(view: str) -> None:
    """It fails, and says why."""
    request = RequestFactory().get("/")

    with pytest.raises(AttributeError, match="at the end of MIDDLEWARE"):
        django_project.VIEWS[view](request)


# --- Views that need a login -------------------------------------------------------

GUARDED = [
    *("plain", "called", "permitted", "coroutine", "whole", "below", "async-class"),
    "orgs/org_acme",
]


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("view", GUARDED)
def test_guarded_views_answer_without_an_error(
    site: Site, view: str, debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A browser is led to the login, a program told, a member let in; all quiet."""
    with override_settings(DEBUG=debug):
        assert site.is_login(site.browser().get(f"/{view}"))
        told = site.browser().fetch(f"/{view}")
        member = site.member("alice", permissions=["docs:read"])

        assert told.json()["error"] == "login_required"
        assert told.header("Vary") == "Cookie, Authorization"
        assert member.get(f"/{view}").text == "ok"
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("view", ["permitted", "coroutine", "async-class"])
def test_a_permission_that_is_missing_is_a_403(site: Site, view: str) -> None:
    """Another login would not help."""
    alice = site.member("alice", permissions=["docs:write"])

    assert alice.get(f"/{view}").status == 403
    assert alice.fetch(f"/{view}").json() == {"error": "forbidden"}


def test_the_org_may_stand_in_the_url(site: Site) -> None:
    """Who is no member of it is kept out."""
    assert site.member("alice").get("/orgs/org_other").status == 403


def test_a_condition_without_its_name_is_told_how_to_be_written() -> None:
    """Decorators of other libraries take it so."""
    with pytest.raises(TypeError, match=r"@login_required\(permission='docs:read'\)"):
        login_required("docs:read")  # type: ignore[type-var]  # the slip itself


@pytest.mark.parametrize("view", [view for view in GUARDED if view != "called"])
def test_a_preflight_is_answered_without_the_view(site: Site, view: str) -> None:
    """A browser sends no cookie with it, and a view that takes any method is closed."""
    answer = site.browser().request("OPTIONS", f"/{view}", headers=PREFLIGHT)

    assert (answer.status, answer.body) == (204, b"")


def test_a_refusal_undoes_the_transaction_of_its_view(site: Site) -> None:
    """As any other exception does."""
    assert site.member("alice").get("/transaction").status == 403
    assert not User.objects.filter(username__startswith="written").exists()


# --- Django's own decorators, LOGIN_URL and the admin ------------------------------


def follow_to_login(site: Site, browser: Browser, path: str) -> Any:
    """Return the redirect to the login page to which *path* leads in the end."""
    answer = browser.get(path)
    while answer.status == 302 and not site.is_login(answer):
        answer = browser.click(answer.location)
    return answer


@pytest.mark.parametrize("login_url", ["/login", "/enter/", "enter"])
@pytest.mark.parametrize("view", ["django", "django-async"])
def test_django_s_login_required_comes_back(
    site: Site, view: str, login_url: str
) -> None:
    """``LOGIN_URL`` is our path, or an address or a name of our view."""
    with override_settings(LOGIN_URL=login_url):
        browser = site.browser()
        sent = follow_to_login(site, browser, f"/{view}?x=1")
        back = browser.come_back(sent, site.token())

        assert site.target_of(back) == f"https://app.example/{view}?x=1"
        assert browser.get(f"/{view}?x=1").text == "ok"


def test_django_s_middleware_for_all_pages_lets_the_login_through(
    site_of: Callable[..., Site],
) -> None:
    """Our paths need no login, nor does our view."""
    everywhere = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    with override_settings(MIDDLEWARE=[*MIDDLEWARE, everywhere], LOGIN_URL="/enter/"):
        site = site_of()
        browser = site.browser()
        sent = follow_to_login(site, browser, "/")
        browser.come_back(sent, site.token())

        assert browser.get("/").text == "usr_alice usr_alice"


@pytest.mark.parametrize("login_url", ["/login", "enter"])
def test_a_permission_of_django_s_that_is_missing_does_not_loop(
    site: Site, login_url: str
) -> None:
    """Django sends people to the login who are logged in; there they are told."""
    with override_settings(LOGIN_URL=login_url):
        alice = site.member("alice")
        sent = alice.get("/django-permission")
        answer = alice.click(sent.location)

    assert answer.status == 403
    assert "alice@example.com" in answer.text
    assert "Switch account" in answer.text


def test_permissions_of_django_s_are_those_of_the_local_user(site: Site) -> None:
    """Given in the admin, or by a group."""
    alice = site.member("alice")
    alice.get("/")
    permission = Permission.objects.get(codename="add_user")
    local_user().user_permissions.add(permission)

    assert alice.get("/django-permission").text == "ok"


@pytest.mark.parametrize("path", ["/django", "/admin/"])
def test_a_token_that_is_refused_does_not_loop(site: Site, path: str) -> None:
    """Instead of Django's redirect to the login there is a page that says why."""
    browser = site.browser()
    sent = follow_to_login(site, browser, path)
    token = site.token()[:-8] + "AAAAAAAA"
    answer = browser.come_back(sent, token)

    assert answer.status == 401
    assert "bad_signature" in answer.text


def test_our_view_leads_those_home_who_are_there_already(site: Site) -> None:
    """Without ``next`` there is nothing that they may not see."""
    assert site.member("alice").get("/enter/").location == "/"
    sent = site.browser().get("/enter/")
    back = parse_qs(urlsplit(sent.location).query)["redirect_uri"][0]
    assert back.startswith("https://app.example/?ar_state=")


def test_the_admin_is_entered_by_our_login(site: Site) -> None:
    """From its first page to the login and back, for who has the permission."""
    browser = site.browser()
    sent = follow_to_login(site, browser, "/admin/")
    browser.come_back(sent, site.token("erin", permissions=["staff"]))
    home = browser.get("/admin/")

    assert home.status == 200
    assert "Site administration" in home.text
    assert local_user("erin").is_staff


def test_the_admin_is_closed_to_others(site: Site) -> None:
    """They are told as whom they are logged in, and may log in as another."""
    bob = site.member("bob")
    sent = bob.get("/admin/")
    answer = bob.click(sent.location)

    assert answer.status == 403
    assert "bob@example.com" in answer.text


def test_the_admin_s_logout_is_a_whole_one(realm: MemoryRealm) -> None:
    """It leads on to LoginRocket's, and nobody is left."""
    client = come_in(realm, permissions=["staff"])
    answer = client.post("/admin/logout/")

    assert answer["Location"].startswith(f"{realm.url}logout?")
    assert client.get("/").content == b"nobody -"
    assert client.cookies["authrocket"].value == ""


# --- Local users -------------------------------------------------------------------


def test_a_local_user_is_made_and_follows(realm: MemoryRealm) -> None:
    """E-mail address and names are AuthRocket's; there is no password."""
    come_in(realm, "carol").get("/")
    made = local_user("carol")
    named = {"email": "new@x.example", "given_name": "Caro", "family_name": "Lin"}
    come_in(realm, "carol", **named).get("/")
    kept = local_user("carol")

    assert (made.email, made.username) == ("carol@example.com", "usr_carol")
    assert not made.has_usable_password()
    assert kept.pk == made.pk
    assert (kept.email, kept.first_name, kept.last_name) == (
        *("new@x.example", "Caro", "Lin"),
    )


def test_a_login_makes_a_local_user_and_a_program_none(realm: MemoryRealm) -> None:
    """That of a program is made when it is asked for."""
    bearer = {"authorization": f"Bearer {realm.token('carol')}"}
    Client().get("/plain", headers=bearer)
    come_in(realm).get("/plain")

    assert [user.username for user in User.objects.all()] == ["usr_alice"]


@pytest.mark.parametrize(
    ("setting", "flag"),
    [
        ("AUTHROCKET_STAFF_PERMISSION", "is_staff"),
        ("AUTHROCKET_SUPERUSER_PERMISSION", "is_superuser"),
    ],
)
def test_a_permission_makes_staff_and_is_taken_away(
    realm: MemoryRealm, setting: str, flag: str
) -> None:
    """With the permission goes what it gave."""
    flags = []
    with override_settings(**{setting: "boss"}):
        for held in ([], ["boss"], ["others"]):
            come_in(realm, permissions=held).get("/")
            flags.append(getattr(local_user(), flag))

    assert flags == [False, True, False]


@pytest.mark.parametrize(
    ("org", "is_staff"), [("org_acme", True), ("org_other", False), (None, True)]
)
def test_staff_may_be_so_in_one_org_only(
    realm: MemoryRealm, org: str | None, is_staff: bool
) -> None:
    """Whoever owns another one may give themselves any permission there."""
    with override_settings(AUTHROCKET_STAFF_ORG=org):
        come_in(realm, permissions=["staff"]).get("/")

    assert local_user().is_staff is is_staff


def test_a_bearer_token_changes_no_rights(realm: MemoryRealm, clock: Clock) -> None:
    """It may be one of another org; it is for one request, with what it gives."""
    browser = come_in(realm, permissions=["staff"])
    clock.advance(60)
    claims = realm.claims(org="beta") | {"iat": int(clock())}
    bearer = {"authorization": f"Bearer {realm.sign(claims)}"}

    in_program = Client().get("/", headers=bearer).wsgi_request.user
    in_browser = browser.get("/").wsgi_request.user

    assert (in_program.is_staff, in_browser.is_staff) == (False, True)
    assert local_user().is_staff


def test_who_was_deleted_meanwhile_is_anonymous(
    realm: MemoryRealm, clock: Clock
) -> None:
    """Between reading and writing somebody else may delete the local user."""
    come_in(realm).get("/")
    link = records.links().get()
    clock.advance(60)
    later = come_in(realm, permissions=["staff"]).get("/").wsgi_request.authrocket
    User.objects.all().delete()

    assert not records.update(link, later, {"is_staff": True})


def test_an_address_that_does_not_fit_is_none(realm: MemoryRealm) -> None:
    """Cut, it would be somebody else's."""
    address = f"mallory@{'x' * 300}.example"
    come_in(realm, "mallory", email=address, name="M" * 200).get("/")

    assert local_user("mallory").email == ""


def test_a_model_may_look_for_itself_what_it_takes(realm: MemoryRealm) -> None:
    """What it refuses, as `full_clean` does, is no error of the page."""

    def look(instance: User, **_: Any) -> None:
        instance.full_clean(exclude=["password"])

    pre_save.connect(look, sender=User)
    try:
        answer = come_in(realm, "bob", email="bob@intranet").get("/")
    finally:
        pre_save.disconnect(look, sender=User)

    assert answer.content == b"usr_bob usr_bob"
    assert local_user("bob").email == ""


def test_an_older_login_brings_nothing_older_back(
    realm: MemoryRealm, clock: Clock
) -> None:
    """Neither an address nor what was allowed, by a cookie or as a Bearer token."""
    older = realm.token(permissions=["staff"], email="old@x.example")
    clock.advance(60)
    newer = realm.sign(realm.claims(email="new@x.example") | {"iat": int(clock())})
    by_cookie = [Client(headers=LOCAL) for _ in range(2)]
    for client, token in zip(by_cookie, (older, newer), strict=True):
        client.get("/", {"token": token})
        client.get("/")
    for client in (by_cookie[0], bearing(older)):
        assert client.get("/").content == b"usr_alice usr_alice"

    assert local_user().email == "new@x.example"
    assert not local_user().is_staff


class Overtaken(arware.django.Backend):  # type: ignore[misc]  # its base is Django's, which has no types
    """Let another request through, between what is read and what is written."""

    others: ClassVar[list[Client]] = []

    def values_of(self, auth: Any) -> dict[str, Any]:
        if self.others:
            self.others.pop().get("/")
        return super().values_of(auth)


def test_an_older_login_at_the_same_time_brings_nothing_back(
    realm: MemoryRealm,
) -> None:
    """What it writes in between is written over."""
    now = int(realm.now())
    new = {"email": "new@x.example"}
    claims = [
        realm.claims(**new),
        realm.claims(email="old@x.example", permissions=["staff"]),
        realm.claims(**new),
    ]
    first, older, newer = [
        bearing(realm.sign(one | {"iat": now - 30 + n})) for n, one in enumerate(claims)
    ]
    with override_settings(AUTHENTICATION_BACKENDS=[path_of(Overtaken)]):
        first.get("/")
        Overtaken.others.append(older)
        newer.get("/")

    assert Overtaken.others == []
    assert (local_user().email, local_user().is_staff) == ("new@x.example", False)


def test_without_the_setting_staff_is_django_s_affair(realm: MemoryRealm) -> None:
    """What was set in the admin stays."""
    come_in(realm).get("/")
    User.objects.update(is_staff=True)
    with override_settings(AUTHROCKET_STAFF_PERMISSION=None):
        come_in(realm, permissions=["staff"]).get("/")

    assert local_user().is_staff


def test_who_is_not_active_here_is_anonymous_to_django(realm: MemoryRealm) -> None:
    """And is told so, where Django wants a login."""
    client = come_in(realm)
    client.get("/")
    User.objects.update(is_active=False)

    assert client.get("/").content == b"usr_alice -"
    sent = client.get("/django", headers=HTML)
    assert client.get(sent["Location"], headers=HTML).status_code == 403


def test_a_name_that_is_taken_is_another_person_s(realm: MemoryRealm) -> None:
    """Who is called like AuthRocket's id does not get its login."""
    other = User.objects.create_user("usr_alice", password="known to another")
    come_in(realm).get("/")

    assert local_user().pk != other.pk
    assert local_user().username.startswith("usr_alice-")


class Adopting(arware.django.Backend):  # type: ignore[misc]  # its base is Django's, which has no types
    """Take users of before for those who have the same address."""

    def find_user(self, auth: Any) -> Any:
        return User.objects.filter(email=auth.user.email).first()


def test_a_local_user_never_becomes_another_person_s(
    realm: MemoryRealm, caplog: pytest.LogCaptureFixture
) -> None:
    """Though an address does, and the backend goes by it."""
    with override_settings(AUTHENTICATION_BACKENDS=[path_of(Adopting)]):
        for user in ("alice", "bob"):
            come_in(realm, user, email="info@x.example").get("/")

    assert local_user("alice").pk != local_user("bob").pk
    assert f"local user {local_user('alice').pk} for usr_bob" in caplog.text


def test_the_database_gives_a_local_user_to_one_person_only(realm: MemoryRealm) -> None:
    """Whatever a backend does."""
    come_in(realm).get("/")

    with pytest.raises(IntegrityError):
        ExternalId.objects.create(external_id="usr_bob", user=local_user())


def test_a_derived_backend_finds_users_of_before(realm: MemoryRealm) -> None:
    """They keep their rows, and what refers to them."""
    before = User.objects.create(username="al", email="alice@example.com")
    with override_settings(AUTHENTICATION_BACKENDS=[path_of(Adopting)]):
        assert come_in(realm).get("/").content == b"usr_alice al"
    assert local_user().pk == before.pk


class Unable(arware.django.Backend):  # type: ignore[misc]  # its base is Django's, which has no types
    """Make users whom the database does not take."""

    def make_user(self, auth: Any, username: str) -> Any:
        return User.objects.create(username=None)


class Renaming(arware.django.Backend):  # type: ignore[misc]  # its base is Django's, which has no types
    """Call everybody the same, which the database does not take either."""

    def values_of(self, auth: Any) -> dict[str, Any]:
        return super().values_of(auth) | {"username": "taken"}


@pytest.mark.parametrize(
    ("backend", "text", "told"),
    [
        (Unable, b"usr_alice -", "no local user can be made for usr_alice"),
        (Renaming, b"usr_alice usr_alice", "keeps the username of before"),
    ],
)
def test_what_a_database_refuses_stops_no_request(
    realm: MemoryRealm,
    caplog: pytest.LogCaptureFixture,
    backend: type,
    text: bytes,
    told: str,
) -> None:
    """Somebody is logged in all the same, and the log tells why Django lacks a user."""
    User.objects.create(username="taken")
    with override_settings(AUTHENTICATION_BACKENDS=[path_of(backend)]):
        answer = come_in(realm).get("/")

    assert answer.content == text
    assert told in caplog.text


@pytest.fixture
def unique_addresses() -> Iterator[None]:
    """Have no two local users with one address, as many models do."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX addresses ON auth_user (email)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX addresses")


def test_lost_rights_go_though_an_address_is_taken(
    realm: MemoryRealm, unique_addresses: None, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says once which field it was, and no address."""
    User.objects.create(username="root", email="root@x.example")
    come_in(realm, permissions=["staff"]).get("/")
    was_staff = local_user().is_staff
    client = come_in(realm, email="root@x.example", given_name="Al")
    texts = [client.get("/").content for _ in range(3)]
    alice = local_user()

    assert was_staff
    assert texts == [b"usr_alice usr_alice"] * 3
    assert (alice.is_staff, alice.first_name) == (False, "Al")
    assert alice.email == "alice@example.com"
    assert [record.args for record in caplog.records] == [(alice.pk, "email")]


def test_an_address_that_is_taken_keeps_nobody_out(
    realm: MemoryRealm, unique_addresses: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever comes has a local user without it, until the other one is corrected."""
    other = User.objects.create(username="other", email="alice@example.com")
    come_in(realm).get("/")
    first = local_user().email
    User.objects.filter(pk=other.pk).update(email="other@x.example")
    come_in(realm).get("/")

    assert (first, local_user().email) == ("", "alice@example.com")
    assert "@" not in caplog.text


def test_rights_that_the_database_keeps_are_not_used(
    realm: MemoryRealm, caplog: pytest.LogCaptureFixture
) -> None:
    """Whom it leaves staff against the permissions is anonymous to Django."""
    come_in(realm, permissions=["staff"]).get("/")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER stubborn BEFORE UPDATE OF is_staff ON auth_user "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    try:
        text = come_in(realm, email="new@x.example").get("/").content
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER stubborn")

    assert text == b"usr_alice -"
    assert "refuses what the permissions say" in caplog.text


def test_without_an_address_the_field_is_null_where_it_may_be(
    realm: MemoryRealm,
) -> None:
    """Of two that are empty one could be refused."""
    auth = come_in(realm, email=None).get("/").wsgi_request.authrocket
    field = User._meta.get_field("email")
    values = [arware.django.Backend().values_of(auth)["email"]]
    field.null = True
    try:
        values.append(arware.django.Backend().values_of(auth)["email"])
    finally:
        field.null = False

    assert values == ["", None]


class Elsewhere:
    """A router that writes by another connection."""

    def db_for_write(self, model: type, **hints: Any) -> str:
        return "other"


def test_local_users_are_written_where_the_router_says(realm: MemoryRealm) -> None:
    """The transactions around them are there, too."""
    client = come_in(realm)
    with (
        override_settings(DATABASE_ROUTERS=[Elsewhere()]),
        CaptureQueriesContext(connection) as here,
        CaptureQueriesContext(connections["other"]) as there,
    ):
        assert client.get("/").content == b"usr_alice usr_alice"
    texts = [query["sql"].split()[0] for query in there.captured_queries]

    assert texts.count("BEGIN") >= 2
    assert {query["sql"].split()[0] for query in here.captured_queries} == {"SELECT"}


def test_a_view_that_fails_leaves_the_login_as_it_is(realm: MemoryRealm) -> None:
    """Its transaction holds neither the local user nor that Django was told."""
    heard: list[Any] = []

    def hear(user: Any, **_: Any) -> None:
        heard.append(user.pk)

    user_logged_in.connect(hear)
    try:
        client = come_in(realm)
        statuses = [client.get("/transaction").status_code for _ in range(2)]
    finally:
        user_logged_in.disconnect(hear)

    assert statuses == [403, 403]
    assert heard == [local_user().pk]


def test_a_page_without_a_local_user_needs_no_database(
    realm: MemoryRealm, caplog: pytest.LogCaptureFixture
) -> None:
    """One that asks for it fails; the login can be seen to later."""
    client = come_in(realm)
    client.raise_request_exception = False
    table = ExternalId._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO away")
    try:
        statuses = [client.get(path).status_code for path in ("/plain", "/")]
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE away RENAME TO {table}")

    assert statuses == [200, 500]
    assert client.get("/").content == b"usr_alice usr_alice"
    assert "no local user can be looked up (OperationalError)" in caplog.text


def test_a_backend_gives_the_local_user_of_an_auth_object(realm: MemoryRealm) -> None:
    """By Django's own ``authenticate``; nobody for nobody."""
    request = come_in(realm).get("/plain").wsgi_request
    stranger = Client().get("/").wsgi_request
    users = [
        authenticate(one, authrocket=one.authrocket) for one in (request, stranger)
    ]

    assert users == [local_user(), None]


def test_our_backend_takes_no_password() -> None:
    """Neither sync nor async: that is another backend's affair."""
    User.objects.create_user("local", password="correct horse")
    given = {"username": "local", "password": "correct horse"}

    assert authenticate(None, **given) is None
    assert asyncio.run(aauthenticate(None, **given)) is None


@pytest.mark.parametrize("path", ["/", "/atomic"])
def test_one_local_user_is_made_by_first_requests_at_once(
    realm: MemoryRealm, path: str
) -> None:
    """Each of them sees the same, also in a transaction."""
    cookie = come_in(realm, "dora").cookies["authrocket"].value
    handler = bare_handler("wsgi")
    together = threading.Barrier(4)
    answers: list[str] = []

    def visit() -> None:
        together.wait()
        browser = Browser(handler, "http://localhost")
        browser.keep(f"authrocket={cookie}")
        answers.append(browser.get(path).text)
        connections.close_all()

    threads = [threading.Thread(target=visit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == ["usr_dora usr_dora"] * 4
    assert User.objects.count() == 1


def test_django_hears_of_each_login_once(realm: MemoryRealm, clock: Clock) -> None:
    """``user_logged_in`` sets ``last_login``; a Bearer token is no login."""
    heard: list[Any] = []

    def hear(request: Any, user: Any, **_: Any) -> None:
        heard.append((user.username, request.path))

    user_logged_in.connect(hear)
    try:
        bearer = {"authorization": f"Bearer {realm.token()}"}
        Client().get("/", headers=bearer)
        client = come_in(realm)
        client.get("/async")
        client.get("/")
        clock.advance(60)
        come_in(realm).get("/")
    finally:
        user_logged_in.disconnect(hear)

    assert heard == [("usr_alice", "/async"), ("usr_alice", "/")]
    assert local_user().last_login is not None


def test_a_request_costs_one_query_or_none(realm: MemoryRealm) -> None:
    """One for the local user where it is asked for; none for the session."""
    client = come_in(realm)
    client.get("/")
    counts = []
    for path in ("/", "/plain"):
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        counts.append(len(queries))

    assert counts == [1, 0]


# --- Django's session --------------------------------------------------------------


def test_the_session_of_a_stranger_stays_at_the_login(site: Site) -> None:
    """Under another key, so that nobody has planted it."""
    browser = site.browser()
    browser.get("/basket?add=tea")
    planted = browser.cookies["sessionid"].value
    site.callback(browser)

    assert browser.get("/basket").text == "tea"
    assert browser.cookies["sessionid"].value != planted


ENDINGS = [
    *("/logout", "/leave", "/leave?local", "/async-leave", "/django-leave"),
    "/async-django-leave",
]


@pytest.mark.parametrize("path", ENDINGS)
def test_nothing_of_the_session_outlives_a_logout(site: Site, path: str) -> None:
    """Whichever way it is done."""
    browser = site.member("alice")
    browser.get("/basket?add=tea")
    former = browser.cookies["sessionid"].value
    answer = browser.get(path)

    assert answer.status in (200, 302)
    assert browser.get("/").text == "nobody -"
    assert browser.get("/basket").text == ""
    browser.keep(f"sessionid={former}")
    assert browser.get("/basket").text == ""


@pytest.mark.parametrize("how", ["callback", "/log-in", "/async-log-in"])
@pytest.mark.parametrize("is_over", [False, True])
def test_another_person_finds_nothing_of_the_session(
    site: Site, how: str, is_over: bool
) -> None:
    """Also where the login before has expired."""
    browser = site.member("alice")
    browser.get("/basket?add=tea")
    if is_over:
        kept = {n: c for n, c in browser.cookies.items() if "authrocket" not in n}
        browser.cookies = kept
    if how == "callback":
        site.callback(browser, "bob")
    else:
        assert browser.get(f"{how}?with={site.token('bob')}").text == "usr_bob usr_bob"

    assert browser.get("/basket").text == ""


@pytest.mark.parametrize("path", ["/leave?local", "/async-leave", "/django-leave"])
def test_nobody_is_there_after_a_logout_in_a_view(site: Site, path: str) -> None:
    """Neither to AuthRocket nor to Django, in the same request."""
    with override_settings(LOGIN_URL="/login"):
        answer = site.member("alice").get(path)

    if answer.status == 200:
        assert set(answer.text.split()) == {"None", "AnonymousUser"}
    else:
        assert answer.location.startswith(f"{site.realm.url}logout?")


def test_a_message_outlives_the_logout(site: Site) -> None:
    """What is said after it belongs to whoever is there next."""
    browser = site.member("alice")
    browser.get("/leave?local")

    assert "Good-bye" in browser.get("/page").text


def test_a_login_rotates_the_token_of_forms(realm: MemoryRealm) -> None:
    """As Django's own login does."""
    client = Client(headers=LOCAL, enforce_csrf_checks=True)
    come_in(realm, client=client)
    first = client.cookies["csrftoken"].value
    form = {"csrfmiddlewaretoken": first}

    assert client.post("/form").status_code == 403
    assert client.post("/form", form).status_code == 200
    come_in(realm, client=client)
    assert client.cookies["csrftoken"].value != first


# --- Templates ---------------------------------------------------------------------


def test_templates_know_who_is_there(site: Site) -> None:
    """Both users, Django's permissions, and the link helpers."""
    stranger, alice = site.browser().get("/page"), site.member("alice").get("/page")
    origin = "https://app.example"

    assert stranger.text.split() == [
        *("nobody", "-", "False"),
        *(f"{origin}/login?redirect_uri=%2Fpage", f"{origin}/logout"),
    ]
    assert alice.text.split()[:3] == ["alice@example.com", "alice@example.com", "False"]


def test_a_template_may_be_drawn_without_the_middleware() -> None:
    """An e-mail of a job has no visitor."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    assert render_to_string("page.html").split()[:2] == ["nobody", "-"]
    assert render_to_string("page.html", request=request).split()[0] == "nobody"


# --- Hosts and proxies -------------------------------------------------------------


def test_django_s_settings_say_what_a_proxy_may_say() -> None:
    """Links and cookies are those of the public address."""
    proxied = {"x-forwarded-proto": "https", "x-forwarded-host": "pub.example"}
    trusting = {
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        "USE_X_FORWARDED_HOST": True,
    }
    with override_settings(**trusting):
        answer = Client(headers=HTML).get("/plain", headers=proxied)
    unmoved = Client(headers=HTML).get("/plain", headers=proxied)

    assert "https%3A%2F%2Fpub.example%2Fplain" in answer["Location"]
    assert "__Host-authrocket.s" in answer.cookies
    assert "http%3A%2F%2Ftestserver%2Fplain" in unmoved["Location"]


@pytest.mark.parametrize("path", ["/plain", "/?token={token}", "/login", "/logout"])
def test_a_host_that_is_not_allowed_gets_no_link(
    path: str, realm: MemoryRealm, caplog: pytest.LogCaptureFixture
) -> None:
    """It is Django's to refuse, and no error of ours."""
    headers = HTML | {"host": "evil.example", "cookie": "authrocket=something"}
    with override_settings(ALLOWED_HOSTS=["good.example"]):
        answer = Client().get(path.format(token=realm.token()), headers=headers)

    assert answer.status_code == 400
    assert [record for record in caplog.records if record.name == "arware"] == []


# --- A realm in this process -------------------------------------------------------


@pytest.mark.parametrize("below", [[], [f"{django_project.__name__}.old_middleware"]])
@pytest.mark.parametrize("interface", INTERFACES)
def test_a_realm_is_a_setting(
    interface: str, below: list[str], tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Its forms pass Django's protection of forms, and its user is a local one."""
    threads: list[str] = []

    def hear(**_: Any) -> None:
        threads.append(threading.current_thread().name)

    connection_created.connect(hear)
    url = f"{CONFIGURED}/auth"
    with Realm(f"sqlite:///{tmp_path}/r", url=url, key=PEM, cheap_hashing=True) as one:
        one.add_user(ADA, PASSWORD)
        nothing: dict[str, Any] = dict.fromkeys(
            ("LOGINROCKET_URL", "AUTHROCKET_JWT_KEY", "AUTHROCKET_COOKIE_SECRET")
        )
        nothing |= {"AUTHROCKET_LOGINROCKET_URL": None}
        nothing |= {"MIDDLEWARE": [*MIDDLEWARE, *below]}
        with override_settings(AUTHROCKET_LOCAL_REALM=one, **nothing):
            browser = Browser(bare_handler(interface), CONFIGURED)
            answer = log_in(browser, "/plain")
            text = browser.click(answer.location).text
            browser.get("/")
            browser.click(browser.click("/logout").location)
            after = browser.get("/")
    connection_created.disconnect(hear)

    assert text == "ok"
    assert not any(name.startswith("arware") for name in threads)
    assert User.objects.get().email == ADA
    assert after.text == "nobody -"
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


class Reading:
    """A middleware of the project's own that reads the request before ours."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        self.read(request)
        return self.get_response(request)

    def read(self, request: Any) -> None:
        request.POST.get("x")


class Streaming(Reading):
    """One that leaves nothing to read."""

    def read(self, request: Any) -> None:
        request.read(1)


LOGIN_FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("reading", "content_type", "length", "status"),
    [
        (Reading, LOGIN_FORM, 1, 403),
        (Reading, MULTIPART_CONTENT, 1, 415),
        (Streaming, LOGIN_FORM, 1, 415),
        (None, MULTIPART_CONTENT, 1, 415),
        (None, LOGIN_FORM, 2_000_000, 413),
        (None, LOGIN_FORM, 3_000_000, 413),
    ],
)
def test_a_form_that_was_read_before_is_no_error_at_a_realm(
    reading: type | None,
    content_type: str,
    length: int,
    status: int,
    tmp_path: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A stranger may send of what kind they like, and of any length."""
    above = [] if reading is None else [f"{__name__}.{reading.__name__}"]
    url = f"{CONFIGURED}/auth"
    with (
        Realm(f"sqlite:///{tmp_path}/r", url=url, key=PEM, cheap_hashing=True) as one,
        override_settings(
            **dict.fromkeys(("AUTHROCKET_LOGINROCKET_URL", "AUTHROCKET_JWT_KEY")),
            AUTHROCKET_LOCAL_REALM=one,
            MIDDLEWARE=[*MIDDLEWARE[:-1], *above, OURS],
        ),
    ):
        client = Client(headers={"host": urlsplit(CONFIGURED).netloc})
        sent = encode_multipart(BOUNDARY, {"a": "b" * length})
        answer = client.generic("POST", "/auth/login", sent, content_type)

    assert answer.status_code == status
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


# --- Faults ------------------------------------------------------------------------


class OurSubclass(arware.django.Middleware):
    """A middleware of the project's own that derives from ours."""


def moved(path: str) -> list[str]:
    """Return the middlewares with *path* below ours."""
    return [*(one for one in MIDDLEWARE if one != path), path]


SUBCLASS = f"{OurSubclass.__module__}.OurSubclass"
FAULTY: list[tuple[str, dict[str, Any]]] = [
    ("arware.E001", {"AUTHROCKET_COOKIE_SECRET": "short"}),
    ("arware.E001", {"AUTHROCKET_RELM": "rl_1"}),
    ("arware.E002", {"MIDDLEWARE": [*MIDDLEWARE, OURS]}),
    ("arware.E002", {"MIDDLEWARE": [*MIDDLEWARE, SUBCLASS]}),
    ("arware.E003", {"MIDDLEWARE": moved(MIDDLEWARE[1])}),
    ("arware.E003", {"MIDDLEWARE": moved(MIDDLEWARE[4])}),
]
DOUBTFUL: list[tuple[str, dict[str, Any]]] = [
    ("arware.W001", {"MIDDLEWARE": MIDDLEWARE[:-1]}),
    ("arware.W002", {"AUTHENTICATION_BACKENDS": []}),
    ("arware.W003", {"LOGIN_URL": "/accounts/login/"}),
    ("arware.W003", {"LOGIN_URL": "no-such-view"}),
    ("arware.W004", {"ROOT_URLCONF": "tests.adapters.django_admin_only"}),
    ("arware.W005", {"AUTHROCKET_COOKIE_NAME": "shop"}),
]


def reported() -> set[str]:
    """Return the ids of what ``manage.py check`` says of us."""
    ids = {str(message.id) for message in run_checks()}
    return {id for id in ids if id.startswith("arware.")}


def test_a_project_that_is_right_is_told_nothing() -> None:
    """Nor one that uses the names of its views."""
    assert reported() == set()
    with override_settings(LOGIN_URL="enter"):
        assert reported() == set()


def test_an_admin_may_ask_for_passwords_where_they_are_taken() -> None:
    """By a backend beside ours."""
    backends = [BACKEND, "django.contrib.auth.backends.ModelBackend"]
    urls = "tests.adapters.django_admin_only"
    with override_settings(AUTHENTICATION_BACKENDS=backends, ROOT_URLCONF=urls):
        assert reported() == set()


@pytest.mark.parametrize(("id", "settings"), [*FAULTY, *DOUBTFUL])
def test_manage_py_check_reports_it(id: str, settings: dict[str, Any]) -> None:
    """Under an id, so that it can be silenced."""
    with override_settings(**settings):
        assert reported() == {id}


@pytest.mark.parametrize(("id", "settings"), FAULTY)
def test_faults_stop_the_application_at_start(
    id: str, settings: dict[str, Any]
) -> None:
    """Also where nobody ran the checks."""
    with override_settings(**settings), pytest.raises(ConfigurationError):
        bare_handler("wsgi")


def test_a_backend_without_its_table_is_a_fault() -> None:
    """It names the line to add; ``request.current_user`` needs none."""
    program = """
import sys
from django.conf import settings
settings.configure(
    AUTHENTICATION_BACKENDS=sys.argv[1:],
    AUTHROCKET_COOKIE_SECRET="k" * 40,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    LOGINROCKET_URL="https://example.e2.loginrocket.com/",
    MIDDLEWARE=["arware.django.Middleware"],
)
import django.core.wsgi
django.core.wsgi.get_wsgi_application()
"""
    words = [sys.executable, "-c", program]
    results = [
        subprocess.run([*words, *more], capture_output=True, text=True, check=False)
        for more in ([], [BACKEND])
    ]

    assert results[0].returncode == 0
    assert 'Add "arware.django" to INSTALLED_APPS' in results[1].stderr


def test_all_faults_are_told_at_once() -> None:
    """Each with its fix, and none with a secret."""
    faulty = {**FAULTY[0][1], **FAULTY[1][1], **FAULTY[2][1]}
    with override_settings(**faulty), pytest.raises(ConfigurationError) as caught:
        bare_handler("wsgi")

    names = {fault.setting for fault in caught.value.faults}
    assert names == {"cookie_secret", "AUTHROCKET_RELM", "MIDDLEWARE"}
    assert "Did you mean AUTHROCKET_REALM?" in str(caught.value)


def test_a_user_model_with_addresses_for_names_is_refused() -> None:
    """An address may become somebody else's."""
    model = get_user_model()
    former, model.USERNAME_FIELD = model.USERNAME_FIELD, "email"
    try:
        ids = reported()
        with pytest.raises(ConfigurationError, match="somebody else's"):
            bare_handler("wsgi")
    finally:
        model.USERNAME_FIELD = former

    assert "arware.E004" in ids


@pytest.mark.parametrize(
    ("field", "attribute", "value", "id"),
    [
        ("username", "max_length", 30, "arware.W006"),
        ("email", "unique", True, "arware.W007"),
    ],
)
def test_a_user_model_that_may_refuse_people_is_reported(
    field: str, attribute: str, value: object, id: str
) -> None:
    """An id may be too long for its names, or an empty address there already."""
    changed = User._meta.get_field(field)
    former = getattr(changed, attribute)
    setattr(changed, attribute, value)
    try:
        ids = reported()
    finally:
        setattr(changed, attribute, former)

    assert ids == {id}


def test_the_migration_makes_the_table_as_it_is() -> None:
    """Nothing is left for a project to make."""
    call_command("makemigrations", "arware", check=True, dry_run=True, verbosity=0)
