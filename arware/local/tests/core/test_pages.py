"""Every page serves, whichever features take part."""

from __future__ import annotations

from pathlib import Path

import pytest

from arware.kit.web.walking import page_paths

from ...app import configured
from ...features import FEATURES
from ...realm import Realm
from ..operators import Guarded, add_operator, enter
from ..support import ADA, PASSWORD, Browser, Clock, need, settings, sqlite_url


@pytest.mark.parametrize("who", ["nobody", "a member"])
@pytest.mark.parametrize("path", sorted(page_paths(configured())))
def test_a_page_serves(
    realm: Realm,
    browser: Browser,
    path: str,
    who: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is drawn, leads somewhere, or says what is wrong; none is missing (AK-B19)."""
    if who == "a member" and "password" in FEATURES:
        browser.log_in(ADA, PASSWORD)
    caplog.clear()
    answer = browser.get(path, "*")

    assert answer.status_int < 500 or answer.status_int == 501
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_each_page_of_a_member_has_the_way_out(tmp_path: Path, clock: Clock) -> None:
    """Whoever is logged in can log out at once (RQ-S9)."""
    with Guarded(settings(sqlite_url(tmp_path), clock=clock)) as realm:
        add_operator(realm)
        browser = enter(realm)
        paths = page_paths(configured(), of_members=True)
        drawn = {path: browser.get(path, "*") for path in paths}

    seen = {path: page.text for path, page in drawn.items() if page.status_int == 200}
    assert {path for path, page in drawn.items() if page.status_int == 403} == set()
    assert [path for path, text in seen.items() if "/logout" not in text] == []


@pytest.mark.parametrize(
    ("feature", "path"),
    [
        ("password", "/login"),
        ("reset", "/password/reset"),
        ("lockout", "/login/unlock"),
    ],
)
def test_a_form_is_filled_in_by_the_way_there(
    realm: Realm, feature: str, path: str
) -> None:
    """With whom it names, and no more of that than an address may have."""
    need(feature)
    page = Browser(realm).get(f"{path}?login_hint={'x' * 300}")

    assert page.form["email"].value == "x" * 254
