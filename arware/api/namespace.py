"""The resources as a client offers them: ``client.orgs``, ``client.users`` ..."""

from __future__ import annotations

from functools import partial
from inspect import iscoroutinefunction
from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar, cast

from arware.resources.forms import Forms
from arware.resources.registry import resource_class

from .calls import Context, Each, Work, arun, each, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from datetime import timedelta

    from arware.resources.auth_provider import AuthProvider
    from arware.resources.base import Resource
    from arware.resources.claims import Identity
    from arware.resources.client_app import ClientApp
    from arware.resources.credential import Credential
    from arware.resources.domain import Domain
    from arware.resources.event import Event
    from arware.resources.hook import Hook
    from arware.resources.invitation import Invitation
    from arware.resources.jwt_key import JwtKey
    from arware.resources.mailing_list_provider import MailingListProvider
    from arware.resources.mailing_list_subscription import MailingListSubscription
    from arware.resources.membership import Membership
    from arware.resources.named_permission import NamedPermission
    from arware.resources.oauth2_session import Oauth2Session
    from arware.resources.org import Org
    from arware.resources.realm import Realm
    from arware.resources.resource_link import ResourceLink
    from arware.resources.session import Session
    from arware.resources.smtp_provider import SmtpProvider
    from arware.resources.user import User

    from .calls import Call, Pages, Steps

T = TypeVar("T")
R = TypeVar("R", bound="Resource")


class Scoped:
    """
    A resource's class, whose calls go through one client.

    It stands in for the class: the same methods run, and only who sends is another.
    """

    def __init__(self, resource: type[Resource], namespace: Namespace) -> None:
        self._resource = resource
        self._namespace = namespace

    def _class_send(self, call: Call[T]) -> T:
        return self._namespace.send(call)

    def _class_run(self, steps: Steps[T]) -> T:
        return self._namespace.run(steps)

    def _class_each(self, pages: Pages) -> Iterator[Any]:
        return self._namespace.each(pages)

    def _class_verify(self, token: str | None, **options: Any) -> Identity | None:
        return self._namespace._verified(token, **options)

    def _class_context(self, credentials: Mapping[str, Any] | None) -> Context:
        return Context(self._namespace, credentials)

    def __getattr__(self, name: str) -> Any:
        for base in self._resource.__mro__:
            found = vars(base).get(name)
            if isinstance(found, classmethod):
                return MethodType(found.__func__, self)
            if isinstance(found, Forms):
                return MethodType(found.on_class, self)
            if found is not None:
                break
        return getattr(self._resource, name)

    def __call__(self, **fields: Any) -> Any:
        """Make an object without a call, whose own calls go through the client."""
        made = self._resource(**fields)
        credentials = made._context.credentials if made._context else None
        made._context = Context(self._namespace, credentials)
        return made

    def __repr__(self) -> str:
        return f"<{self._resource.__name__} of {self._namespace!r}>"


