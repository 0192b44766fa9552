"""
Every field of every form, found from the forms themselves, takes whatever is typed.

Each string of the corpora is typed somewhere, and each field gets strings of each
class, as a form and as JSON: no 5xx, nothing in the error log, nothing executed by a
page or a mail, no header and no line of the log that somebody else has written.
"""

from __future__ import annotations

import json
import logging
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from itertools import count, cycle, islice, product
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

import pytest

from arware.kit.web.csrf import FIELD, make_token
from arware.kit.web.joining import joined
from arware.kit.web.request import PROTECTED
from arware.kit.web.walking import PostView, page_paths, post_views
from arware.local import Realm, sessions
from arware.local.app import configured
from arware.local.models import User
from arware.local.tests.mailbox import letters
from arware.local.tests.operators import Guarded, add_operator, enter
from arware.local.tests.support import clock_of, cookie_of, settings
from tests.local.support import PASSWORD, URL, Clock

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t77

BROWSER = "b" * 43
#: What would be an element, or an attribute, if it were not escaped.
MARKUP = re.compile(r"<\w|['\"]\s*\w+=")
KINDS = {"form": "application/x-www-form-urlencoded", "JSON": "application/json"}
#: What else goes with a field, so that the flow is reached.
USUAL = {"current_password": PASSWORD, "password": PASSWORD, "new_password": PASSWORD}

# --- The strings -------------------------------------------------------------------

OURS = [
    "\x00",
    "a\x00b",
    "\r\nSet-Cookie: x=y",
    "a\nERROR forged",
    "\ud800",
    "x" * 60_000,
    "é" * 1000,
    "{{ 7 * 7 }}${7*7}%(x)s{x}",
]
#: Each string is of the first class that it matches.
CLASSES = {
    "long": r"(?s).{300,}",
    "control": r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]",
    "direction": r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]",
    "template": r"\{\{|\$\{|%[sdnx(]|<%",
    "markup": r"<.*>",
    "address": r"[^\s@]+@[^\s@]+",
    "quoting": r"['\"`;]",
    "path": r"\.\./|/|\\",
    "astral": r"[\U00010000-\U0010ffff]",
    "foreign": r"[^\x00-\x7f]",
    "number": r"^[-+]?[\d.,$eE]+$",
    "blank": r"^\s*$",
    "word": r"",
}
#: What JSON can hold beside texts.
ODD: list[Any] = [1, 1.5e300, True, [], {}, ["x"], {"x": "y"}, "x" * 66_000]


def class_of(text: str) -> str:
    """Return the class of a string."""
    return next(name for name, sign in CLASSES.items() if re.search(sign, text))


@pytest.fixture(scope="module")
def strings(corpora: Path) -> list[str]:
    """Return the naughty strings, odd addresses, and some of our own."""
    naughty = json.loads((corpora / "strings" / "blns.json").read_text("utf-8"))
    tests = ET.parse(corpora / "emails" / "isemail-tests.xml").iter("test")
    addresses = [test.findtext("address") or "" for test in tests]
    return list(dict.fromkeys([*naughty, *addresses, *OURS]))


def by_class(strings: list[str]) -> dict[str, list[str]]:
    """Return the strings of each class."""
    found: dict[str, list[str]] = {}
    for text in strings:
        found.setdefault(class_of(text), []).append(text)
    return found


def test_each_class_has_strings(strings: list[str]) -> None:
    """Otherwise fields would seem to be tried with what they are not."""
    assert set(by_class(strings)) == set(CLASSES)


# --- The fields --------------------------------------------------------------------


def fields_of(view: PostView) -> list[str]:
    """Return the names of all fields of a view, those that features add as well."""
    if view.form is None:
        return []
    added = joined(configured().registry).fields.get(view.form.open_to, {})
    return list(dict.fromkeys([*view.form.fields, *added]))


VIEWS = [view for view in post_views(configured()) if fields_of(view)]


class Visitor:
    """An operator, to whom every page is open, and who has always just logged in."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.places = (f"2001:db8:{number:x}::1" for number in count(1))

    def enter(self) -> None:
        """Log in anew, from a network of one's own, when no wait is left."""
        clock_of(self.realm).forward(minutes=61)
        self.app = enter(self.realm).app
        self.app.extra_environ["REMOTE_ADDR"] = next(self.places)
        self.app.cookiejar.set_cookie(cookie_of("arrealm_form", BROWSER))

    def token(self, view: PostView) -> str:
        """Return what the form of a page carries."""
        cookie, now = self.app.cookies["arrealm"], self.realm.now
        visitor = sessions.current(self.realm, cookie, now)
        assert visitor is not None
        key, realm = visitor.session.id, self.realm
        asked: Any = SimpleNamespace(realm=realm, browser=BROWSER, session_key=key)
        is_protected = view.route in configured().registry[PROTECTED]
        return make_token(asked, "session" if is_protected else "browser")

    def send(self, view: PostView, fields: Mapping[str, Any], kind: str) -> Any:
        """Send *fields*, halves of pairs and all."""
        self.enter()
        if kind == "JSON":
            body = json.dumps(fields).encode()
        else:
            whole = {**fields, FIELD: self.token(view)}
            body = "&".join(
                f"{name}={quote_plus(text.encode('utf-8', 'surrogatepass'))}"
                for name, text in whole.items()
            ).encode()
        headers = {"Content-Type": KINDS[kind], "Origin": URL}
        return self.app.post(view.path, body, headers=headers, status="*")


