"""One session that logs in again and again: what is remembered is bounded (4.5)."""

from __future__ import annotations

from .conftest import Site, logins

#: Beyond so many ended logins of one session the whole session is over.
MOST = 100


def log_in_often(site: Site, token: str, times: int) -> list[int]:
    """Come back with one token so many times; return the statuses of the callbacks."""
    browser = site.browser()
    return [browser.arrive("/", token, site=None).status for _ in range(times)]


def test_f13_many_logins_of_one_session_end_the_session(site: Site) -> None:
    """What is remembered would grow without end; a session's id is one entry."""
    token = site.token("alice", sid="kss_again")
    other = site.member("alice", sid="kss_other")
    another = site.browser()
    another.arrive("/", token, site=None)
    statuses = log_in_often(site, token, 3 * MOST)

    assert statuses[:MOST] == [303] * MOST
    assert set(statuses[MOST + 2 :]) == {200}
    assert another.get("/").json()["reason"] == "revoked"
    assert other.get("/").json()["user"] == "usr_alice"


def test_f13_coming_back_with_it_ends_on_a_page(site: Site) -> None:
    """LoginRocket would hand the same session out again, so it is told to ask."""
    token = site.token("alice", sid="kss_again")
    log_in_often(site, token, MOST + 2)
    browser = site.browser()
    begun = browser.get("/private")
    page = browser.come_back(begun, token)

    assert page.status == 401
    assert not page.location
    assert "revoked" in page.text
    assert "prompt=login" in page.text
    assert logins(browser) == {}


def test_f13_a_new_session_of_the_user_logs_in(site: Site) -> None:
    """What is over is that session, not the person."""
    log_in_often(site, site.token("alice", sid="kss_again"), MOST + 2)

    assert site.member("alice").get("/private").json()["user"] == "usr_alice"
