"""
Nobody learns who has an account: one table of all pages that are told a name (RQ-E1).

A page joins by a line in ``PAGES``, a state of accounts by one in ``PEOPLE``. Work is
counted, not timed: statements by what they do to which table, and hashes. A mail is a
row of the outbox, and so a statement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from functools import partial
from itertools import count
from typing import Any

import pytest

from arware.kit.authenticator import Authenticator
from arware.kit.web.csrf import FIELD
from arware.kit.web.request import PROTECTED
from arware.kit.web.walking import PostView, post_views

from ... import locking, tries
from ...app import configured
from ...features import FEATURES
from ...realm import Realm
from ..conftest import find
from ..statements import CountingPasswords, statements
from ..support import (
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    Clock,
    clock_of,
    member,
    need,
    plain,
    settings,
    sqlite_url,
    where_there,
)

#: A host name, so that there are passkeys.
URL = "http://localhost:8001"
YEAR = 366 * 86_400
RIGHT, WRONG = OTHER_PASSWORD, "a wrong password"

# --- Whom nobody may tell from nobody ----------------------------------------------

Change = Callable[[Realm, str], object]


def lock(realm: Realm, email: str) -> None:
    """Do what too many wrong passwords do."""
    about = tries.account(realm, find(realm, email), email)
    with realm.writing() as db:
        tries.lock(realm, db, about, realm.now, realm.now + YEAR)


def suspend(realm: Realm, email: str) -> None:
    """Do what an operator does."""
    caller = realm.operator()
    with realm.writing() as db:
        user = locking.lock(db, find(realm, email).id)
        realm.feature("suspension").suspend(realm, db, user, caller, "rude", 0)


def add_passkey(realm: Realm, email: str) -> None:
    """Add one, beside nothing else."""
    from ..passkeys.people import add

    add(realm, Authenticator(URL), member(realm, email))


#: How each is, and what happened then; by the feature that it takes, if it takes one.
PEOPLE: dict[str, tuple[str, dict[str, Any], Change]] = {
    "ordinary": ("", {}, lambda *_: None),
    "disabled": ("", {}, lambda realm, email: realm.set_user_state(email, "inactive")),
    "locked": ("", {}, lock),
    "suspended": ("suspension", {}, suspend),
    "closing": (
        "close_account",
        {},
        lambda realm, email: realm.feature("close_account").close(
            realm, member(realm, email)
        ),
    ),
    "without an address": ("", {"email": None}, lambda *_: None),
    "without a password": ("", {"password": None}, lambda *_: None),
    "unconfirmed": ("", {"email_verified": False}, lambda *_: None),
    "with a passkey only": ("passkeys", {"password": None}, add_passkey),
}
THERE = [who for who, (needed, *_) in PEOPLE.items() if needed in ("", *FEATURES)]

# --- What a stranger does, step by step --------------------------------------------

Steps = list[tuple[str, dict[str, str]]]

#: By the features that it takes; ``*`` is the name, an address has an ``@`` behind it.
PAGES: dict[str, tuple[str, Steps]] = {
    "login": ("password", [("/login", {"email": "*@", "password": WRONG})]),
    "login by name": ("password", [("/login", {"email": "*", "password": WRONG})]),
    "reset": ("reset", [("/password/reset", {"email": "*@"})]),
    "reset by name": ("reset", [("/password/reset", {"email": "*"})]),
    "unlock": ("lockout", [("/login/unlock", {"email": "*@"})]),
    "unlock by name": ("lockout", [("/login/unlock", {"email": "*"})]),
    "magic link": (
        "magic_link",
        [("/login/mail", {"email": "*@"}), ("/login/mail/code", {"code": "00000000"})],
    ),
    "another link": ("confirm", [("/email/confirm/ask", {"email": "*@"})]),
    "hints": ("hints signup confirm", [("/hints", {"email": "*@"})]),
    "sign-up": (
        "signup confirm",
        [
            ("/signup", {"email": "*@", "password": PASSWORD}),
            ("/email/confirm/wait", {}),
            ("/email/confirm/again", {}),
            ("/email/confirm/again", {}),
        ],
    ),
    "sign-up by passkey": ("passkeys signup", [("/signup/passkey", {"email": "*@"})]),
}
#: Where a page has the form that goes elsewhere.
FORMS = {"/hints": "/signup"}


def is_told_a_name(view: PostView) -> bool:
    """Tell whether a form has a field for an address or a user name."""
    fields = view.form.fields if view.form is not None else {}
    return any(
        name in ("email", "username") or "username" in field.autocomplete
        for name, field in fields.items()
    )


def test_the_table_has_every_page_that_strangers_tell_a_name() -> None:
    """Found by its form, so that a new one is not forgotten."""
    protected = configured().registry[PROTECTED]
    views = [one for one in post_views(configured()) if one.route not in protected]
    tried = {path for _, steps in PAGES.values() for path, _ in steps}

    assert {view.path for view in views if is_told_a_name(view)} <= tried


# --- The comparison ----------------------------------------------------------------


@pytest.fixture(scope="module", params=["default", "authkit"])
def realm(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Realm]:
    """Return a realm with each preset, in which all of them live."""
    database = sqlite_url(tmp_path_factory.mktemp("realm"))
    with inhabited(database, request.param) as realm:
        yield realm


def inhabited(database: str, preset: str) -> Realm:
    """Return a realm that confirms addresses, in which all of them live."""
    values: dict[str, Any] = where_there(
        confirm__mode="required",
        magic_link__enabled="true",
        usernames__mode="optional",
    )
    values |= {"url": URL, "preset": preset, "clock": Clock()}
    realm = Realm(settings(database, **values), migrate=True)
    for who in THERE:
        _, given, change = PEOPLE[who]
        name = name_of(who)
        email = f"{name}@example.com"
        usual = {"email": email, "username": name, "password": RIGHT}
        realm.add_user(**{**usual, "email_verified": True, **given})
        change(realm, email)
    realm.passwords = CountingPasswords(cheap=True)
    return realm


def name_of(who: str) -> str:
    """Return a name; all have one length, as the answers must have."""
    return f"known{list(PEOPLE).index(who)}"


#: Names of nobody. A sign-up makes somebody of one.
nobodies = (f"none{number:02}" for number in count())


@pytest.mark.parametrize("kind", ["HTML", "JSON"])
@pytest.mark.parametrize("page", PAGES)
def test_rq_e1_nobody_is_told_who_has_an_account(
    realm: Realm, page: str, kind: str
) -> None:
    """By no answer, and by no work (RQ-E2, RQ-T5, AK-B03, AK-B05, T71)."""
    features, steps = PAGES[page]
    for feature in features.split():
        need(feature)

    compare(realm, steps, kind, THERE)


@pytest.mark.parametrize("kind", ["HTML", "JSON"])
def test_rq_e1_the_right_password_tells_nothing_of_who_is_shut_out(
    realm: Realm, kind: str
) -> None:
    """Whoever has it from elsewhere sees what a wrong one shows for nobody."""
    need("password")
    shut_out = {"disabled", "locked", "suspended"}
    shut_out |= {"unconfirmed"} if "confirm" in FEATURES else set()
    steps = [("/login", {"email": "*@", "password": RIGHT})]

    compare(realm, steps, kind, [who for who in THERE if who in shut_out])


def test_rq_e1_it_is_so_on_each_database(database_url: str) -> None:
    """Where there are others than nobody who wait for what is undone, too."""
    need("reset")
    with inhabited(database_url, "default") as realm:
        compare(realm, PAGES["reset"][1], "JSON", THERE)


def compare(realm: Realm, steps: Steps, kind: str, people: list[str]) -> None:
    """Do the same in the name of nobody, and of each of *people*."""
    clock_of(realm).forward(minutes=25 * 60)
    names = [next(nobodies), *map(name_of, people)]
    unknown, *known = (
        list(journey(realm, steps, kind, name, at)) for at, name in enumerate(names)
    )
    for who, seen in zip(people, known, strict=True):
        assert (who, seen) == (who, unknown)


def journey(
    realm: Realm, steps: Steps, kind: str, name: str, at: int
) -> Iterator[tuple[Any, ...]]:
    """Take all *steps*, from an address of one's own; yield what each shows."""
    where = {"HTTP_HOST": "localhost:8001", "REMOTE_ADDR": f"203.0.113.{at}"}
    browser, first = Browser(realm, where), steps[0][0]
    app, token = browser.app, ""
    if kind == "HTML":
        page = app.get(FORMS.get(first, first))
        token = page.text.partition(f'name="{FIELD}" value="')[2].partition('"')[0]
    for path, fields in steps:
        typed = {name_: filled(text, name) for name_, text in fields.items()}
        if token:
            ask = partial(app.post, path, {**typed, FIELD: token}, status="*")
        else:
            own = {"Origin": URL}
            ask = partial(app.post_json, path, typed, headers=own, status="*")
        answer = yield from shown(realm, ask, name)
        if answer.status_int == 303:
            yield from shown(realm, partial(app.get, answer.location), name)


def filled(text: str, name: str) -> str:
    """Return what is typed into a field."""
    return text.replace("*@", f"{name}@example.com").replace("*", name)


def shown(
    realm: Realm, ask: Callable[[], Any], name: str
) -> Generator[tuple[Any, ...], None, Any]:
    """Yield all that an answer tells, and the work that it took; return the answer."""
    hasher = realm.passwords
    assert isinstance(hasher, CountingPasswords)
    hasher.count = 0
    with statements(realm) as found:
        answer = ask()
    lengths = sorted(map(len, answer.headers.getall("Set-Cookie")))
    told = str(plain(answer)).replace(name, "*")
    # In any order: what is done for nobody is undone later.
    yield told, lengths, hasher.count, sorted(map(kind_of, found))
    return answer


def kind_of(statement: str) -> str:
    """Return what a statement does, and to which table."""
    verb, _, rest = statement.partition(" ")
    return " ".join([verb, *re.findall(r"\bar_\w+", rest)[:1]])
