"""Users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from arware.api.calls import asked, narrowed, segment

from .associations import (
    Children,
    CreateChild,
    DeleteChild,
    EmbeddedChildren,
    FindChild,
    Parent,
    RetrieveChild,
    UpdateChild,
    one_of,
    parents_of,
)
from .base import Collection
from .changes import post
from .fields import flag, mapping, moment, text
from .forms import Both
from .membership import Membership
from .operations import Created, Deleted, Found, Listed, Updated
from .reading import ReadIssued, ReadObject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arware.api.calls import Steps

    from .credential import Credential
    from .event import Event
    from .mailing_list_subscription import MailingListSubscription
    from .org import Org
    from .realm import Realm
    from .session import Session
    from .token import Token


def _post(cls: Any, action: str, params: Mapping[str, Any], **given: Any) -> Any:
    """Send *params* and what is *given*, in the root, to an *action* of the class."""
    named = {name: value for name, value in given.items() if value is not None}
    reader: ReadObject[Any] = ReadObject(cls._class, strict=True)
    path = f"{cls._path}/{action}"
    request = asked({**named, **params})
    return cls._class_send(request.call("POST", path, reader, root=cls._kind))


def _authenticate(cls: Any, id: str | None, /, **params: Any) -> Any:
    """Log the user *id* in; an e-mail address or a user name will do as well."""
    return _post(cls, f"{segment(id)}/authenticate", params)


def _generate_password_token(cls: Any, id: str | None, /, **params: Any) -> Any:
    return _issue(cls, id, "generate_password_token", params)


def _request_email_verification(cls: Any, id: str | None, /, **params: Any) -> Any:
    return _issue(cls, id, "request_email_verification", params)


def _issue(cls: Any, id: str | None, action: str, params: Mapping[str, Any]) -> Any:
    reader: ReadObject[Any] = ReadObject(cls._class, strict=True)
    path = f"{cls._path}/{segment(id)}/{action}"
    return cls._class_send(asked(params).call("POST", path, reader))


def _authenticate_self(user: User, /, **params: Any) -> Any:
    """
    Log this user in with a ``password``.

    Returns a :class:`~arware.Session`, or a :class:`~arware.Token` if a second step
    is needed; its own ``errors`` and ``False`` if the login failed. On the class the
    id (an e-mail address or a user name will do) comes first, and a failure raises
    :class:`~arware.errors.RecordInvalid`.
    """
    return _issue_self(user, "authenticate", params, root=user._kind)


def _generate_password_token_self(user: User, /, **params: Any) -> Any:
    """Return a token to reset the password with; ``False`` and errors if refused."""
    return _issue_self(user, "generate_password_token", params)


def _request_email_verification_self(user: User, /, **params: Any) -> Any:
    """Return a token to verify the address with; ``False`` and errors if refused."""
    return _issue_self(user, "request_email_verification", params)


def _issue_self(
    user: User, action: str, params: Mapping[str, Any], root: str | None = None
) -> Any:
    path = user._place(action)
    request = asked(params, user._context)
    return user._send(request.call("POST", path, ReadIssued(user), root=root))


class User(Listed, Found, Created, Updated, Deleted):
    """Somebody who can log in."""

    __slots__ = ()
    _kind = "user"
    _path = "users"

    realm_id = text()
    username = text()
    first_name = text()
    last_name = text()
    name = text()
    email = text()
    email_pending = text()
    email_verification = text()
    locale = text()
    reference = text()
    state = text()
    custom = mapping()
    created_at = moment()
    last_login_at = moment()
    keep_sessions = flag()
    password = text(secret=True)
    password_confirmation = text(secret=True)

    realm: Parent[Realm] = Parent()

    credentials: EmbeddedChildren[Credential] = EmbeddedChildren()
    find_credential: FindChild[Credential] = FindChild()
    retrieve_credential: RetrieveChild[Credential] = RetrieveChild()
    create_credential: CreateChild[Credential] = CreateChild()
    create_credential_or_raise: CreateChild[Credential] = CreateChild()
    update_credential: UpdateChild[Credential] = UpdateChild()
    update_credential_or_raise: UpdateChild[Credential] = UpdateChild()
    delete_credential: DeleteChild[Credential] = DeleteChild()
    delete_credential_or_raise: DeleteChild[Credential] = DeleteChild()

    events: Children[Event] = Children()
    find_event: FindChild[Event] = FindChild()
    retrieve_event: RetrieveChild[Event] = RetrieveChild()

    mailing_list_subscriptions: Children[MailingListSubscription] = Children()
    find_mailing_list_subscription: FindChild[MailingListSubscription] = FindChild()
    retrieve_mailing_list_subscription: RetrieveChild[MailingListSubscription] = (
        RetrieveChild()
    )
    create_mailing_list_subscription: CreateChild[MailingListSubscription] = (
        CreateChild()
    )
    create_mailing_list_subscription_or_raise: CreateChild[MailingListSubscription] = (
        CreateChild()
    )
    update_mailing_list_subscription: UpdateChild[MailingListSubscription] = (
        UpdateChild()
    )
    update_mailing_list_subscription_or_raise: UpdateChild[MailingListSubscription] = (
        UpdateChild()
    )
    delete_mailing_list_subscription: DeleteChild[MailingListSubscription] = (
        DeleteChild()
    )
    delete_mailing_list_subscription_or_raise: DeleteChild[MailingListSubscription] = (
        DeleteChild()
    )

    memberships: Children[Membership] = Children()
    find_membership: FindChild[Membership] = FindChild()
    retrieve_membership: RetrieveChild[Membership] = RetrieveChild()
    create_membership: CreateChild[Membership] = CreateChild()
    create_membership_or_raise: CreateChild[Membership] = CreateChild()
    update_membership: UpdateChild[Membership] = UpdateChild()
    update_membership_or_raise: UpdateChild[Membership] = UpdateChild()
    delete_membership: DeleteChild[Membership] = DeleteChild()
    delete_membership_or_raise: DeleteChild[Membership] = DeleteChild()

    sessions: Children[Session] = Children()
    find_session: FindChild[Session] = FindChild()
    retrieve_session: RetrieveChild[Session] = RetrieveChild()
    create_session: CreateChild[Session] = CreateChild()
    create_session_or_raise: CreateChild[Session] = CreateChild()
    delete_session: DeleteChild[Session] = DeleteChild()
    delete_session_or_raise: DeleteChild[Session] = DeleteChild()

    authenticate: Both[Session | Token, Session | Token | Literal[False]] = Both(
        _authenticate, _authenticate_self
    )
    generate_password_token: Both[Token, Token | Literal[False]] = Both(
        _generate_password_token, _generate_password_token_self
    )
    request_email_verification: Both[Token, Token | Literal[False]] = Both(
        _request_email_verification, _request_email_verification_self
    )

    @classmethod
    def authenticate_token(
        cls, token: str | None = None, code: str | None = None, **params: Any
    ) -> Session:
        """
        Complete a login with the *token* (``tmf:...``) of its first step and a *code*.

        Raises :class:`~arware.errors.RecordInvalid` if they do not fit.
        """
        named = {"token": token, "code": code}
        session: Session = _post(cls, "authenticate_token", params, **named)
        return session

    @classmethod
    def reset_password_with_token(
        cls,
        token: str | None = None,
        password: str | None = None,
        password_confirmation: str | None = None,
        **params: Any,
    ) -> Session | Token:
        """
        Set a new *password* with a *token* (``tpw:...``), and log in.

        Raises :class:`~arware.errors.RecordInvalid` if the service refuses.
        """
        issued: Session | Token = _post(
            cls,
            "reset_password_with_token",
            params,
            token=token,
            password=password,
            password_confirmation=password_confirmation,
        )
        return issued

    @classmethod
    def verify_email(cls, token: str | None = None, **params: Any) -> User:
        """
        Verify an e-mail address with a *token* (``tve:...`` or ``tue:...``).

        Raises :class:`~arware.errors.RecordInvalid` if the service refuses.
        """
        user: User = _post(cls, "verify_email", params, token=token)
        return user

    def accept_invitation(self, token: str | None = None, **params: Any) -> bool:
        """Accept the invitation of *token*, and tell whether it went well."""
        return post(self, "accept_invitation", params, token=token)

    def update_password(
        self,
        current_password: str | None = None,
        password: str | None = None,
        password_confirmation: str | None = None,
        **params: Any,
    ) -> bool:
        """Set a new *password*, given the current one; tell whether it went well."""
        return post(
            self,
            "update_password",
            params,
            method="PUT",
            current_password=current_password,
            password=password,
            password_confirmation=password_confirmation,
        )

    def update_profile(self, **fields: Any) -> bool:
        """Change what a user may change of their own; tell whether it went well."""
        return post(self, "profile", fields, method="PUT")

    def orgs(self, **params: Any) -> Collection[Org]:
        """
        Return the orgs that the user belongs to, by way of the memberships.

        Like these it is one page; *more_results* tells whether there is another.
        *params* are those of the memberships.
        """
        return self._run(self._orgs(**params))

    def _orgs(self, **params: Any) -> Steps[Collection[Org]]:
        memberships = yield User.memberships.step(self, **params)
        return (yield from parents_of(memberships, Membership.org))

    def find_org(self, id: str, /, **params: Any) -> Org:
        """Return the user's org *id*, or raise ``RecordNotFound``."""
        return self._run(self._find_org(id, params))

    def _find_org(self, id: str, params: Mapping[str, Any]) -> Steps[Org]:
        orgs = yield from self._orgs(**params)
        if id and orgs.more_results and all(org.id != id for org in orgs):
            # What is not on the first page may still be the user's.
            orgs = yield from self._orgs(**narrowed(params, org_id=id))
        return one_of(orgs, id, "org")