# --- What must not come of it ------------------------------------------------------


class Dangers(HTMLParser):
    """What a page would execute, or lead to by a scheme that executes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes of an element."""
        self._is_script = tag == "script"
        for name, value in attrs:
            is_code = name.startswith("on") or name == "srcdoc"
            target = (value or "").strip().lower()
            is_url = name in ("href", "src", "action", "formaction")
            if is_code or (is_url and re.match(r"(?!https?:|mailto:)[^/?#]*:", target)):
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        """Look at the text of a script."""
        if self._is_script and data.strip():
            self.found.append(f"script {data}")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._is_script = False


def faults_of(answer: Any, texts: Iterable[Any]) -> list[str]:
    """Return what is wrong with an answer to *texts*."""
    status = answer.status_int
    # 501 says the one page of AuthRocket's API that a realm does not have.
    faults = [f"status {status}"] if status >= 500 and status != 501 else []
    faults += ["no proof"] if status == 403 and "has expired" in answer.text else []
    faults += [
        f"header {name}: {value}"
        for name, value in answer.headers.items()
        if not value.isprintable() or value == "x=y"
    ]
    is_page = answer.content_type == "text/html"
    return [*faults, *(unescaped(answer.text, texts) if is_page else ())]


def unescaped(body: str, texts: Iterable[Any]) -> list[str]:
    """Return what a page or a mail would execute, or has as it was typed."""
    as_typed = [
        f"unescaped: {text}"
        for text in texts
        if isinstance(text, str) and MARKUP.search(text) and text.strip() in body
    ]
    return [*Dangers(body).found, *as_typed]


def log_faults(records: Iterable[logging.LogRecord]) -> list[str]:
    """Return the lines of the log that are errors, or that somebody has forged."""
    lines = [(one.levelno, one.getMessage()) for one in records]
    return [
        line
        for level, line in lines
        if level >= logging.ERROR or not line.isprintable() or "forged" in line
    ]


# --- The walk ----------------------------------------------------------------------


def typed(strings: list[str]) -> Iterator[tuple[PostView, dict[str, Any], str]]:
    """Yield what is sent where: each field gets each class, each string a field."""
    kinds = cycle(KINDS)
    classes = {name: cycle(some) for name, some in by_class(strings).items()}
    seen = set()
    for view in VIEWS:
        names = fields_of(view)
        usual = {name: USUAL.get(name, "x@example.com") for name in names}
        for name, some in product(names, classes.values()):
            text = next(some)
            seen.add(text)
            yield view, {**usual, name: text}, next(kinds)
        for odd in ODD:
            yield view, {**usual, names[-1]: odd}, "JSON"
    rest = (text for text in strings if text not in seen)
    for view in cycle(VIEWS):
        names = fields_of(view)
        texts = list(islice(rest, len(names)))
        if not texts:
            return
        yield view, dict(zip(names, texts, strict=False)), next(kinds)


def test_whatever_is_typed(
    database_url: str, strings: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """On SQLite all of it, on PostgreSQL each tenth (RQ-C7)."""
    caplog.set_level(logging.INFO)
    step = 1 if database_url.startswith("sqlite") else 10
    faults: dict[Any, list[str]] = {}

    def note(place: Any, wrong: list[str]) -> None:
        wrong += log_faults(caplog.records)
        caplog.clear()
        if wrong:
            faults[place] = wrong

    with inhabited(database_url) as realm:
        visitor = Visitor(realm)
        caplog.clear()
        for view, fields, kind in islice(typed(strings), 0, None, step):
            answer = visitor.send(view, fields, kind)
            place = view.route, kind, str(fields)[:300]
            note(place, faults_of(answer, fields.values()))
        for path in sorted(set(page_paths(configured()))):
            visitor.enter()
            note(path, faults_of(visitor.app.get(path, status="*"), strings))
        sent = letters(realm)
    for mail in sent:
        wrong = [] if mail.subject.isprintable() else [mail.subject]
        note(mail.subject, wrong + unescaped(mail.html, strings))

    assert faults == {}
    assert sent


def inhabited(database: str) -> Realm:
    """Return a realm with all its pages, and an operator, to whom they are open."""
    values: dict[str, Any] = {
        "clock": Clock(),
        "magic_link.enabled": "true",
        "usernames.mode": "optional",
        "confirm.mode": "soft",
    }
    realm = Guarded(settings(database, **values), migrate=True)
    user_id = add_operator(realm)
    with realm.writing() as db:
        hashed = realm.passwords.hash(PASSWORD)
        db.get_one(User, user_id).password_hash = hashed
    return realm
