"""Statements 42 to 44: answers that are kept, because somebody asked for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from dogpile.cache import make_region

from arware import errors
from arware.api.attempts import Limits
from arware.cache import region
from tests.api.conftest import KEY
from tests.api.kinds import Make
from tests.api.servers import Api, Response, Seen
from tests.cache.support import Acting, backend_of, watch
from tests.patience import PATIENCE
from tests.services import wait_until


@pytest.fixture
def client(api: Api, make: Make) -> Iterator[Any]:
    """Return a client of each kind."""
    with make(url=api.url, api_key=KEY, realm="rl_1") as made:
        yield made


@pytest.fixture(autouse=True)
def counted(api: Api) -> None:
    """Let each answer have a name of its own."""

    def answer(seen: Seen) -> Response:
        id_ = seen.path.rpartition("/")[2]
        return Response({"object": "org", "id": id_, "name": str(len(api.seen))})

    api.answer = answer


@pytest.mark.parametrize("cache", [None, False])
def test_s42_nothing_is_cached_unasked(api: Api, client: Any, cache: Any) -> None:
    """Without ``cache=`` each call asks."""
    names = [client.orgs.find("org_1", cache=cache).name for _ in range(2)]

    assert names == ["1", "2"]


@pytest.mark.parametrize("cache", [True, {}, {"expires_in": 300}, region()])
def test_s42_what_is_asked_for_is_cached(api: Api, client: Any, cache: Any) -> None:
    """``True``, options, or a region of the caller's."""
    names = [client.orgs.find("org_1", cache=cache).name for _ in range(3)]

    assert names == ["1", "1", "1"]


def test_s42_the_cache_option_is_not_sent(api: Api, client: Any) -> None:
    """It is for us, not for the API."""
    client.orgs.all(cache=True, state="active")

    assert api.last.query == "state=active"


def test_s42_changes_are_never_cached(api: Api, client: Any) -> None:
    """Only what is read with GET."""
    for _ in range(2):
        client.orgs.create(name="x", cache=True)
        client.orgs.update("org_1", name="x", cache=True)
        client.orgs.delete("org_1", cache=True)

    assert len(api.seen) == 6


@pytest.mark.parametrize("status", [404, 403, 500, 429])
def test_s42_errors_are_not_cached(api: Api, client: Any, status: int) -> None:
    """What raised is asked again."""
    api.will({}, status)
    with pytest.raises(errors.Error):
        client.orgs.find("org_1", cache=True)

    assert client.orgs.find("org_1", cache=True).name == "2"


@pytest.mark.parametrize("body", [{"errors": ["no"]}, b"<html>"])
@pytest.mark.parametrize("status", [200, 422])
def test_s42_refusals_and_nonsense_are_not_cached(
    api: Api, client: Any, body: Any, status: int
) -> None:
    """An answer with errors is for the one who asked."""
    api.will(body, status)
    try:
        assert not client.orgs.find("org_1", cache=True).valid
    except errors.Error:
        assert isinstance(body, bytes)

    assert client.orgs.find("org_1", cache=True).name == "2"


def test_s42_a_missing_object_stays_missing_only_once(api: Api, client: Any) -> None:
    """``retrieve`` turns 404 into ``None``, and does not keep it."""
    api.will({}, 404)

    assert client.orgs.retrieve("org_1", cache=True) is None
    assert client.orgs.retrieve("org_1", cache=True) is not None


def test_s43_t63_entries_are_told_apart_by_all_that_matters(
    api: Api, client: Any
) -> None:
    """URL, query, key, realm and language; but not the request's own id."""
    options: list[dict[str, Any]] = [
        {},
        {"expand": "custom"},
        {"credentials": {"api_key": "ks_2"}},
        {"credentials": {"api_key": "ks_2", "realm": "rl_2"}},
        {"headers": {"accept_language": "es"}},
        {"headers": {"accept_language": "ja"}},
    ]
    first = [client.orgs.find("org_1", cache=True, **o).name for o in options]
    again = [client.orgs.find("org_1", cache=True, **o).name for o in options]
    other = client.orgs.find("org-1", cache=True).name
    by_id = [
        client.orgs.find("org_1", cache=True, headers={"x_request_id": n}).name
        for n in ("a", "b")
    ]

    assert [str(n) for n in range(1, 7)] == first == again
    assert other == "7"
    assert by_id == ["1", "1"]


def test_s44_force_asks_again_and_keeps_the_new(api: Api, client: Any) -> None:
    """The entry is written over."""
    calls = [True, {"force": True}, True]

    assert [client.orgs.find("o", cache=c).name for c in calls] == ["1", "2", "2"]


