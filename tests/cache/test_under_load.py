"""A client whose region's store dies under load."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from arware.api.client import Client
from tests.api import servers
from tests.api.conftest import KEY
from tests.cache.support import close
from tests.patience import PATIENCE
from tests.services import Service, wait_until


@pytest.mark.parametrize("harm", ["kill", "freeze"])
def test_t61_a_store_that_dies_under_load_costs_time_and_nothing_else(
    store: tuple[Service, dict[str, str]], harm: str
) -> None:
    """Every call is answered; after the store's return it is used again."""
    service, configuration = store
    names = [f"org_{number}" for number in range(6)]
    stop = threading.Event()
    with (
        servers.api() as api,
        Client(url=api.url, api_key=KEY, cache=configuration) as client,
    ):
        region = client._region(None, KEY)

        def load(name: str) -> None:
            while not stop.is_set():
                client.orgs.find(name, cache={"expires_in": 600})
                time.sleep(0.01)
            close(region)

        def is_used() -> bool:
            """Tell whether the API is spared."""
            count = len(api.seen)
            for name in names:
                client.orgs.find(name, cache={"expires_in": 600})
            return len(api.seen) == count

        def asked() -> Counter[str]:
            return Counter(seen.path for seen in list(api.seen))

        def all_served() -> bool:
            return sum(times >= 3 for times in (asked() - before).values()) == 6

        with ThreadPoolExecutor(6) as pool:
            work = [pool.submit(load, name) for name in names]
            try:
                wait_until(is_used, PATIENCE, "the store to be used")
                before = asked()
                getattr(service, harm)()
                # Nothing has repaired the store when all have been served three times.
                wait_until(all_served, PATIENCE, "calls without the store")
            finally:
                stop.set()
            for each in work:
                each.result(PATIENCE)
        if harm == "kill":
            service.start_again()
        else:
            service.thaw()
        wait_until(is_used, PATIENCE, "the store to be used again")
        close(region)
