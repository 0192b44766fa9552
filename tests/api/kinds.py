"""The kinds of clients, so that one suite runs against them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any, TypeAlias

from anyio.from_thread import BlockingPortal, start_blocking_portal

from arware.api.async_client import AsyncClient
from arware.api.attempts import Limits
from arware.api.client import Client

KINDS = ("blocking", "asyncio", "trio")
#: Makes a client for the time of a ``with``.
Make: TypeAlias = Callable[..., Any]


class Driven:
    """
    An asynchronous client as threads use one that blocks.

    Each call is a task of its own on one event loop.
    """

    def __init__(self, client: AsyncClient, portal: BlockingPortal) -> None:
        self.client = client
        self.portal = portal

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.client, name)
        is_resource = isinstance(getattr(AsyncClient, name, None), property)
        return Awaiting(found, self.portal) if is_resource else found


class Awaiting:
    """A resource of such a client."""

    def __init__(self, resource: Any, portal: BlockingPortal) -> None:
        self.resource = resource
        self.portal = portal

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **params: self.portal.call(self.do, name, args, params)

    async def do(self, name: str, args: Any, params: Any) -> Any:
        """Do what is called *name*."""
        found = getattr(self.resource, name)(*args, **params)
        return await found if isawaitable(found) else found


def maker(kind: str) -> Make:
    """Return what makes a client of *kind*."""

    @contextmanager
    def make(*args: Any, **options: Any) -> Iterator[Any]:
        if kind == "blocking":
            with Client(*args, **options) as client:
                yield client
            return
        client = AsyncClient(*args, **options)
        with start_blocking_portal(kind) as portal:
            try:
                yield Driven(client, portal)
            finally:
                portal.call(client.aclose)

    return make


def limit(client: Any, limits: Limits) -> None:
    """Give *client*, as it is, other limits."""
    inner = client.client if isinstance(client, Driven) else client
    inner.limits = inner._transport.limits = limits