@pytest.mark.parametrize("expires_in", [2, timedelta(seconds=2)])
def test_s44_the_caller_says_how_long(api: Api, client: Any, expires_in: Any) -> None:
    """In seconds or as a timedelta."""
    now = [1000.0]
    kept = region(wall=lambda: now[0])
    cache = {"expires_in": expires_in, "region": kept}
    names = []
    for now[0] in (1000.0, 1000.5, 1002.0):
        names.append(client.orgs.find("org_1", cache=cache).name)

    assert names == ["1", "1", "2"]


@pytest.mark.parametrize(
    ("cache", "problem"),
    [
        ({"expires": 3}, "expires_in, force and region"),
        ({"expires_in": "soon"}, "number of seconds"),
        ({"expires_in": True}, "number of seconds"),
    ],
)
def test_a_wrong_option_is_named(client: Any, cache: Any, problem: str) -> None:
    """A typing mistake must not mean: not cached."""
    with pytest.raises(errors.Error, match=problem):
        client.orgs.find("org_1", cache=cache)


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), -1, 10**20])
def test_a_time_that_cannot_be_is_refused(client: Any, seconds: float) -> None:
    """Before anything is asked, and whatever the store."""
    with pytest.raises(errors.Error, match="finite"):
        client.orgs.find("org_1", cache={"expires_in": seconds})


def test_who_waits_for_another_keeps_the_deadline(api: Api, make: Make) -> None:
    """Waiting for the caller that fetches is part of the call."""
    hold = threading.Event()
    entered = threading.Event()

    def slow(seen: Seen) -> Response:
        entered.set()
        hold.wait(2 * PATIENCE)
        return Response({"object": "org", "id": "org_1"})

    api.answer = slow
    limits = Limits(read=PATIENCE, total=1.0)
    patient = Limits(read=2 * PATIENCE, total=2 * PATIENCE)
    shared = region()
    with (
        make(url=api.url, api_key=KEY, limits=limits) as client,
        make(url=api.url, api_key=KEY, limits=patient) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        first = pool.submit(other.orgs.find, "org_1", cache=shared)
        assert entered.wait(PATIENCE)
        with pytest.raises(errors.ConnectionError):
            client.orgs.find("org_1", cache=shared)
        # Who was waited for has no answer yet.
        waiting = not first.done()
        hold.set()
        found = first.result(PATIENCE)

    assert waiting
    assert found.id == "org_1"


def test_t61_a_store_that_uses_up_the_time_leaves_some_for_the_api(
    api: Api, make: Make
) -> None:
    """Only a region that has no timeouts of its own can do so; the call succeeds."""
    hanging = Acting(lambda: threading.Event().wait(4.1)).region()
    limits = Limits(total=4)
    with make(url=api.url, api_key=KEY, limits=limits) as client:
        found = client.orgs.find("org_1", cache=hanging)

    assert found.name == "1"


@pytest.mark.parametrize(
    "cache",
    ["redis", make_region(), {"region": {"backend": "arware.memory"}}],
)
def test_what_region_did_not_make_is_named(api: Api, client: Any, cache: Any) -> None:
    """With what to give in its place, and before anything is asked."""
    with pytest.raises(errors.BadOption, match=r"arware\.cache\.region"):
        client.orgs.find("org_1", cache=cache)

    assert api.seen == []


def test_a_region_of_the_settings_that_cannot_work_is_named_at_once(
    api: Api, make: Make
) -> None:
    """Where the client is made, not at the first call that is cached."""
    with (
        pytest.raises(errors.ConfigurationError, match=r"no\.such"),
        make(url=api.url, api_key=KEY, cache={"backend": "no.such"}),
    ):
        raise AssertionError("a client was made")


def test_t64_one_caller_fetches_while_others_wait(api: Api, client: Any) -> None:
    """Thirty at once are one call, and each gets objects of its own."""
    plain = api.answer

    def slow(seen: Seen) -> Response:
        time.sleep(0.2)
        return plain(seen)

    api.answer = slow
    flow = threading.Barrier(30)

    def work(_: int) -> Any:
        flow.wait()
        return client.orgs.find("org_1", cache=True)

    with ThreadPoolExecutor(30) as pool:
        found = list(pool.map(work, range(30)))

    assert len(api.seen) == 1
    assert {"1"} == {org.name for org in found}
    assert len({id(org) for org in found}) == 30


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (Response({}, 404), errors.RecordNotFound),
        (Response({}, 429, {"Retry-After": "99"}), errors.RateLimited),
        (Response(b"<html>", 500), errors.Error),
        (
            Response(b"zz\r\n", headers={"Transfer-Encoding": "chunked"}),
            errors.ConnectionError,
        ),
    ],
)
def test_t64_who_waits_for_a_failure_has_it_too(
    api: Api, response: Response, kind: type[errors.Error], make: Make
) -> None:
    """Thirty at once are one call, and each raises an error of its own."""
    patient = Limits(read=2 * PATIENCE, total=2 * PATIENCE, retries=0)
    with make(url=api.url, api_key=KEY, limits=patient) as client:
        creations = watch(client._cache)
        first = threading.Event()

        def fails(_: Seen) -> Response:
            if first.is_set():
                return response  # it is tried once more after a failed connection
            first.set()
            wait_until(lambda: creations.looks == 30, PATIENCE, "all to have come")
            return response

        api.answer = fails

        def work(_: int) -> errors.Error:
            with pytest.raises(errors.Error) as caught:
                client.orgs.find("org_1", cache=True)
            return caught.value

        with ThreadPoolExecutor(30) as pool:
            found = list(pool.map(work, range(30)))

    assert {type(error) for error in found} == {kind}
    assert len({id(error) for error in found}) == 30
    assert len({str(error) for error in found}) == 1
    assert len({error.retry_after for error in found}) == 1
    assert len(api.seen) == (2 if kind is errors.ConnectionError else 1)


