"""
Every exception of arware.

::

    AuthRocketError
    ├── ConfigurationError          settings that cannot work; lists all faults
    ├── TokenError                  a login token that is not to be believed
    │   ├── TokenMalformed
    │   │   └── TokenTooLarge
    │   ├── TokenExpired
    │   ├── TokenNotYetValid
    │   ├── SignatureMismatch
    │   ├── WrongIssuer
    │   ├── WrongRealm
    │   ├── UnknownKey
    │   └── LoginRefused            good, but the login is over, or nobody can tell
    ├── KeysUnavailable             the key set is not available
    ├── BadCookie
    ├── ResponseStarted             a login that comes too late for its cookie
    ├── Refusal                     raised by an application, answered by an adapter
    │   ├── LoginRequired
    │   └── Forbidden
    └── Error                       a call of the API (AuthRocket::Error in Ruby)
        ├── CredentialsMissing          a ConfigurationError too
        ├── AccessDenied                403
        ├── AccountInactive             402
        ├── AuthenticationFailed        401
        ├── BadOption                   a ConfigurationError too
        ├── CertificateError
        ├── ConnectionError
        ├── RateLimited                 429
        ├── RecordNotFound              404
        ├── UnexpectedResponse          not the API's answer, a 404 in HTML for instance
        ├── UnsavedObjectError
        ├── RecordError
        │   ├── RecordInvalid           409, 422
        │   └── WaitTimeout
        └── QueryError
            └── BulkActionError

Each has a *reason*, a stable lower-case word for programs and logs, and a
*status_hint*, the HTTP status a server may answer with. No message and no
``repr`` ever holds a token, a secret or a password.
"""

from __future__ import annotations

from contextvars import ContextVar
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .settings import Fault


class AuthRocketError(Exception):
    """The root of all exceptions that arware raises."""

    reason: str = "error"
    status_hint: ClassVar[int] = 500

    # Exceptions are otherwise made anew by calling the class with the message, which
    # is not what most of ours take.
    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.args), vars(self)

    # A copy that shared its record would hold the record's secrets.
    def __copy__(self) -> Self:
        return deepcopy(self)


E = TypeVar("E", bound=AuthRocketError)


def _rebuilt(cls: type[E], args: tuple[Any, ...]) -> E:
    """Make an error again, without telling anybody that it was made."""
    error = cls.__new__(cls, *args)
    error.args = args
    return error


# --- Configuration -----------------------------------------------------------------


class ConfigurationError(AuthRocketError):
    """
    The settings cannot work.

    *faults* holds all that is wrong, each with ``setting``, ``variable``, ``problem``,
    ``fix`` and ``kind``.
    """

    reason = "configuration"
    #: What the list of faults is about.
    heading: ClassVar[str] = "arware cannot start with these settings"

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        lines = "".join(f"\n  - {fault}" for fault in self.faults)
        super().__init__(f"{self.heading}:{lines}")


# --- Tokens and keys ---------------------------------------------------------------


class TokenError(AuthRocketError):
    """A login token that is not to be believed; *reason* says why."""

    reason = "malformed"
    status_hint = 401


class TokenMalformed(TokenError):
    """The text is no login token. *problem* says which rule it breaks."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"the token is malformed: {problem}")


class TokenTooLarge(TokenMalformed):
    """The token is longer than any that is read. Both numbers are in characters."""

    def __init__(self, size: int, limit: int) -> None:
        self.size = size
        self.limit = limit
        super().__init__(
            f"it has {size:,} characters, and at most {limit:,} fit into the cookies "
            "of a login; select fewer scopes or less custom data for the realm's tokens"
        )


class TokenExpired(TokenError):
    """The token's time is over. *expired_at* is in seconds since the epoch."""

    reason = "expired"

    def __init__(self, expired_at: float) -> None:
        self.expired_at = expired_at
        super().__init__(f"the token expired at {expired_at:.0f}")


class TokenNotYetValid(TokenError):
    """The token's time has not come. *valid_from* is in seconds since the epoch."""

    reason = "not_yet_valid"

    def __init__(self, valid_from: float) -> None:
        self.valid_from = valid_from
        super().__init__(f"the token is not valid before {valid_from:.0f}")


class SignatureMismatch(TokenError):
    """The token was not signed with the key that it names."""

    reason = "bad_signature"

    def __init__(self) -> None:
        super().__init__("the token's signature does not match")


class WrongIssuer(TokenError):
    """The token's ``iss`` is not exactly the issuer of the settings."""

    reason = "wrong_issuer"

    def __init__(self) -> None:
        super().__init__("the token was issued by somebody else")


class WrongRealm(TokenError):
    """The token's ``rid`` is not the realm of the settings."""

    reason = "wrong_realm"

    def __init__(self) -> None:
        super().__init__("the token belongs to another realm")


class UnknownKey(TokenError):
    """No key of the key set has the token's ``kid``."""

    reason = "unknown_key"

    def __init__(self) -> None:
        super().__init__("no key of the key set has the token's kid")


class LoginRefused(TokenError):
    """
    The token is good, but what it stands for is not, or not any more.

    Its *reason* is ``revoked`` or ``ended``, or ``outage`` where nobody can tell.
    """

    reason = "ended"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the login does not count: {reason}")


class KeysUnavailable(AuthRocketError):
    """The key set is not available just now, so no token can be verified."""

    reason = "keys_unavailable"
    status_hint = 503

    def __init__(self, problem: str = "the key set could not be downloaded") -> None:
        super().__init__(problem)