class Namespace:
    """
    What every client offers; *send* is all that a kind of client has to add.

    If that is a coroutine, so is all that asks or could have asked;
    :class:`AsyncNamespace` says so to type checkers as well.
    """

    _awaits: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._awaits = iscoroutinefunction(cls.send)

    def __reduce__(self) -> NoReturn:
        message = (
            "a client holds connections and an API key and cannot be pickled; "
            "pass on its settings by other means, or the objects, which can be"
        )
        raise TypeError(message)

    def send(self, call: Call[T]) -> T:
        """Send *call* and return what it reads from the answer."""
        raise NotImplementedError

    def verify(
        self,
        token: str | None,
        *,
        within: float | timedelta | None = None,
        algo: str | None = None,
        credentials: Mapping[str, Any] | None = None,
    ) -> Identity | None:
        """
        Return whom *token* names, or ``None`` if it is not to be believed.

        *credentials* may hold another ``jwt_key`` or ``loginrocket_url``; they replace
        the settings'. Keys may have to be downloaded, so where *send* is a coroutine
        this is to be awaited too.
        """
        options = {"within": within, "algo": algo, "credentials": credentials}
        return self.run(_worked(partial(self._verified, token, **options)))

    def _verified(self, token: str | None, **options: Any) -> Identity | None:
        """
        Return what :meth:`verify` does, and wait for it.

        A kind of client that cannot tell leaves it to the API.
        """
        raise NotImplementedError

    def ready(self, value: T) -> T:
        """Return *value*, for which nothing has to be sent, as :meth:`send` would."""
        return cast("T", _awaited(value)) if self._awaits else value

    def run(self, steps: Steps[T]) -> T:
        """Send what *steps* yields, and return what it returns."""
        if self._awaits:
            return cast("T", arun(steps, self._sent, self.work))
        return run(steps, self.send)

    def each(self, pages: Pages) -> Iterator[Any]:
        """Yield what is on *pages*, one after the other."""
        if self._awaits:
            return cast("Iterator[Any]", Each(pages, self._sent))
        return each(pages, self.send)

    async def work(self, function: Callable[[], T]) -> T:
        """
        Return what *function* returns, which may take its time.

        Only clients whose *send* is a coroutine use it, and one that runs on an event
        loop does it elsewhere.
        """
        return function()

    @property
    def _sent(self) -> Callable[[Call[Any]], Awaitable[Any]]:
        return cast("Callable[[Call[Any]], Awaitable[Any]]", self.send)

    @property
    def auth_providers(self) -> type[AuthProvider]:
        """:class:`~arware.AuthProvider`, through this client."""
        return cast("type[AuthProvider]", Scoped(resource_class("auth_provider"), self))

    @property
    def client_apps(self) -> type[ClientApp]:
        """:class:`~arware.ClientApp`, through this client."""
        return cast("type[ClientApp]", Scoped(resource_class("client_app"), self))

    @property
    def credentials(self) -> type[Credential]:
        """:class:`~arware.Credential`, through this client."""
        return cast("type[Credential]", Scoped(resource_class("credential"), self))

    @property
    def domains(self) -> type[Domain]:
        """:class:`~arware.Domain`, through this client."""
        return cast("type[Domain]", Scoped(resource_class("domain"), self))

    @property
    def events(self) -> type[Event]:
        """:class:`~arware.Event`, through this client."""
        return cast("type[Event]", Scoped(resource_class("event"), self))

    @property
    def hooks(self) -> type[Hook]:
        """:class:`~arware.Hook`, through this client."""
        return cast("type[Hook]", Scoped(resource_class("hook"), self))

    @property
    def invitations(self) -> type[Invitation]:
        """:class:`~arware.Invitation`, through this client."""
        return cast("type[Invitation]", Scoped(resource_class("invitation"), self))

    @property
    def jwt_keys(self) -> type[JwtKey]:
        """:class:`~arware.JwtKey`, through this client."""
        return cast("type[JwtKey]", Scoped(resource_class("jwt_key"), self))

    @property
    def mailing_list_providers(self) -> type[MailingListProvider]:
        """:class:`~arware.MailingListProvider`, through this client."""
        return cast(
            "type[MailingListProvider]",
            Scoped(resource_class("mailing_list_provider"), self),
        )

    @property
    def mailing_list_subscriptions(self) -> type[MailingListSubscription]:
        """:class:`~arware.MailingListSubscription`, through this client."""
        return cast(
            "type[MailingListSubscription]",
            Scoped(resource_class("mailing_list_subscription"), self),
        )

    @property
    def memberships(self) -> type[Membership]:
        """:class:`~arware.Membership`, through this client."""
        return cast("type[Membership]", Scoped(resource_class("membership"), self))

    @property
    def named_permissions(self) -> type[NamedPermission]:
        """:class:`~arware.NamedPermission`, through this client."""
        return cast(
            "type[NamedPermission]", Scoped(resource_class("named_permission"), self)
        )

    @property
    def oauth2_sessions(self) -> type[Oauth2Session]:
        """:class:`~arware.Oauth2Session`, through this client."""
        return cast(
            "type[Oauth2Session]", Scoped(resource_class("oauth2_session"), self)
        )

    @property
    def orgs(self) -> type[Org]:
        """:class:`~arware.Org`, through this client."""
        return cast("type[Org]", Scoped(resource_class("org"), self))

    @property
    def realms(self) -> type[Realm]:
        """:class:`~arware.Realm`, through this client."""
        return cast("type[Realm]", Scoped(resource_class("realm"), self))

    @property
    def resource_links(self) -> type[ResourceLink]:
        """:class:`~arware.ResourceLink`, through this client."""
        return cast("type[ResourceLink]", Scoped(resource_class("resource_link"), self))

    @property
    def sessions(self) -> type[Session]:
        """:class:`~arware.Session`, through this client."""
        return cast("type[Session]", Scoped(resource_class("session"), self))

    @property
    def smtp_providers(self) -> type[SmtpProvider]:
        """:class:`~arware.SmtpProvider`, through this client."""
        return cast("type[SmtpProvider]", Scoped(resource_class("smtp_provider"), self))

    @property
    def users(self) -> type[User]:
        """:class:`~arware.User`, through this client."""
        return cast("type[User]", Scoped(resource_class("user"), self))


if TYPE_CHECKING:
    from .awaited import AsyncResources
else:  # all that it adds is for type checkers
    AsyncResources = Namespace


class AsyncNamespace(AsyncResources):
    """
    What every client offers whose *send* is a coroutine.

    All that asks, or that could have asked, returns something to await: methods,
    and parents like ``membership.org``; ``iterate`` returns an asynchronous iterator.
    """

    async def send(self, call: Call[T]) -> T:  # type: ignore[override]  # a coroutine
        """Send *call* and return what it reads from the answer."""
        raise NotImplementedError


async def _awaited(value: T) -> T:
    return value


def _worked(function: Callable[[], T]) -> Steps[T]:
    """Do one piece of work, and return what comes of it."""
    done: T = yield Work(function)
    return done
