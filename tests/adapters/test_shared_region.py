"""Several processes and one region: out in one is out in all."""

from __future__ import annotations

import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import redis

from arware.testing import Browser
from tests import services
from tests.patience import PATIENCE, until_told

from .conftest import Site, SiteMaker
from .hosts import HOST

# A region lives as long as its process, so nobody closes its sockets but these tests.
pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning",
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning",
)

PAIRS = [
    ("wsgi", "asgi"),
    ("asgi", "pyramid"),
    ("pyramid", "bottle"),
    ("bottle", "wsgi"),
]


@pytest.fixture(scope="module", autouse=True)
def _leave_no_sockets() -> Iterator[None]:
    """Let go of all regions before the next module's warnings are errors again."""
    before = set(threading.enumerate())
    yield

    def are_gone() -> bool:
        gc.collect()
        threads = set(threading.enumerate()) - before
        return not any(thread.name.startswith("arware") for thread in threads)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Threads end, and with them what they held. It is no test: if one does not,
        # what it holds may still be let go in peace.
        with suppress(TimeoutError):
            services.wait_until(are_gone, 20, "the threads to end")
        gc.collect()


@pytest.fixture(autouse=True)
def _leave_no_sites(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let go of the sites of a test as soon as it is over."""
    yield
    request.node.funcargs.clear()


@pytest.fixture(params=["redis", "memcached"])
def cache(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the configuration of a region in a real server."""
    if request.param == "redis":
        service = request.getfixturevalue("redis_service")
        return {"backend": "dogpile.cache.redis", "arguments.url": service.url}
    service = request.getfixturevalue("memcached_service")
    return {"backend": "dogpile.cache.pymemcache", "arguments.url": service.url}


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(
    request: pytest.FixtureRequest,
    make_site: SiteMaker,
    cache: dict[str, str],
    patience: None,
) -> tuple[Site, Site]:
    """Return two sites that share secret and region, as two processes would."""
    one, two = (make_site(HOST[name], cache=cache) for name in request.param)
    return one, two


def same_browser(browser: Browser, site: Site) -> Browser:
    """Return *browser* at another process of the same site."""
    other = site.browser()
    other.cookies = dict(browser.cookies)
    return other


def eventually(check: Callable[[], bool]) -> None:
    """Wait for what happens behind the answer."""
    services.wait_until(check, PATIENCE, "the region to know")


@pytest.mark.parametrize("how", ["/logout", "/logout-by-app", "/logout-fully"])
def test_t34_a_logout_is_seen_within_thirty_seconds(
    pair: tuple[Site, Site], how: str
) -> None:
    """A process that knows the login asks the region again after 30 s."""
    one, two = pair
    here = one.member("alice")
    there = same_browser(here, two)

    assert there.get("/").json()["user"] == "usr_alice"

    here.get(how)
    two.clock.advance(31)

    def is_out() -> bool:
        two.clock.advance(31)
        return there.get("/").json()["user"] is None

    eventually(is_out)


def test_t34_a_logout_is_seen_at_once_at_first_sight(pair: tuple[Site, Site]) -> None:
    """A process that has never seen the login asks before it lets it in."""
    one, two = pair
    here = one.member("alice")
    there = same_browser(here, two)
    here.get("/logout")
    until_told()
    answer = there.get("/")

    assert answer.json()["user"] is None
    assert answer.json()["reason"] == "revoked"


def test_f8_a_clock_that_was_set_back_hides_no_logout(pair: tuple[Site, Site]) -> None:
    """What was asked an hour later than now is asked again."""
    one, two = pair
    here = one.member("alice", lifetime=7200)
    there = same_browser(here, two)
    two.clock.advance(3600)
    assert there.get("/").json()["user"] == "usr_alice"

    two.clock.advance(-3600)
    here.get("/logout")
    until_told()

    assert there.get("/").json()["reason"] == "revoked"


def test_other_logins_of_the_user_stand(pair: tuple[Site, Site]) -> None:
    """What ends is one login, not the user, nor AuthRocket's session id."""
    one, two = pair
    here = one.member("alice", sid="kss_same")
    other = two.member("alice", sid="kss_same")
    here.get("/logout")
    two.clock.advance(31)

    assert other.get("/").json()["user"] == "usr_alice"


@pytest.mark.usefixtures("patience")
def test_t27_neither_keys_nor_tokens_are_in_the_region(
    make_site: SiteMaker, redis_service: services.Service
) -> None:
    """Who can read it learns nothing that logs in, who can write it mints nobody."""
    configuration = {
        "backend": "dogpile.cache.redis",
        "arguments.url": redis_service.url,
    }
    site = make_site(HOST["wsgi"], cache=configuration)
    token = site.token()
    browser = site.browser()
    browser.arrive("/", token, referer=site.realm.url)
    browser.get("/")
    browser.get("/logout")
    until_told()
    with redis.Redis.from_url(redis_service.url) as client:
        names = client.keys()
        stored = b"\n".join(names) + b"\n".join(client.get(name) for name in names)

    assert names
    assert token.encode() not in stored
    assert token.split(".")[1].encode() not in stored
    assert site.realm.kid.encode() not in stored
    assert site.realm.jwks()["keys"][0]["n"][:40].encode() not in stored
    assert b"usr_alice" not in stored


@pytest.fixture
def own_redis() -> Iterator[services.Service]:
    """Run a Redis that a test may treat badly."""
    with services.redis() as service:
        yield service


@pytest.mark.deadline
@pytest.mark.parametrize("host", ["wsgi", "asgi"])
@pytest.mark.parametrize("fate", ["killed", "frozen"])
def test_t61_a_broken_region_costs_time_and_nothing_else(
    make_site: SiteMaker, own_redis: services.Service, host: str, fate: str
) -> None:
    """Known users stay known, logins and logouts work, while it never answers."""
    configuration: dict[str, Any] = {
        "backend": "dogpile.cache.redis",
        "arguments.url": own_redis.url,
    }
    site = make_site(HOST[host], cache=configuration)
    alice, bob = site.member("alice"), site.member("bob")
    alice.get("/")
    (own_redis.kill if fate == "killed" else own_redis.freeze)()
    for _ in range(20):
        site.clock.advance(31)
        assert alice.get("/").json()["user"] == "usr_alice"
    copy = {"Cookie": bob.cookie_header()}

    assert site.member("carol").get("/").json()["user"] == "usr_carol"
    assert bob.get("/logout").status == 302
    assert site.browser().get("/", headers=copy).json()["reason"] == "revoked"

    # Nobody has to be told of a logout whose token has ended.
    site.clock.advance(365 * 86_400)
