"""What all tests share: services that start when a test first asks for one."""

from __future__ import annotations

import gc
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from tests import services
from tests.patience import patient

#: ``test_t37_...`` or ``test_s41_t65_...``: what a test proves stands in its name.
PROVEN = re.compile(r"test((?:_[st]\d\d)+)_")

#: Files whose tests take a minute each and share nothing.
SPREAD = ("tests/eject/test_features.py",)

#: What looks at the whole from outside, or tries a thing in very many ways. To count
#: the lines that it reaches, which others reach as well, would double its time.
UNCOUNTED = (
    "tests/adapters/test_cookies.py",
    "tests/adapters/test_documents.py",
    "tests/adapters/test_f33_contexts.py",
    "tests/adapters/test_http.py",
    "tests/adapters/test_identity.py",
    "tests/adapters/test_irregular_paths.py",
    "tests/adapters/test_isolation.py",
    "tests/adapters/test_login_csrf.py",
    "tests/adapters/test_many_logins.py",
    "tests/adapters/test_shared_region.py",
    "tests/browser/",
    "tests/chaos/",
    "tests/cli/test_terminal.py",
    "tests/docs/",
    "tests/eject/test_adopting.py",
    "tests/eject/test_features.py",
    "tests/eject/test_mounting.py",
    "tests/eject/test_samples.py",
    "tests/fuzz/",
    "tests/local/test_mail_forks.py",
    "tests/local/test_naughty.py",
    "tests/local/test_together.py",
    "tests/local/test_travelling.py",
    "tests/local/test_urls.py",
    "tests/local/test_uwsgi.py",
    "tests/servers/",
    "tests/test_house.py",
    "tests/testing/test_plugin.py",
    "tests/vectors/",
)
#: What counts lines and rests; in a worker pytest-cov starts another beside its first.
RESTING: list[Coverage] = []


def pytest_configure(config: pytest.Config) -> None:
    """Make each row of the threat model, T01 to T80, a marker, and ``deadline``."""
    # Tests, and what they import, are many objects that stay to the end: to look for
    # garbage among them as often as Python does takes a seventh of the time.
    gc.set_threshold(10_000, 10, 10)
    config.addinivalue_line("markers", "deadline: waits until one of ours is over")
    for number in range(1, 81):
        line = f"t{number:02}: tests of threat T{number:02}, by their names"
        config.addinivalue_line("markers", line)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark ``test_t60_t62_...`` with ``t60`` and ``t62``, so that ``-m`` finds it."""
    named = PROVEN.match(item.name)
    for word in named[1].split("_") if named else ():
        if word.startswith("t"):
            item.add_marker(word)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Count lines for coverage, here and in what is started, only where it tells."""
    if item.nodeid.startswith(UNCOUNTED):
        while counting := Coverage.current():
            counting.stop()
            RESTING.append(counting)
        # By this another process knows that it is to count.
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    else:
        while RESTING:
            RESTING.pop().start()


class Spreading(LoadFileScheduling):
    """What ``--dist loadfile`` does, but for the files in ``SPREAD``."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(SPREAD) else super()._split_scope(nodeid)

    def mark_test_complete(
        self, node: WorkerController, item_index: int, duration: float = 0
    ) -> None:
        """Forget a file that is done, else all are counted after each test."""
        super().mark_test_complete(node, item_index, duration)
        scope = self._split_scope(self.registered_collections[node][item_index])
        if all(self.assigned_work[node][scope].values()):
            del self.assigned_work[node][scope]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Spreading | None:
    """Let no worker have all that is slow to itself."""
    is_by_file = config.getvalue("dist") == "loadfile"
    return Spreading(config, log) if is_by_file else None


@pytest.fixture(autouse=True)
def levels_of_logs() -> Iterator[None]:
    """Leave to the next test the levels of logs that a command may have set."""
    loggers = [logging.getLogger(), logging.getLogger("arware")]
    before = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


@pytest.fixture
def patience() -> Iterator[None]:
    """Let no deadline of the package end before what the test waits for."""
    with patient():
        yield


@pytest.fixture(scope="session")
def redis_service() -> Iterator[services.Service]:
    """Run one Redis for the session; whoever kills it starts it again."""
    with services.redis() as service:
        yield service


@pytest.fixture(scope="session")
def memcached_service() -> Iterator[services.Service]:
    """Run one memcached for the session; whoever kills it starts it again."""
    with services.memcached() as service:
        yield service


@pytest.fixture(scope="session")
def postgres_service() -> Iterator[services.Service]:
    """Run one PostgreSQL for the session."""
    with services.postgres() as service:
        yield service


@pytest.fixture
def empty_postgres(postgres_service: services.Service) -> str:
    """Return the URL of an empty PostgreSQL database."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(
        postgres_service.url, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return postgres_service.url


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Return the folder of the collected vectors, else skip or fail."""
    default = Path(__file__).parent.parent.parent / "shared" / "corpora"
    folder = Path(os.environ.get("ARWARE_CORPORA", default))
    if not folder.is_dir():
        services.missing("the corpora are not here; ARWARE_CORPORA names their folder")
    return folder
