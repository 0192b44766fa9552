"""What a type checker knows about the asynchronous client; it is only type-checked."""

from __future__ import annotations

import asyncio
from typing import reveal_type

from arware import AsyncClient, Org, Settings
from arware.api.attempts import Limits
from arware.api.awaited import AsyncMembership, AsyncOrg


async def classes(client: AsyncClient) -> None:
    """Reveal what the methods of classes return."""
    reveal_type(await client.orgs.find("org_1"))  # AsyncOrg
    reveal_type((await client.orgs.find("org_1")).name)  # str | None
    reveal_type(await client.orgs.retrieve("org_1"))  # AsyncOrg | None
    reveal_type(await client.orgs.all(state="active"))  # Collection[AsyncOrg]
    reveal_type((await client.orgs.all()).more_results)  # bool
    reveal_type(await client.orgs.first())  # AsyncOrg | None
    reveal_type([org async for org in client.orgs.iterate()])  # list[AsyncOrg]
    reveal_type(await client.orgs.create(name="x"))  # AsyncOrg
    reveal_type(await client.orgs.create_or_raise(name="x"))  # AsyncOrg
    reveal_type(await client.orgs.update("org_1", name="x"))  # AsyncOrg
    reveal_type(await client.orgs.delete("org_1"))  # AsyncOrg
    reveal_type(client.orgs(name="x"))  # AsyncOrg
    reveal_type(client.hooks.event_types())  # list[str]
    reveal_type(await client.users.authenticate("usr_1"))  # AsyncSession | AsyncToken
    reveal_type(await client.users.verify_email("tve:1"))  # AsyncUser
    reveal_type(await client.sessions.from_token("x"))  # AsyncSession | None
    reveal_type(await client.verify("x"))  # Identity | None


async def objects(client: AsyncClient) -> None:
    """Reveal what the methods of objects return."""
    user = await client.users.find("usr_1")
    reveal_type(user.email)  # str | None
    reveal_type(user.valid)  # bool
    reveal_type(await user.update(name="x"))  # bool
    reveal_type(await user.delete_or_raise())  # bool
    reveal_type(await user.save())  # bool
    reveal_type(await user.reload())  # AsyncUser
    reveal_type(await user.update_password("a", "b"))  # bool
    reveal_type(await user.memberships())  # Collection[AsyncMembership]
    reveal_type(await user.find_membership("mb_1"))  # AsyncMembership
    reveal_type(await user.retrieve_membership("mb_1"))  # AsyncMembership | None
    reveal_type(await user.create_membership(org_id="org_1"))  # AsyncMembership
    reveal_type(await user.orgs())  # Collection[AsyncOrg]
    reveal_type(await (await user.memberships())[0].org)  # AsyncOrg | None
    both = await asyncio.gather(user.reload(), client.orgs.find("org_1"))
    reveal_type(both)  # tuple[AsyncUser, AsyncOrg]


async def annotated(org: AsyncOrg, membership: AsyncMembership) -> Org | None:
    """Take what such a client returned; it is a resource like others."""
    task = asyncio.create_task(org.update(name="x"))
    reveal_type(await task)  # bool
    reveal_type(membership.permissions)  # list[str]
    return await membership.org


async def main() -> None:
    """Make clients."""
    async with AsyncClient(Settings(), limits=Limits(total=5), realm="rl_1") as client:
        reveal_type(client)  # AsyncClient
        await classes(client)
    await client.aclose()