def test_t64_changing_what_came_from_the_cache_changes_nothing_there(
    api: Api, client: Any
) -> None:
    """Each caller has values of their own."""
    api.will({"object": "org", "id": "org_1", "custom": {"plan": ["a"]}})
    first = client.orgs.find("org_1", cache=True)
    assert first.custom is not None
    first.custom["plan"].append("b")
    second = client.orgs.find("org_1", cache=True)

    assert second.custom == {"plan": ["a"]}


def test_a_large_answer_is_passed_on_and_not_kept(api: Api, client: Any) -> None:
    """What no memcached would take is asked for again."""
    big = {"object": "org", "id": "org_1", "name": "x" * 1_100_000}
    api.will(big)
    name = client.orgs.find("org_1", cache=True).name

    assert len(name or "") == 1_100_000
    assert client.orgs.find("org_1", cache=True).name == "2"


def test_callers_of_one_region_fetch_once(api: Api, client: Any) -> None:
    """Thirty callers of one region are one call; a store that is down rests."""
    mine = region()
    plain = api.answer

    def slow(seen: Seen) -> Response:
        time.sleep(0.1)
        return plain(seen)

    api.answer = slow
    with ThreadPoolExecutor(30) as pool:
        list(pool.map(lambda _: client.orgs.find("o", cache=mine), range(30)))

    assert len(api.seen) == 1


def test_without_secrets_entries_are_signed_with_the_calls_key(api: Api) -> None:
    """A default client without a key of its own leaves nothing unsigned."""
    from arware.api.client import DefaultClient
    from arware.settings import Settings

    credentials = {"api_key": KEY, "url": api.url}
    with DefaultClient(Settings()) as client:
        names = [
            client.orgs.find("o", cache=True, credentials=credentials).name
            for _ in range(2)
        ]
        own, other = client._region(None, KEY), client._region(None, "ks_other")
        own.set("a", 1, 60)

    assert names == ["1", "1"]
    assert (own.get("a"), other.get("a")) == (1, None)


@pytest.mark.parametrize("kept", ["text", {"status": "x"}, {"status": 200, "body": 7}])
def test_t62_an_entry_of_another_form_is_asked_again(
    api: Api, client: Any, kept: Any
) -> None:
    """As an older version of arware might have left it."""
    region_ = client._region(None, KEY)
    client.orgs.find("o", cache=True)
    (key,) = backend_of(region_)._entries
    region_.set(key, kept, 60)

    assert client.orgs.find("o", cache=True).name == "2"


def test_a_region_of_the_settings_is_used(api: Api, make: Make) -> None:
    """As a region or as its configuration."""
    for cache in (region(), {"backend": "arware.memory"}):
        with make(url=api.url, api_key=KEY, cache=cache) as client:
            before = len(api.seen)
            for _ in range(2):
                client.orgs.find("org_1", cache=True)

            assert before + 1 == len(api.seen)


def test_session_retrieve_is_cached_as_the_gem_documents(api: Api, client: Any) -> None:
    """``cache={"expires_in": 900}`` keeps a session for a quarter of an hour."""
    api.will({"object": "session", "id": "kss_1", "user": {"object": "user"}})
    found = [
        client.sessions.retrieve("kss_1", cache={"expires_in": 900}) for _ in range(3)
    ]

    assert [session.id for session in found if session] == ["kss_1"] * 3
    assert len(api.seen) == 1
