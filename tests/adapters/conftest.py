"""What the tests of the adapters share: a served realm, a clock, a site to visit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

import pytest

from arware.testing import Browser, MemoryRealm
from arware.testing._calls import Response

from .django_host import set_up
from .hosts import HOSTS, Host
from .tornado_host import BEYOND

# Before a test imports what needs Django's settings.
set_up()

#: Where the sites of the suite live unless a test says otherwise.
ORIGIN = "https://app.example"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Deselect what a framework cannot do, or does by itself."""
    beyond = tuple(name for names in BEYOND.values() for name in names)
    left_out = [item for item in items if item.name.startswith(beyond)]
    items[:] = [item for item in items if not item.name.startswith(beyond)]
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture(autouse=True)
def _unhurried(request: pytest.FixtureRequest) -> None:
    """Let no busy machine decide, but where a deadline is what a test is about."""
    if "deadline" not in request.keywords:
        request.getfixturevalue("patience")


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass."""
        self.now += seconds


@dataclass
class Site:
    """An application behind an adapter, with all that a test needs to visit it."""

    app: Any
    host: Host
    realm: MemoryRealm
    clock: Clock

    def browser(self, origin: str = ORIGIN, **options: Any) -> Browser:
        """Return a fresh browser."""
        return Browser(self.app, origin, clock=self.clock, **options)

    def token(self, user: str = "alice", **claims: Any) -> str:
        """Return a token made just now."""
        return self.realm.token(user, **claims)

    def callback(
        self,
        browser: Browser,
        user: str = "alice",
        path: str = "/",
        **claims: Any,
    ) -> Response:
        """Let *browser* come back from a login that it began, with *user*'s token."""
        start = browser.get(f"/login?redirect_uri={quote(browser.mount + path)}")
        assert start.status == 302, start
        return browser.come_back(start, self.token(user, **claims))

    def member(
        self, user: str = "alice", origin: str = ORIGIN, mount: str = "", **claims: Any
    ) -> Browser:
        """Return a browser in which *user* is logged in."""
        browser = self.browser(origin, mount=mount)
        answer = self.callback(browser, user, **claims)
        assert answer.status == 303, answer
        return browser

    def target_of(self, answer: Response) -> str:
        """Return where the redirect *answer* leads, as an absolute URL."""
        return urljoin(answer.url, answer.location)

    def is_login(self, answer: Response) -> bool:
        """Tell whether *answer* sends the browser to the login page."""
        return answer.status == 302 and answer.location.startswith(
            self.realm.url + "login?redirect_uri="
        )


def logins(browser: Browser) -> dict[str, Any]:
    """Return the cookies of *browser* but for the one that tells browsers apart."""
    return {n: kept for n, kept in browser.cookies.items() if not n.endswith(".s")}


SiteMaker = Callable[..., Site]


@pytest.fixture(scope="session")
def served_realm() -> Iterator[MemoryRealm]:
    """Serve one realm, and so one key, to the whole run."""
    realm = MemoryRealm()
    with realm.serve():
        yield realm


@pytest.fixture
def clock(served_realm: MemoryRealm) -> Clock:
    """Return the clock that realm, adapters and browsers of one test share."""
    clock = Clock()
    served_realm.clock = clock
    return clock


@pytest.fixture
def realm(served_realm: MemoryRealm, clock: Clock) -> MemoryRealm:
    """Return the served realm, on this test's clock."""
    return served_realm


@pytest.fixture
def make_site(realm: MemoryRealm, clock: Clock) -> Callable[..., Site]:
    """Return a maker of sites on any host."""

    def make(host: Host, **adapter: Any) -> Site:
        app = host.build(**realm.settings(clock=clock) | adapter)
        return Site(app, host, realm, clock)

    return make


@pytest.fixture(params=HOSTS, ids=str)
def adapter(
    request: pytest.FixtureRequest, make_site: Callable[..., Site]
) -> SiteMaker:
    """Return a maker of sites, once for every host; it takes an adapter's keywords."""
    return lambda **keywords: make_site(request.param, **keywords)


@pytest.fixture
def site(adapter: SiteMaker) -> Site:
    """Return a site with the settings that everybody has, once for every host."""
    return adapter()
