"""What a type checker finds wrong: an ignore that is not needed is an error too."""

from __future__ import annotations

from arware import AsyncClient
from arware.api.awaited import AsyncOrg


async def mistakes(client: AsyncClient, org: AsyncOrg) -> None:
    """Make them."""
    str(client.orgs.find("org_1").name)  # type: ignore[attr-defined]  # not awaited
    str((await client.orgs.find("org_1")).nmae)  # type: ignore[attr-defined]  # none
    await org.update("x")  # type: ignore[call-arg]  # its fields have names
    list(client.orgs.iterate())  # type: ignore[call-overload]  # async for
    abs(org.update(name="x"))  # type: ignore[arg-type]  # not awaited
    with client:  # type: ignore[attr-defined]  # async with
        pass
