"""A client and a region that are made before a fork serve both processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.servers import Api
from tests.services import Service

ROOT = Path(__file__).parent.parent.parent

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="this system cannot fork"
)


def forked(program: str) -> list[str]:
    """Run *program* in a fresh Python; return the words that it prints."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


def test_no_connection_is_shared_by_two_processes(api: Api) -> None:
    """A preforking server makes the client first and the workers then."""
    words = forked(f"""
import os
from arware.api.client import Client
client = Client(url={api.url!r}, api_key="ks_1")
client.orgs.find("org_parent")
child = os.fork()
for turn in range(20):
    client.orgs.find(f"org_{{child == 0}}_{{turn}}")
client.close()
if child:
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
""")
    peers: dict[int, set[str]] = {}
    for seen in api.seen:
        peers.setdefault(seen.peer, set()).add(seen.path.split("_")[1])

    assert words == ["0"]
    assert len(api.seen) == 41
    assert not any({"True", "False"} <= names for names in peers.values())


@pytest.mark.parametrize("store", ["redis", "memcached"])
def test_no_connection_to_a_store_is_shared_either(
    request: pytest.FixtureRequest, store: str
) -> None:
    """Nor is a creation waited for that only the parent can finish."""
    service: Service = request.getfixturevalue(f"{store}_service")
    backend = "redis" if store == "redis" else "pymemcache"
    words = forked(f"""
import os, threading
from arware.cache import breaker, guarded
breaker.SLOW = 60.0  # however busy the machine is
kept = guarded(
    {{"backend": "dogpile.cache.{backend}", "arguments.url": {service.url!r}}},
    ["a" * 32],
)
kept.set("parent", 1, 60)
hold = threading.Event()
entered = threading.Event()
def slow():
    entered.set()
    hold.wait(60)
    return 1
worker = threading.Thread(target=kept.get_or_create, args=("s-{store}", slow, 60))
worker.start()
entered.wait(60)
import warnings
warnings.simplefilter("ignore")  # forking with threads is what is tried here
child = os.fork()
name = "child" if child == 0 else "parent"
good = all(
    kept.set(f"{{name}}{{turn}}", turn, 60) and kept.get(f"{{name}}{{turn}}") == turn
    for turn in range(50)
)
if child == 0:
    made = kept.get_or_create("s-{store}", lambda: 2, 60, lock_timeout=0.5)
    os._exit(0 if good and made in (1, 2) else 1)
hold.set()
worker.join()
print(good, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
""")

    assert words == ["True", "0"]


def test_a_lock_that_the_parent_held_is_none_of_the_childs(api: Api) -> None:
    """A thread of the parent may be choosing a connection at the very moment."""
    words = forked(f"""
import os, signal
from arware.api.client import Client
client = Client(url={api.url!r}, api_key="ks_1")
client._transport._own.get()._lock.acquire()
child = os.fork()
if child == 0:
    signal.alarm(60)
    client.orgs.find("org_1", cache=True)
    client.close()
    os._exit(0)
client._transport._own.get()._lock.release()
client.close()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
""")

    assert words == ["0"]


def test_a_client_that_is_made_has_nothing_left_to_import(api: Api) -> None:
    """A fork while a thread imports something would leave the child waiting for it."""
    words = forked(f"""
import sys
from arware.api.client import Client
client = Client(url={api.url!r}, api_key="ks_1")
before = set(sys.modules)
client.orgs.find("org_1", cache=True)
client.users.all()
client.sessions.retrieve("kss_1", cache={{"expires_in": 900}})
client.memberships.create(user_id="usr_1", org_id="org_1")
client.close()
print(*(set(sys.modules) - before))
""")

    assert words == []


def test_a_fork_during_the_first_calls_leaves_no_child_waiting(api: Api) -> None:
    """Two threads are busy with their first calls when the process forks."""
    words = forked(f"""
import os, signal, threading, warnings
from arware.api.client import Client
warnings.simplefilter("ignore")  # forking with threads is what is tried here
client = Client(url={api.url!r}, api_key="ks_1")
ended = threading.Event()
def busy():
    while not ended.is_set():
        client.orgs.find("org_1", cache={{"force": True}})
threads = [threading.Thread(target=busy) for _ in range(2)]
for each in threads:
    each.start()
for turn in range(5):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        client.orgs.find("org_2", cache=True)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
ended.set()
for each in threads:
    each.join()
client.close()
""")

    assert words == ["0"] * 5
