"""A websocket's login, looked at again from time to time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arware.core.standing import REVOCATION_SECONDS

if TYPE_CHECKING:
    from arware.auth import Auth
    from arware.web.scope import Message, Receive, ScopeRequest, Send

    from .authenticator import Authenticator

#: After these nothing may be sent but the rest of a denial's body.
_CLOSING = ("websocket.close", "websocket.http.response.start")


class Websocket:
    """
    A websocket that is closed once the login behind it is over.

    When a message passes, at most every ``check_session`` seconds (30 without it), the
    handshake is decided about anew: over is a login that would not be let in any more,
    or would be somebody else's. An anonymous socket is left alone.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        handshake: ScopeRequest,
        auth: Auth,
        receive: Receive,
        send: Send,
    ) -> None:
        self._authenticator = authenticator
        self._handshake = handshake
        self._user_id = None if auth.user is None else auth.user.id
        self._seconds = authenticator.settings.check_session or REVOCATION_SECONDS
        self._looked_at = auth.now
        self._receive = receive
        self._send = send
        self._is_over = False
        self.is_closed = False

    async def receive(self) -> Message:
        """Be the application's ``receive``: once the login is over, a disconnect."""
        message = await self._receive()
        if message["type"] != "websocket.receive" or not await self._has_ended():
            return message
        return {"type": "websocket.disconnect", "code": 1008}

    async def send(self, message: Message) -> None:
        """
        Be the application's ``send``.

        Raises an OSError once the login is over, as servers do for a closed socket.
        """
        if message["type"] == "websocket.send" and await self._has_ended():
            raise ConnectionAbortedError("the login behind this websocket is over")
        self.is_closed = self.is_closed or message["type"] in _CLOSING
        await self._send(message)

    async def close(self, reason: str) -> None:
        """Close the socket for *reason* (policy violation: RFC 6455, 7.4.1)."""
        self.is_closed = True
        await self._send(policy_violation(reason))

    async def _has_ended(self) -> bool:
        now = self._authenticator.clock()
        # A clock that was set back must not put it off.
        is_due = abs(now - self._looked_at) >= self._seconds
        if is_due and self._user_id is not None and not self._is_over:
            self._looked_at = now
            auth = await self._authenticator.process_websocket(self._handshake, None)
            user = None if auth is None else auth.user
            self._is_over = user is None or user.id != self._user_id
        if self._is_over and not self.is_closed:
            await self.close("login_required")
        return self._is_over


def policy_violation(reason: str) -> Message:
    """Return the message that closes a websocket for *reason*."""
    return {"type": "websocket.close", "code": 1008, "reason": reason}
