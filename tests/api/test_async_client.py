"""What is the asynchronous client's alone: event loops, cancellation, its wire."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

import arware
from arware import errors
from arware.api.async_client import AsyncClient
from arware.api.attempts import Limits
from arware.api.client import Client
from arware.cache import region
from arware.testing import MemoryRealm
from tests.api.conftest import KEY
from tests.api.servers import Api, Response, Seen
from tests.cache.support import Acting, watch
from tests.patience import PATIENCE
from tests.services import wait_until

ORG = {"object": "org", "id": "org_1", "name": "Acme"}
PATIENT = Limits(read=2 * PATIENCE, total=2 * PATIENCE)


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """Return the name of each kind of event loop."""
    return str(request.param)


@pytest.fixture
def client(api: Api) -> AsyncClient:
    """Return a client that nobody closes."""
    api.answer = lambda seen: Response(ORG)
    return AsyncClient(url=api.url, api_key=KEY, limits=PATIENT)


@pytest.fixture
def hold() -> Iterator[threading.Event]:
    """Return what lets go of the answers that :func:`holding` holds back."""
    event = threading.Event()
    yield event
    event.set()


def holding(api: Api, hold: threading.Event) -> None:
    """Have *api* answer when it may."""

    def answer(seen: Seen) -> Response:
        hold.wait(2 * PATIENCE)
        return Response(ORG)

    api.answer = answer


async def until(condition: Callable[[], bool]) -> None:
    """Wait for *condition*."""
    with anyio.fail_after(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what tells is no event
            await anyio.sleep(0.005)


def loops(client: AsyncClient) -> dict[Any, Any]:
    """Return what the client keeps for event loops."""
    kept: dict[Any, Any] = client._transport._loops.get()
    return kept


# --- Event loops -------------------------------------------------------------------


def test_what_nobody_closed_ends_with_the_event_loop(
    api: Api, client: AsyncClient, backend: str
) -> None:
    """And the next loop begins anew."""

    async def work() -> None:
        await client.orgs.find("org_1")
        assert len(loops(client)) == 1

    for _ in range(2):
        anyio.run(work, backend=backend)
        assert loops(client) == {}
    gc.collect()

    assert len({seen.peer for seen in api.seen}) == 2


@pytest.mark.filterwarnings("ignore:unclosed")
def test_an_event_loop_that_was_only_closed_is_forgotten(
    api: Api, client: AsyncClient
) -> None:
    """One that ends no generators leaves its connections to the garbage collector."""
    for _ in range(3):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(client.orgs.find("org_1"))
        loop.close()
        assert len(loops(client)) == 1
    # While what is said of it is not an error.
    loops(client).clear()
    gc.collect()


def test_event_loops_use_one_client_at_once(api: Api, client: AsyncClient) -> None:
    """Each on connections of its own, be it of the one kind or of the other."""
    together = threading.Barrier(4)

    async def work() -> list[Any]:
        found = [await client.orgs.find("org_1")]
        together.wait(PATIENCE)
        return [*found, await client.orgs.find("org_1")]

    with ThreadPoolExecutor(4) as pool:
        kinds = ["asyncio", "trio"] * 2
        runs = [pool.submit(anyio.run, work, backend=kind) for kind in kinds]
        found = [run.result(PATIENCE) for run in runs]

    assert [[org.name for org in each] for each in found] == [["Acme"] * 2] * 4
    assert len({seen.peer for seen in api.seen}) == 4
    assert loops(client) == {}


def test_a_closed_client_can_be_used_again(
    api: Api, client: AsyncClient, backend: str
) -> None:
    """``async with`` and ``aclose()`` let go of connections only."""

    async def work() -> None:
        for _ in range(2):
            async with client as same:
                assert same is client
                await client.orgs.find("org_1")
                await client.orgs.find("org_2")
            assert loops(client) == {}
        await client.aclose()

    anyio.run(work, backend=backend)

    assert len({seen.peer for seen in api.seen}) == 2


def test_a_process_that_was_forked_begins_anew(api: Api) -> None:
    """The child speaks on no connection of its parent."""
    program = f"""
import asyncio, os, arware
client = arware.AsyncClient(url={api.url!r}, api_key="ks_1")
async def work():
    await client.orgs.find("org_1")
async def parent():
    await work()
    child = os.fork()
    if not child:
        os._exit(0 if not client._transport._loops.get() else 1)
    assert os.waitpid(child, 0)[1] == 0
    await work()
asyncio.run(parent())
child = os.fork()
if not child:
    asyncio.run(work())
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
asyncio.run(work())
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)

    assert len(api.seen) == 4
    assert len({seen.peer for seen in api.seen}) == 3


