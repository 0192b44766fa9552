"""Settings ``mail.*``: the server that mails are handed to."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.headerregistry import Address
from pathlib import Path
from typing import Annotated, Any

from arware.kit.mail import parse_sender
from arware.kit.smtp import Security, Smtp
from arware.settings.addresses import is_loopback
from arware.settings.values import InvalidValue, read_number


def _read_sender(value: Any) -> str:
    try:
        return str(parse_sender(str(value)))
    except ValueError:
        raise InvalidValue(
            "it is not an e-mail address",
            "Write it like no-reply@example.com or Acme <no-reply@example.com>",
        ) from None


@dataclass(frozen=True, kw_only=True)
class Mail:
    """
    The server that mails are handed to. Without *host* none is sent.

    What contradicts itself raises :class:`~arware.settings.values.InvalidValue`.
    """

    #: The mail server. Without one nothing is sent.
    host: str | None = None
    #: By default 587 for ``starttls``, 465 for ``tls`` and 25 for ``plain``.
    port: Annotated[int, read_number(1, 65_535)] | None = None
    #: ``plain`` is for a server on this machine.
    security: Security = "starttls"
    #: With ``password``, if the server wants a login.
    user: str | None = None
    #: ASCII.
    password: str | None = field(default=None, repr=False)
    #: Who writes: an address, perhaps with a name in front.
    sender: Annotated[str | None, _read_sender] = None
    #: Authorities that vouch for the server's certificate, beside the system's: PEM.
    ca_file: Path | None = None
    #: Let mails cross a network unencrypted.
    insecure: bool = False

    def __post_init__(self) -> None:
        """Raise ``InvalidValue`` for settings with which no mail could be sent."""
        if self.host is None and (self.user or self.password or self.sender):
            raise InvalidValue(
                "it says how to send, but not where to",
                "Set mail.host to the name of your mail server",
            )
        if self.host is None:
            return
        if self.sender is None:
            raise InvalidValue(
                "there is a server, but nobody who writes",
                "Set mail.sender, like Acme <no-reply@example.com>",
            )
        if bool(self.user) != bool(self.password):
            raise InvalidValue(
                "a user and a password belong together",
                "Set both mail.user and mail.password, or neither",
            )
        if self.security == "plain" and not (self.insecure or is_loopback(self.host)):
            raise InvalidValue(
                "passwords and links would cross the network unencrypted",
                "Set mail.security to starttls (port 587) or tls (port 465); or "
                "mail.insecure to true, if the network is yours alone",
            )
        if not f"{self.user}{self.password}".isascii():
            raise InvalidValue(
                "mail.user or mail.password is not ASCII",
                "Ask the server for others",
            )
        try:
            self.mailer  # noqa: B018  Raises for the one thing that is left.
        except ValueError:
            raise InvalidValue(
                "there is no certificate in mail.ca_file",
                "Name a file of certificates as PEM",
            ) from None

    @property
    def address(self) -> Address:
        """Who writes. Needs a *sender*."""
        return parse_sender(self.sender or "")

    @property
    def mailer(self) -> Smtp:
        """What hands mails over. Needs a *host*."""
        return Smtp(
            host=self.host or "",
            port=self.port or 0,
            security=self.security,
            user=self.user or "",
            password=self.password or "",
            ca_file=self.ca_file,
            insecure=self.insecure,
        )
