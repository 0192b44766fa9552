"""An asynchronous client: every method of every resource returns something to await."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import pytest

from arware.api.answers import Response
from arware.api.async_client import AsyncClient
from arware.api.calls import Context
from arware.api.namespace import AsyncNamespace, Namespace
from arware.errors import QueryError, RecordNotFound, UnsavedObjectError
from arware.resources.base import Collection
from arware.resources.credential import Credential
from arware.resources.membership import Membership
from arware.resources.notification import Notification
from arware.resources.org import Org
from arware.resources.user import User
from tests.api.conftest import KEY
from tests.api.servers import Api

T = TypeVar("T")

ORG = {"object": "org", "id": "org_1", "name": "Acme"}
USER = {"object": "user", "id": "usr_1"}
MEMBERSHIP = {
    "object": "membership",
    "id": "mb_1",
    "user_id": "usr_1",
    "org_id": "org_1",
}


@pytest.fixture(params=["asyncio", "trio"])
def run(api: Api, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return what runs a coroutine function, given a client, on each kind of loop."""

    def run(work: Callable[[AsyncClient], Awaitable[T]]) -> T:
        async def main() -> T:
            async with AsyncClient(url=api.url, api_key=KEY) as client:
                return await work(client)

        return anyio.run(main, backend=request.param)

    return run


def targets(api: Api) -> list[str]:
    """Return what was asked."""
    return [f"{seen.method} {seen.target.removeprefix('/v2/')}" for seen in api.seen]


def test_objects_are_reloaded_updated_created_and_deleted(api: Api, run: Any) -> None:
    """The object itself is what ``reload`` gives."""

    async def work(client: Any) -> Any:
        api.will(USER)
        user = await client.users.find("usr_1")
        api.will({**USER, "name": "new"})
        same = await user.reload() is user
        name = user.name
        api.will({**USER, "name": "newer"})
        updated = await user.update(name="newer")
        api.will({"errors": ["no"]}, 422)
        refused = await user.update(name="")
        api.will(ORG)
        made = await client.orgs.create(name="x")
        saved = await client.orgs(name="x").save()
        deleted = await user.delete()
        missing = await client.users.retrieve("")
        first = await client.users.first()
        return same, name, updated, refused, made, saved, deleted, missing, first

    same, name, updated, refused, made, saved, deleted, missing, first = run(work)

    assert (same, name, updated, refused) == (True, "new", True, False)
    assert isinstance(made, Org)
    assert (saved, deleted, missing, first) == (True, True, None, None)


def test_lists_are_remembered_when_they_have_come(api: Api, run: Any) -> None:
    """What is at hand is awaited too, and asked for once."""

    async def work(client: Any) -> Any:
        user = client.users(id="usr_1")
        api.will({"errors": ["no"]}, 422)
        with pytest.raises(QueryError):
            await user.memberships()
        api.will({"collection": [MEMBERSHIP]})
        first, again = await user.memberships(), await user.memberships()
        api.will({"collection": []})
        filtered = await user.memberships(org_id="org_2")
        parent = await first[0].user is user
        none = await client.users().memberships()
        return first, first is again, filtered, parent, none

    first, same, filtered, parent, none = run(work)

    assert first == [Membership(id="mb_1")]
    assert (same, filtered, parent, none) == (True, [], True, [])
    assert isinstance(none, Collection)
    assert len(api.seen) == 3


def test_parents_are_asked_for_once(api: Api, run: Any) -> None:
    """Embedded, asked for, remembered or not there: all are awaited."""

    async def work(client: Any) -> Any:
        membership = client.memberships(id="mb_1", org_id="org_1")
        api.will(ORG)
        first, again = await membership.org, await membership.org
        api.will({**MEMBERSHIP, "user": USER})
        embedded = await (await client.memberships.find("mb_1")).user
        return first, first is again, embedded, await membership.user

    first, same, embedded, none = run(work)

    assert (first, same, embedded) == (Org(id="org_1"), True, User(id="usr_1"))
    assert none is None
    assert targets(api) == ["GET orgs/org_1", "GET memberships/mb_1"]