@pytest.mark.parametrize(
    "method", [lambda client: client.orgs.all(), lambda client: client.aclose()]
)
def test_where_no_event_loop_runs_the_ways_to_one_are_named(
    client: AsyncClient, method: Callable[[AsyncClient], Any]
) -> None:
    """By whoever else runs the coroutine."""
    with pytest.raises(RuntimeError, match=r"asyncio\.run.*arware\.Client"):
        method(client).send(None)


# --- Cancellation ------------------------------------------------------------------


def test_who_is_cancelled_leaves_nothing_behind(
    api: Api, client: AsyncClient, backend: str, hold: threading.Event
) -> None:
    """As many calls as there are connections, and then as many again."""
    holding(api, hold)

    async def find(found: list[Any]) -> None:
        found.append(await client.orgs.find("org_1"))

    async def work() -> list[Any]:
        found: list[Any] = []
        async with client, anyio.create_task_group() as group:
            for _ in range(15):
                group.start_soon(find, found)
            await until(lambda: len(api.seen) == 10)
            group.cancel_scope.cancel()
        assert found == []
        api.answer = lambda seen: Response(ORG)
        async with client, anyio.create_task_group() as group:
            for _ in range(15):
                group.start_soon(find, found)
        return found

    assert len(anyio.run(work, backend=backend)) == 15


def test_a_timeout_of_asyncio_leaves_nothing_behind(
    api: Api, client: AsyncClient, hold: threading.Event
) -> None:
    """Neither a task nor a thread, with and without a cache."""
    holding(api, hold)
    before = set(threading.enumerate())

    async def work() -> None:
        for options in ({}, {"cache": True}):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.orgs.find("org_1", **options), 0.05)
        assert len(asyncio.all_tasks()) == 1
        await client.aclose()

    asyncio.run(work())
    hold.set()

    assert client._cache.creations == {}
    wait_until(lambda: set(threading.enumerate()) <= before, PATIENCE)


def test_who_fetches_for_others_and_is_cancelled_is_replaced_by_one(
    api: Api, client: AsyncClient, backend: str, hold: threading.Event
) -> None:
    """Those who wait do not all ask."""
    holding(api, hold)
    found: list[Any] = []

    async def find() -> None:
        found.append(await client.orgs.find("org_1", cache=True))

    async def work() -> None:
        async with client, anyio.create_task_group() as group:
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as first:
                    first.start_soon(find)
                    await until(lambda: len(api.seen) == 1)
                    for _ in range(20):
                        group.start_soon(find)
                    looks = watched.looks
                    await until(lambda: watched.looks >= looks + 20)
                    scope.cancel()
            await until(lambda: len(api.seen) == 2)
            hold.set()

    watched = watch(client._cache)
    anyio.run(work, backend=backend)

    assert [org.name for org in found] == ["Acme"] * 20
    assert len(api.seen) == 2


# --- The cache ---------------------------------------------------------------------


def test_a_store_that_is_slow_holds_up_no_event_loop(
    api: Api, client: AsyncClient, backend: str
) -> None:
    """It is asked in a thread: while it thinks, other tasks go on."""
    going_on = threading.Event()
    slow = Acting(lambda: going_on.wait(PATIENCE) and None).region()

    async def other() -> None:
        await until(lambda: bool(slow._breaker._backend.get().asked))
        going_on.set()

    async def work() -> Any:
        async with client, anyio.create_task_group() as group:
            group.start_soon(other)
            return await client.orgs.find("org_1", cache=slow)

    assert anyio.run(work, backend=backend).name == "Acme"
    assert going_on.is_set()


def test_threads_and_tasks_fetch_for_one_another(
    api: Api, client: AsyncClient, backend: str, hold: threading.Event
) -> None:
    """One region, one call, whoever came first."""
    holding(api, hold)
    shared = region()
    creations = watch(shared)

    async def find(_: int) -> str | None:
        return (await client.orgs.find("org_1", cache=shared)).name

    async def work() -> list[str | None]:
        async with client:
            found: list[str | None] = []

            async def one(number: int) -> None:
                found.append(await find(number))

            async with anyio.create_task_group() as group:
                for number in range(5):
                    group.start_soon(one, number)
                await until(lambda: creations.looks >= 10)
                hold.set()
            return found

    with (
        Client(url=api.url, api_key=KEY, limits=PATIENT) as blocking,
        ThreadPoolExecutor(5) as pool,
    ):
        ask = [pool.submit(blocking.orgs.find, "org_1", cache=shared) for _ in range(5)]
        tasks = anyio.run(work, backend=backend)
        threads = [one.result(PATIENCE).name for one in ask]

    assert tasks + threads == ["Acme"] * 10
    assert len(api.seen) == 1


# --- Tokens, lists, errors ---------------------------------------------------------


