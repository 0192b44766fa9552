"""``/dev/mailbox``: mails for whoever develops, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from ... import mail
from ...models import MailRow
from ...realm import Realm
from ..support import HOST, SECRET, URL, Browser, Clock

TEXT = """{% extends "mail.txt" %}
{% block subject %}{{ subject }}{% endblock %}
{% block text %}
Open this:
{{ link("login", token="t1") }}

{{ said }}
{% endblock %}
"""

Make = Callable[..., Realm]


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """Return a team's folder of templates, with a mail."""
    folder = tmp_path / "templates" / "hello"
    folder.mkdir(parents=True)
    (folder / "mail.txt").write_text(TEXT, "utf-8")
    return folder.parent


def write(realm: Realm, subject: str = "Hello", said: str = "") -> None:
    """Write a mail."""
    values = {"subject": subject, "said": said}
    with realm.writing() as db:
        mail.write(realm, db, "ada@example.com", "hello/mail", realm.now, **values)


def here(realm: Realm, **environ: str) -> Browser:
    """Return a browser on this machine."""
    return Browser(realm, {"REMOTE_ADDR": "127.0.0.1", **environ})


def status(realm: Realm, **environ: str) -> int:
    """Return how the page answers a request like that."""
    answer = here(realm, **environ).get("/dev/mailbox", status="*")
    code: int = answer.status_int
    return code


def test_mails_are_shown_newest_first(
    make: Make, templates: Path, clock: Clock
) -> None:
    """With whom they are for, and when they were written."""
    realm = make(templates=templates)
    write(realm, "First")
    clock.forward(minutes=1)
    write(realm, "Second")
    page = here(realm).get("/dev/mailbox")

    assert [title.text for title in page.html.find_all("h2")] == ["Second", "First"]
    assert "ada@example.com" in page.text
    assert "Jan 15, 2027, 08:01 UTC" in page.text


def test_links_work(make: Make, templates: Path) -> None:
    """They lead to the page that they are for, on the port that was asked."""
    realm = make(templates=templates)
    write(realm)
    browser = here(realm)
    page = browser.get("/dev/mailbox")
    browser.get(page.html.find("a", string=re.compile("token"))["href"])

    assert f'href="{URL}/login?token=t1"' in page.text
    moved = here(realm, HTTP_HOST="localhost:9").get("/dev/mailbox")
    assert 'href="http://localhost:9/login?token=t1"' in moved.text


def test_what_a_mail_says_is_only_text(make: Make, templates: Path) -> None:
    """No markup, and no link that is not the realm's own."""
    realm = make(templates=templates)
    said = f"<b>bold</b>\nhttps://evil.example/\n{URL}.evil.example/"
    write(realm, "<i>", said)
    page = here(realm).get("/dev/mailbox")

    assert page.html.find("b") is None
    assert page.html.find("i") is None
    hrefs = [link["href"] for link in page.html.main.find_all("a")]
    assert hrefs == [f"{URL}/login?token=t1", f"{URL}/"]


def test_an_empty_mailbox_says_so(make: Make) -> None:
    """Whoever looks too early knows that the page is the right one."""
    assert "no messages yet" in here(make()).get("/dev/mailbox").text


def test_a_mail_that_cannot_be_opened_is_no_fault(make: Make, templates: Path) -> None:
    """A secret that was thrown away takes the mails with it, not the page."""
    write(make(templates=templates))
    realm = make(templates=templates, secret=f"{SECRET}-but-another-one")

    assert "cannot be read any more" in here(realm).get("/dev/mailbox").text


def test_mails_that_were_sent_are_not_shown(make: Make, templates: Path) -> None:
    """They have no body any more."""
    realm = make(templates=templates)
    write(realm)
    with realm.writing() as db:
        db.execute(update(MailRow).values(state="sent", body=None))

    assert "no messages yet" in here(realm).get("/dev/mailbox").text


@pytest.mark.parametrize(
    "settings",
    [
        {"mail.host": "localhost", "mail.sender": "a@b.example"},
        {"url": "https://acme.example", "cheap_hashing": False},
    ],
    ids=["mail server", "public"],
)
def test_t42_there_is_no_mailbox_where_mails_matter(
    make: Make, settings: dict[str, Any]
) -> None:
    """Neither with a mail server, nor at an address that others reach."""
    assert status(make(**settings)) == 404


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_HOST": "evil.example:8001"},
        {"HTTP_HOST": "127.0.0.1.evil.example"},
        {"HTTP_HOST": ""},
        {"HTTP_HOST": "0.0.0.0:8001"},
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": "::ffff:192.0.2.7"},
        {"REMOTE_ADDR": "unknown"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
    ids=str,
)
def test_t42_only_this_machine_sees_mails(make: Make, environ: dict[str, str]) -> None:
    """Not another site's page that calls us by its name, and nobody behind a proxy."""
    realm = make()
    assert status(realm, HTTP_HOST=HOST, REMOTE_ADDR="127.0.0.1") == 200

    assert status(realm, **({"REMOTE_ADDR": "127.0.0.1"} | environ)) == 404


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "", "127.3.2.1"])
def test_this_machine_is_known_by_each_of_its_addresses(make: Make, peer: str) -> None:
    """A unix socket has none."""
    assert status(make(), REMOTE_ADDR=peer) == 200