def test_what_takes_several_calls_is_one_thing_to_await(api: Api, run: Any) -> None:
    """Orgs by way of memberships, and the one that is not on the first page."""

    async def work(client: Any) -> Any:
        user = client.users(id="usr_1")
        second = {**MEMBERSHIP, "id": "mb_2", "org_id": "org_2"}
        api.will({"collection": [MEMBERSHIP], "more_results": True})
        api.will(ORG)
        orgs = await user.orgs()
        again = await user.orgs()
        api.will({"collection": [second]})
        api.will({**ORG, "id": "org_2"})
        found = await user.find_org("org_2")
        api.will({"collection": []})
        with pytest.raises(RecordNotFound):
            await user.find_org("org_3")
        api.will({"collection": [{**MEMBERSHIP, "user": USER}]})
        users = await client.orgs(id="org_1").users()
        return orgs, again, found, users, orgs.more_results

    orgs, again, found, users, more = run(work)

    assert orgs == again == [Org(id="org_1")]
    assert (found, users, more) == (Org(id="org_2"), [User(id="usr_1")], True)
    assert targets(api) == [
        "GET memberships?user_id=usr_1",
        "GET orgs/org_1",
        "GET memberships?org_id=org_2&user_id=usr_1",
        "GET orgs/org_2",
        "GET memberships?org_id=org_3&user_id=usr_1",
        "GET memberships?org_id=org_1",
    ]


def test_what_comes_with_its_parent_is_awaited_too(api: Api, run: Any) -> None:
    """Credentials of a user, notifications of an event; children by their ids."""
    note = {"object": "notification", "id": "ent_1"}
    credential = {"object": "credential", "id": "crd_1"}

    async def work(client: Any) -> Any:
        user, event = client.users(id="usr_1"), client.events(id="ev_1")
        api.will({**USER, "credentials": [credential]})
        credentials = await user.credentials()
        api.will({"object": "event", "id": "ev_1", "notifications": [note]})
        found = await event.find_notification("ent_1")
        api.will(MEMBERSHIP)
        made = await user.create_membership(org_id="org_1")
        missing = await user.retrieve_membership("")
        with pytest.raises(UnsavedObjectError):
            await client.users().reload()
        return credentials, found, made, missing

    credentials, found, made, missing = run(work)

    assert credentials == [Credential(id="crd_1")]
    assert found == Notification(id="ent_1")
    assert isinstance(made, Membership)
    assert missing is None


def test_a_session_is_asked_for_by_its_token(api: Api, run: Any) -> None:
    """A client that has no key leaves the token to the API."""

    async def work(client: Any) -> Any:
        api.will({"object": "session", "id": "kss_1"})
        return await client.sessions.find("eyJa.b.c")

    assert run(work).id == "kss_1"
    assert targets(api) == ["GET sessions/eyJa.b.c"]


def test_a_coroutine_for_send_is_all_it_takes(api: Api) -> None:
    """Whatever it inherits from."""
    membership = {**MEMBERSHIP, "org": ORG}

    class Small(Namespace):
        async def send(self, call: Any) -> Any:
            body = json.dumps({"collection": [membership]}).encode()
            return call.read(Response(200, {}, body), Context(self))

    async def work() -> Any:
        user = Small().users(id="usr_1")
        memberships: Any = user.memberships()
        await memberships
        again: Any = user.memberships()
        orgs: Any = user.orgs()
        return await again, await orgs

    assert asyncio.run(work()) == ([Membership(id="mb_1")], [Org(id="org_1")])


def test_a_client_begins_with_what_it_has_to_add() -> None:
    """Without a ``send`` of its own it says so when it is awaited."""
    client: Any = AsyncNamespace()

    async def work() -> None:
        await client.orgs.all()

    with pytest.raises(NotImplementedError):
        asyncio.run(work())
