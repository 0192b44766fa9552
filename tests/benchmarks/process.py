"""What arware costs a process: time to import, downloads, memory."""

from __future__ import annotations

import resource
import subprocess
import sys

from arware.testing import MemoryRealm
from arware.wsgi import Middleware

from .adapters import SECRET, bare_wsgi, environ, login_cookie, start_response
from .rounds import Figure

_IMPORT = """
import sys, time
began = time.perf_counter()
import arware
took = time.perf_counter() - began
heavy = {"requests", "jwt", "sqlalchemy", "pyramid", "bottle", "webob", "dogpile"}
print(took, len(heavy & set(sys.modules)))
"""

REQUESTS = 1_000_000


def measure() -> list[Figure]:
    """Return the figures of the process."""
    seconds, heavy = _imports()
    return [
        Figure("import arware", seconds * 1000, 60, "ms"),
        Figure("heavy modules that it imports", heavy, 0, ""),
        Figure("key downloads for 1,000 unknown kids", _kid_flood(), 1, ""),
        Figure(f"growth over {REQUESTS:,} requests", _growth(), 8, "MiB"),
    ]


def _imports() -> tuple[float, int]:
    runs = [
        subprocess.run(
            [sys.executable, "-c", _IMPORT], capture_output=True, check=True, text=True
        ).stdout.split()
        for _ in range(7)
    ]
    return min(float(run[0]) for run in runs), max(int(run[1]) for run in runs)


def _kid_flood() -> int:
    """Return how often a warm adapter downloads while 1,000 strangers knock."""
    realm = MemoryRealm()
    with realm.serve() as url:
        adapter = Middleware(bare_wsgi, loginrocket_url=url, cookie_secret=SECRET)
        adapter(environ({"authorization": f"Bearer {realm.token()}"}), start_response)
        before = realm.downloads
        for number in range(1000):
            header = {"kid": f"jky_{number}", "alg": "RS256"}
            token = realm.sign(realm.claims("mallory"), header)
            adapter(environ({"authorization": f"Bearer {token}"}), start_response)
        return realm.downloads - before


def _growth() -> float:
    """Return by how many MiB a adapter's process grows once it is warm."""
    realm = MemoryRealm()
    with realm.serve() as url:
        adapter = Middleware(bare_wsgi, loginrocket_url=url, cookie_secret=SECRET)
        cookie = {"cookie": login_cookie(adapter, realm)}
        requests = [environ(cookie) for _ in range(100)]
        before = 0
        for number in range(REQUESTS):
            if number == REQUESTS // 10:
                before = _resident()
            adapter(dict(requests[number % 100]), start_response)
        return max(0, _resident() - before) / 1024


def _resident() -> int:
    """Return the most memory that this process ever held, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
