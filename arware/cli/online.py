"""``arware check --online``: what only the network can tell."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies

from arware.errors import KeysUnavailable
from arware.settings import Fault, fault_of

from .source import keys_of
from .terminal import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arware.settings import Settings

#: How long the key host may take to tell the time, in seconds.
PATIENCE = 5


def look(settings: Settings) -> tuple[list[Fault], list[str]]:
    """Return why the keys of *settings* cannot verify anything, and what was found."""
    try:
        keys, place = keys_of(settings)
    except KeysUnavailable as error:
        fix = (
            "Copy the LoginRocket URL from AuthRocket, and let this host reach it: "
            "proxies of the environment are not used. If a private authority made its "
            "certificate, set ca_bundle to that authority's"
        )
        problem = f"its key set cannot be downloaded: {error}"
        return [fault_of("loginrocket_url", problem, fix)], []
    if settings.jwt_key:
        return [], ["jwt_key is used, so no key set was downloaded."]
    names = sorted(keys.by_kid)
    found = f"Found {count(len(names), 'key')} at {place}: {', '.join(names)}."
    faults, said = _compare_clocks(settings)
    return faults, [found, *keys.problems, *said, *_proxies(place)]


def _compare_clocks(settings: Settings) -> tuple[list[Fault], list[str]]:
    url = settings.loginrocket_url or ""
    host = urlsplit(url).netloc
    ahead = _ahead(url, settings.ca_bundle)
    if ahead is None:
        return [], [f"{host} does not say what time it is."]
    if abs(ahead) <= 1:
        return [], [f"The clocks of {host} and of this machine agree."]
    differ = (
        f"this machine's clock is {count(abs(ahead), 'second')} "
        f"{'behind' if ahead > 0 else 'ahead of'} that of {host}"
    )
    allowed = f"leeway allows {settings.leeway:g}"
    if abs(ahead) <= settings.leeway:
        return [], [f"{differ[0].upper()}{differ[1:]}; {allowed}."]
    effect = "new logins are refused" if ahead > 0 else "logins end early"
    fix = "Have both clocks set (NTP)"
    return [fault_of("leeway", f"{differ}; {allowed}, so {effect}", fix)], []


def _ahead(url: str, ca_bundle: str | None) -> int | None:
    """Return by how many seconds the clock of *url*'s host is ahead of ours."""
    import requests

    with requests.Session() as session:
        session.trust_env = False
        start = time.time()
        try:
            answer = session.head(url, verify=ca_bundle or True, timeout=PATIENCE)
            there = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        except (requests.RequestException, OSError, KeyError, ValueError):
            return None
    # The header has no fractions: it says the second that has begun.
    return round(there + 0.5 - (start + time.time()) / 2)


def _proxies(place: str) -> Iterator[str]:
    if urlsplit(place).scheme in getproxies():
        yield "The environment names a proxy; the key set is downloaded without it."
