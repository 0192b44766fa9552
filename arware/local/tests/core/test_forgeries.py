"""That no other site can do anything in the name of somebody who is logged in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from arware.kit.web.walking import (
    PostView,
    forgeries,
    open_views,
    page_paths,
    post_views,
)

from ...app import configured
from ...models import Base, EventRow, User
from ...realm import Realm
from ..operators import Guarded, add_operator, enter
from ..support import Clock, settings, sqlite_url

VIEWS = post_views(configured())

#: Views that read no cookie, and so need no proof.
WITHOUT_COOKIES = {"api", "api_below"}


@pytest.fixture
def realm(tmp_path: Path, clock: Clock) -> Iterator[Realm]:
    """Return a realm with an operator, to whom every page is open."""
    with Guarded(settings(sqlite_url(tmp_path), clock=clock)) as realm:
        add_operator(realm)
        yield realm


def counted(realm: Realm) -> dict[str, Any]:
    """Return how many rows each table has, and when people were changed."""
    with realm.reading() as db:
        rows = {
            table.name: db.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }
        events = db.scalars(select(EventRow.type)).all()
        people = db.execute(select(User.id, User.email, User.credential_version)).all()
    return {"rows": rows, "events": events, "people": people}


def test_the_walk_finds_the_pages_that_change_something() -> None:
    """There is at least the way out, and only programs' views need no proof."""
    assert "logout" in {view.route for view in VIEWS}
    assert open_views(configured()) <= WITHOUT_COOKIES


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.route)
def test_no_page_takes_a_forgery(realm: Realm, view: PostView) -> None:
    """It is refused before anything is looked at, and nothing has changed (RQ-C3)."""
    browser = enter(realm)
    before = counted(realm)

    statuses = {
        forgery.name: browser.app.post(
            view.path, forgery.body, headers=dict(forgery.headers), status="*"
        ).status_int
        for forgery in forgeries(view)
    }

    assert statuses == dict.fromkeys(statuses, 403) | {"JSON as text": 415}
    assert counted(realm) == before


def test_rq_c4_a_page_that_is_opened_changes_nothing(realm: Realm) -> None:
    """Not by a link on another site, whoever follows it (AK-B01)."""
    browser = enter(realm)
    before = counted(realm)
    for path in sorted(page_paths(configured())):
        browser.get(path, "*", **{"Sec-Fetch-Site": "cross-site"})
        assert (path, counted(realm)) == (path, before)