def test_a_token_is_verified_by_a_thread(api: Api, backend: str) -> None:
    """Its keys may have to be downloaded; a session of a token needs no call."""
    realm = MemoryRealm()
    settings = realm.settings(url=api.url, api_key=KEY)
    settings.pop("cookie_secret")
    token = realm.token()

    async def work() -> tuple[Any, ...]:
        async with AsyncClient(**settings) as client:
            session = await client.sessions.from_token(token)
            none = await client.sessions.from_token("eyJ.x.y")
            assert session is not None
            user = await session.user
            api.will({"object": "session", "id": session.id})
            found = await client.sessions.find(token)
            with pytest.raises(errors.RecordNotFound, match="not to be believed"):
                await client.sessions.find("eyJhbGciOiJSUzI1NiJ9.e30.c2ln")
            missing = await client.sessions.retrieve("eyJhbGciOiJSUzI1NiJ9.e30.c2ln")
            return session, none, user, found, missing

    session, none, user, found, missing = anyio.run(work, backend=backend)

    assert (none, missing, found) == (None, None, session)
    assert user.email == "alice@example.com"
    assert [seen.path for seen in api.seen] == [f"/v2/sessions/{session.id}"]


class AwaitedRealm(MemoryRealm):
    """A realm whose keys come when its *asker* has gone on meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.going_on = threading.Event(), threading.Event()

    def answer(self, path: str) -> tuple[int, str, bytes]:
        self.asked.set()
        self.going_on.wait(PATIENCE)
        return super().answer(path)


def test_verifying_a_token_holds_up_no_event_loop(
    client: AsyncClient, backend: str
) -> None:
    """While keys are downloaded, other tasks go on."""
    realm = AwaitedRealm()
    token = realm.token("bob")

    async def other() -> None:
        await until(realm.asked.is_set)
        realm.going_on.set()

    async def work(url: str) -> Any:
        async with client, anyio.create_task_group() as group:
            group.start_soon(other)
            return await client.verify(token, credentials={"loginrocket_url": url})

    with realm.serve() as url:
        identity = anyio.run(work, url, backend=backend)

    assert identity.sub == "usr_bob"
    assert realm.going_on.is_set()


def test_iterate_goes_from_page_to_page(
    api: Api, client: AsyncClient, backend: str
) -> None:
    """A page is asked for when it is needed; to leave in the middle is no fault."""

    def page(seen: Seen) -> Response:
        first = 3 if "after=org_2" in seen.query else 1
        orgs = [{"object": "org", "id": f"org_{first + n}"} for n in range(2)]
        return Response({"collection": orgs, "more_results": first == 1})

    api.answer = page

    async def work() -> tuple[list[str | None], int]:
        async with client:
            async for org in client.orgs.iterate(max_results=2):
                assert org.id == "org_1"
                break
            asked = len(api.seen)
            return [org.id async for org in client.orgs.iterate(max_results=2)], asked

    ids, asked = anyio.run(work, backend=backend)
    gc.collect()

    assert (ids, asked) == (["org_1", "org_2", "org_3", "org_4"], 1)
    assert api.last.query == "after=org_2&max_results=2"


def test_iterate_ends_with_the_first_error(
    api: Api, client: AsyncClient, backend: str
) -> None:
    """As a loop that blocks does."""
    api.will({}, 500)

    async def work() -> list[Any]:
        async with client:
            orgs = client.orgs.iterate()
            with pytest.raises(errors.Error):
                await anext(orgs)
            return [org async for org in orgs]

    assert anyio.run(work, backend=backend) == []


def test_errors_of_tasks_that_wait_together_are_their_own(
    api: Api, client: AsyncClient
) -> None:
    """What a server refuses is told to each."""
    api.answer = lambda seen: Response({"errors": ["no"]}, 422)

    async def work() -> list[Any]:
        async with client:
            calls = [client.orgs.create_or_raise(name="x") for _ in range(3)]
            return await asyncio.gather(*calls, return_exceptions=True)

    found = asyncio.run(work())

    assert [error.errors for error in found] == [["no"]] * 3
    assert len({id(error) for error in found}) == 3


LARGE = json.dumps({**ORG, "name": "x" * 300_000}).encode()
#: Answers that take their time to read, by what is large about them.
HEAVY = {
    "large": Response(LARGE),
    "compressed": Response(gzip.compress(LARGE), headers={"content-encoding": "gzip"}),
}


@pytest.mark.parametrize("options", [{}, {"cache": True}])
@pytest.mark.parametrize("answer", HEAVY.values(), ids=HEAVY)
def test_a_large_answer_is_read_by_a_thread(
    api: Api, client: AsyncClient, backend: str, answer: Response, options: Any
) -> None:
    """While all threads are busy it waits, and what is small goes on."""
    found: list[Any] = []
    api.answer = lambda seen: answer if "large" in seen.path else Response(ORG)

    async def large() -> None:
        found.append(await client.orgs.find("large", **options))

    async def work() -> bool:
        async with client, anyio.create_task_group() as group:
            threads = (await client._transport.connections()).threads
            threads.total_tokens = 1
            async with threads:
                group.start_soon(large)
                await until(lambda: bool(api.seen))
                for _ in range(3):
                    await client.orgs.find("org_1")
                return not found

    assert anyio.run(work, backend=backend)
    assert [len(org.name) for org in found] == [300_000]


# --- The wire ----------------------------------------------------------------------

CALLS: list[Callable[[Any], Any]] = [
    lambda client: client.orgs.all(custom={"a": 1}, ids=["b", "a"]),
    lambda client: client.orgs.find("a b/c?d"),
    lambda client: client.orgs.find("org_1", headers={"accept_language": "é"}),
    lambda client: client.orgs.create(name="Ünïcode", custom={"a": None}),
    lambda client: client.orgs.update("org_1", name="x"),
    lambda client: client.orgs.delete("org_1", force=True),
]


@pytest.mark.parametrize("call", CALLS)
def test_both_clients_send_the_same(
    api: Api, client: AsyncClient, backend: str, call: Callable[[Any], Any]
) -> None:
    """Target, headers and body, to the letter."""

    async def work() -> None:
        async with client:
            await call(client)

    with Client(url=api.url, api_key=KEY) as blocking:
        call(blocking)
    anyio.run(work, backend=backend)
    first, second = api.seen

    assert (first.method, first.target, first.body) == (
        second.method,
        second.target,
        second.body,
    )
    assert first.headers == second.headers


def test_no_log_tells_what_might_be_a_credential(
    api: Api, client: AsyncClient, caplog: pytest.LogCaptureFixture, backend: str
) -> None:
    """However much is logged: neither the key nor what stands in the path."""

    async def work() -> None:
        async with client:
            await client.invitations.find("nvt_secret")

    with caplog.at_level(logging.DEBUG):
        anyio.run(work, backend=backend)

    assert api.last.path.endswith("nvt_secret")
    assert "nvt_secret" not in caplog.text
    assert KEY not in caplog.text


def test_what_was_sent_in_secret_comes_back_masked(
    api: Api, client: AsyncClient, backend: str
) -> None:
    """In the messages of a refusal, and in the body of what is no answer."""
    api.will({"errors": ["hunter2hunter2 is too common"]}, 422)
    api.will(b"<p>hunter2hunter2", 500)

    async def work() -> tuple[Any, errors.Error]:
        async with client:
            made = await client.users.create(password="hunter2hunter2")
            with pytest.raises(errors.Error) as caught:
                await client.users.create(password="hunter2hunter2")
            return made, caught.value

    made, error = anyio.run(work, backend=backend)

    assert made.errors == ["*** is too common"]
    assert error.body == "<p>***"


def test_a_client_shows_and_passes_on_no_key(client: AsyncClient) -> None:
    """Like the one that blocks."""
    assert KEY not in repr(client)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(client)


def test_settings_that_lack_something_are_told_at_once() -> None:
    """Where the client is made."""
    with pytest.raises(errors.CredentialsMissing, match="AUTHROCKET_URL"):
        AsyncClient(arware.Settings())


def test_the_package_loads_it_when_it_is_used() -> None:
    """It is a public name; what blocks does without ``httpx``."""
    program = """