# --- Cookies -----------------------------------------------------------------------


class BadCookie(AuthRocketError):
    """The cookie was not made by us, for this use, with a secret that still counts."""

    reason = "bad_cookie"
    status_hint = 400

    def __init__(self, problem: str) -> None:
        super().__init__(f"the cookie is not ours: {problem}")


class ResponseStarted(AuthRocketError):
    """The answer has begun, so it can set no cookie that keeps a login."""

    reason = "response_started"

    def __init__(self) -> None:
        super().__init__(
            "the response has started, so the login cannot be kept in a cookie; "
            "call login() before the response begins, and not in a websocket"
        )


# --- Refusals ----------------------------------------------------------------------


class Refusal(AuthRocketError):
    """An application's refusal, which the adapter above it turns into an answer."""

    status_hint = 403

    #: Who wants to know while a request is under way, in a cell that its adapter
    #: empties when the request is over: frameworks catch what views raise, so a refusal
    #: has to speak up when it is made.
    observer: ClassVar[ContextVar[list[Any] | None]] = ContextVar(
        "arware_observer", default=None
    )

    def __init__(self, message: str) -> None:
        super().__init__(message)
        for exchange in self.observer.get() or ():
            exchange.note(self)


class LoginRequired(Refusal):
    """
    Raise it below an adapter to send a visitor to the login page.

    A browser's navigation is redirected, anything else gets a 401. *redirect_uri*
    is where the login returns to; by default the URL of the request.
    """

    reason = "login_required"
    status_hint = 401

    def __init__(self, redirect_uri: str | None = None) -> None:
        self.redirect_uri = redirect_uri
        super().__init__("a login is required")


class Forbidden(Refusal):
    """Raise it below an adapter to answer 403: who is known may not do this."""

    reason = "forbidden"

    def __init__(self, message: str = "this is not permitted") -> None:
        super().__init__(message)


# --- The API -----------------------------------------------------------------------


class Error(AuthRocketError):
    """
    A call of the API failed; the base of all that follow.

    *call* is the method and the path, with what might be a credential left out;
    *host* is who was asked, *status* and *request_id* what came back, if anything
    did, *body* the beginning of an answer that could not be used, and *retry_after*
    the seconds after which to come back. Each is ``None`` where it is not known.
    """

    reason = "api_error"
    status_hint = 502

    def __init__(
        self,
        message: str = "the call failed",
        *,
        call: str | None = None,
        host: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        body: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.call = call
        self.host = host
        self.status = status
        self.request_id = request_id
        self.body = body
        self.retry_after = retry_after
        super().__init__(message)


class CredentialsMissing(ConfigurationError, Error):
    """A client has no API key or no URL, so that it can ask nobody."""

    heading = "the API cannot be asked with these settings"


class AccessDenied(Error):
    """403: the API key is missing, wrong, or may not do this."""

    reason = "access_denied"


class AccountInactive(Error):
    """402: the subscription of the AuthRocket account is not active."""

    reason = "account_inactive"


class AuthenticationFailed(Error):
    """401: sent by old services only; today a failed login is a validation error."""

    reason = "authentication_failed"
    status_hint = 401


class BadOption(ConfigurationError, Error):
    """A ``cache`` or a ``url`` of one call cannot be used; nothing was asked."""

    heading = "the call cannot be made"


class CertificateError(Error):
    """The certificates to check servers with cannot be read."""

    reason = "certificate_error"


class ConnectionError(Error):  # noqa: A001 - AuthRocket's name, in its own namespace
    """The network, or the server's host, failed; the message names the fix."""

    reason = "connection_error"
    status_hint = 503


class RateLimited(Error):
    """429: too many calls. *retry_after* tells when to come back, if the API did."""

    reason = "rate_limited"
    status_hint = 503


class RecordNotFound(Error):
    """404: there is no such object, or this API key may not see it."""

    reason = "record_not_found"
    status_hint = 404


class UnexpectedResponse(Error):
    """What answered is not the API; its ``url`` may lead elsewhere."""

    reason = "unexpected_response"


class UnsavedObjectError(Error):
    """The object has no id yet, so nothing can be asked about it."""

    reason = "unsaved_object"
    status_hint = 500


class RecordError(Error):
    """Something is wrong with one object, *record*; *errors* are its messages."""

    reason = "record_error"
    status_hint = 422
    _verdict: ClassVar[str] = ""

    def __init__(self, record: Any, message: str = "", **evidence: Any) -> None:
        self.record = record
        self.errors: list[str] = list(getattr(record, "errors", ()))
        told = f"{type(record).__name__}{self._verdict}: {' '.join(self.errors)}"
        super().__init__(message or told, **evidence)


class RecordInvalid(RecordError):
    """409 or 422: the API refused the object; *record* holds what was submitted."""

    reason = "record_invalid"
    _verdict = " Invalid"


class WaitTimeout(RecordError):
    """An object did not reach a state in time."""

    reason = "wait_timeout"
    status_hint = 504


class QueryError(Error):
    """The API refused a query; *errors* are its messages."""

    reason = "query_error"
    status_hint = 422

    def __init__(self, errors: Iterable[str], **evidence: Any) -> None:
        self.errors = list(errors)
        super().__init__(f"Error: {' '.join(self.errors)}", **evidence)


class BulkActionError(QueryError):
    """The API refused an action on many objects."""

    reason = "bulk_action_error"
