"""Calls are values, and who sends them can be changed."""

from __future__ import annotations

import asyncio
import time
from typing import Any, TypeVar

import httpx
import pytest

from arware.api.answers import Response
from arware.api.attempts import Limits, Pause, Send, attempts
from arware.api.calls import Call, Context
from arware.api.namespace import Namespace
from arware.api.transport import Transport
from arware.api.wire import Credentials, request_for
from arware.errors import ConnectionError as Unreachable
from arware.errors import Error, RecordInvalid, RecordNotFound
from arware.resources.org import Org
from tests.api.conftest import KEY
from tests.api.servers import Api

T = TypeVar("T")


class Plan(Namespace):
    """A client that sends nothing: each method returns its call."""

    def send(self, call: Call[Any]) -> Any:
        return call


def test_a_call_can_be_made_compared_and_shown_without_a_network() -> None:
    """It is a frozen value with method, path, query and body."""
    plan = Plan()
    call: Any = plan.orgs.find("org_1", expand="custom")
    created: Any = plan.orgs.create(name="x", request={"ip": "192.0.2.1"})

    assert (
        call.method,
        call.path,
        call.query,
        call.body,
    ) == ("GET", "orgs/org_1", "expand=custom", None)
    assert created.body == {"org": {"name": "x"}, "request": {"ip": "192.0.2.1"}}
    assert call == plan.orgs.find("org_1", expand="custom")
    assert call != plan.orgs.find("org_2", expand="custom")
    assert str(call) == "GET orgs/org_1"
    with pytest.raises(AttributeError):
        call.path = "x"


def test_a_call_reads_its_answer_without_a_network() -> None:
    """Reading is a pure function of the response."""
    call: Any = Plan().orgs.find("org_1")
    answer = Response(200, {}, b'{"object":"org","id":"org_1","name":"Acme"}')

    assert call.read(answer, Context(None)).name == "Acme"
    with pytest.raises(RecordNotFound):
        call.read(Response(404, {}, b"{}"), Context(None))


class AsyncClient(Namespace):
    """All that a second, asynchronous transport needs; resources stay as they are."""

    def __init__(self, url: str) -> None:
        self.who = Credentials.read({"url": url, "api_key": KEY})
        self.http = httpx.AsyncClient(trust_env=False)

    async def answer(self, step: Send) -> Response | Error:
        request = step.request
        try:
            got = await self.http.request(
                request.method,
                request.url,
                headers=list(request.headers),
                content=request.body,
            )
        except httpx.TransportError:
            return Unreachable(f"{request.call} on {request.host} failed")
        headers = dict(got.headers.items())
        return Response(
            got.status_code, headers, got.content, request.call, request.host
        )

    def send(self, call: Call[T]) -> T:
        return self._send(call)  # type: ignore[return-value]  # whoever calls awaits it

    async def _send(self, call: Call[T]) -> T:
        steps = attempts(request_for(call, self.who), Limits(), lambda: 0.0)
        step: Send | Pause = next(steps)
        try:
            while True:
                if isinstance(step, Send):
                    step = steps.send(await self.answer(step))
                else:
                    await asyncio.sleep(step.seconds)
                    step = steps.send(True)
        except StopIteration as end:
            outcome = end.value
        if isinstance(outcome, Error):
            raise outcome
        return call.read(outcome, Context(self))


def test_an_asynchronous_transport_needs_no_change_of_resources(api: Api) -> None:
    """The same methods return something to await, retries and all."""

    async def work() -> list[Any]:
        client: Any = AsyncClient(api.url)
        api.will({}, 503, retry_after="0")
        api.will({"object": "org", "id": "org_1", "name": "Acme"})
        org = await client.orgs.find("org_1")
        api.will({"object": "org", "id": "org_1", "name": "New"})
        updated = await org.update(name="New")
        api.will({}, 404)
        missing = await client.orgs.retrieve("org_2")
        api.will({"collection": [{"object": "membership", "id": "mb_1"}]})
        memberships = await client.memberships.all(org_id="org_1")
        api.will({"errors": ["no"]}, 422)
        with pytest.raises(RecordInvalid):
            await client.orgs.create_or_raise(name="x")
        await client.http.aclose()
        return [org, org.name, updated, missing, memberships[0].id]

    assert [Org(id="org_1"), "New", True, None, "mb_1"] == asyncio.run(work())
    assert [s.method for s in api.seen] == ["GET", "GET", "PUT", "GET", "GET", "POST"]


def plan_request() -> Any:
    """Return the request of a call."""
    call: Any = Plan().orgs.find("org_1")
    credentials = Credentials.read({"url": "http://127.0.0.1:1/v2", "api_key": KEY})
    return request_for(call, credentials)


def test_attempts_say_what_to_do_and_decide_what_it_means() -> None:
    """It can be driven by hand, without a network and without a clock."""
    request = plan_request()
    steps = attempts(request, Limits(), lambda: 0.5)
    first = next(steps)
    pause = steps.send(Response(429, {"retry-after": "2"}, b""))
    second = steps.send(True)
    with pytest.raises(StopIteration) as end:
        steps.send(Response(200, {}, b"{}"))

    assert Send(request) == first == second
    assert isinstance(pause, Pause)
    assert 2 < pause.seconds < 2.3
    assert end.value.value.status == 200


def test_attempts_end_where_there_is_no_time_to_wait() -> None:
    """What came last is the outcome."""
    for outcome in (Response(503, {"retry-after": "1"}, b""), Unreachable("down")):
        steps = attempts(plan_request(), Limits(), lambda: 0.0)
        next(steps)
        steps.send(outcome)
        with pytest.raises(StopIteration) as end:
            steps.send(False)

        assert outcome is end.value.value


def test_attempts_that_are_driven_wrongly_end_with_an_error() -> None:
    """A driver's mistake is no endless loop."""
    steps = attempts(plan_request(), Limits(), lambda: 0.0)
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(True)

    assert isinstance(end.value.value, Error)


def test_a_transport_does_nothing_after_the_deadline() -> None:
    """Neither wait for a connection nor open one."""
    transport = Transport(Limits())
    outcome = transport.send(plan_request(), time.monotonic() - 1)
    transport.close()

    assert isinstance(outcome, Unreachable)
    assert "no time was left" in str(outcome)


def test_a_namespace_alone_sends_nothing() -> None:
    """It has to be inherited from."""
    with pytest.raises(NotImplementedError):
        Namespace().orgs.find("org_1")
    with pytest.raises(NotImplementedError):
        Namespace().sessions.from_token("x")