import sys, arware
arware.Client(url="https://a.example.com", api_key="ks_1")
assert "httpx" not in sys.modules
arware.AsyncClient
assert "httpx" in sys.modules and "requests" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)

    assert "AsyncClient" in dir(arware)


def test_what_a_client_needs_is_imported_with_it(api: Api) -> None:
    """An import would hold up the event loop, in whatever thread it is done."""
    program = f"""
import asyncio, sys, arware
client = arware.AsyncClient(
    url={api.url!r}, api_key="ks_1", loginrocket_url={api.url!r}, realm="rl_1"
)
async def verify():
    token = "eyJraWQiOiJqa3lfMSIsImFsZyI6IlJTMjU2In0.e30.c2ln"
    assert await client.verify(token) is None
before = set(sys.modules)
asyncio.run(verify())
ours = ("arware", "httpcore", "trio")
print([name for name in set(sys.modules) - before if name.startswith(ours)])
"""
    result = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert result.stdout == "[]\n"


@pytest.mark.parametrize("module", ["httpx", "anyio", "h11"])
def test_without_httpx_the_extra_is_named(module: str) -> None:
    """And what was not found."""
    program = f"""
import sys
sys.modules[{module!r}] = None
import arware
try:
    arware.AsyncClient
except ModuleNotFoundError as error:
    print(error.name, error)
"""
    result = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )

    assert result.stdout.startswith(module)
    assert 'pip install "arware[async]"' in result.stdout
