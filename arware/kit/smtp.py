"""Handing mails to a server by SMTP, encrypted unless it is this very machine."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from arware.kit.mail import MailDelayed, MailRefused, ServerUnavailable
from arware.settings.addresses import is_loopback

Security = Literal["starttls", "tls", "plain"]

#: RFC 8314 3.3 and 7.3, RFC 6409 3.1, and what a local server listens on.
PORTS: dict[Security, int] = {"tls": 465, "starttls": 587, "plain": 25}
#: Seconds for each step: to connect, and to answer a command.
PATIENCE = 20
#: Seconds for the answer after the message. Who goes away too early sends it twice
#: (RFC 1047); RFC 5321 4.5.3.2.6 asks for 600, but from who delivers to strangers.
PATIENCE_AT_THE_END = 120
#: RFC 3463 3.8: it is about security or policy, that is, about who sends.
_POLICY = b"5.7."


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """
    A :class:`~.mail.Mailer` that hands each mail to a server, by a login if need be.

    *security* is ``starttls`` (a server that does not offer it is refused, never
    spoken to in the clear), ``tls`` from the first byte, or ``plain``, which only a
    *host* on loopback may be unless *insecure* is set. The server's certificate must
    be valid for *host*; *ca_file* names further authorities, as PEM. Port 0 is the
    usual one.

    Raises :class:`ValueError` for what can never work. A password does not show in
    ``repr``.
    """

    host: str
    port: int = 0
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    insecure: bool = False
    patience: float = PATIENCE

    def __post_init__(self) -> None:
        if self.security == "plain" and not (self.insecure or is_loopback(self.host)):
            raise ValueError("mails would cross the network unencrypted")
        if bool(self.user) != bool(self.password):
            raise ValueError("a user and a password belong together")
        # smtplib encodes them so, and fails at the first mail where it cannot.
        if not (self.user + self.password).isascii():
            raise ValueError("user and password must be ASCII")
        if self.security != "plain":
            _context(self.ca_file)

    def send(self, message: EmailMessage) -> None:
        """
        Hand *message* over.

        That the server is away, has no valid certificate or refuses the login or the
        sender is ours to repair, so the mail waits; it is given up only when the server
        says for good (5xx) that it does not take this address or this message.
        """
        (sender,) = message["From"].addresses
        (recipient,) = message["To"].addresses
        with self._connection(sender.domain) as server:
            _expect(server.mail(sender.addr_spec), "sender")
            _expect(server.rcpt(recipient.addr_spec), "recipient", may_refuse=True)
            if server.sock is not None:
                server.sock.settimeout(max(self.patience, PATIENCE_AT_THE_END))
            _expect(_data(server, message.as_bytes()), "content", may_refuse=True)

    @contextmanager
    def _connection(self, name: str) -> Iterator[smtplib.SMTP]:
        """Open a connection that is encrypted and logged in, and close it."""
        with _faults_named():
            server = self._connected(name)
            try:
                self._secure(server)
                yield server
                # What comes after the answer to the message changes nothing.
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    server.quit()
            finally:
                server.close()

    def _connected(self, name: str) -> smtplib.SMTP:
        # With a name given, smtplib does not ask the network for this machine's.
        host, port = self.host.strip("[]"), self.port or PORTS[self.security]
        patience = self.patience
        if self.security != "tls":
            return smtplib.SMTP(host, port, name, timeout=patience)
        context = _context(self.ca_file)
        return smtplib.SMTP_SSL(host, port, name, timeout=patience, context=context)

    def _secure(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if self.security == "starttls":
            if not server.has_extn("starttls"):
                raise ServerUnavailable("no STARTTLS")
            server.starttls(context=_context(self.ca_file))
            server.ehlo_or_helo_if_needed()
        if self.user:
            if not server.has_extn("auth"):
                raise ServerUnavailable("no login offered")
            server.login(self.user, self.password)


def _context(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError:  # ssl.SSLError is one
            raise ValueError("there is no certificate in the file") from None
    return context


def _data(server: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    try:
        return server.data(content)
    except smtplib.SMTPDataError as error:
        return error.smtp_code, _bytes(error.smtp_error)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "replace")


def _expect(answer: tuple[int, bytes], word: str, *, may_refuse: bool = False) -> None:
    """Raise what *answer* means, unless it is that all is well."""
    code, text = answer
    if 200 <= code < 300:
        return
    reason = _reason(word, code)
    # 530 (RFC 4954 6) wants a login, and 421 (RFC 5321 3.8) is going away.
    if may_refuse and code >= 500 and code != 530 and not text.startswith(_POLICY):
        raise MailRefused(reason)
    raise (MailDelayed if may_refuse and code not in (-1, 421) else ServerUnavailable)(
        reason
    )


def _reason(word: str, code: int) -> str:
    # smtplib's number for an answer without one.
    return f"{word} {code}" if code > 0 else "no SMTP"


@contextmanager
def _faults_named() -> Iterator[None]:
    """Turn what goes wrong on the way to a server into a word without its text."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise ServerUnavailable(f"login {error.smtp_code}") from None
    except smtplib.SMTPResponseException as error:
        raise ServerUnavailable(_reason("server", error.smtp_code)) from None
    except ssl.SSLCertVerificationError:
        raise ServerUnavailable("certificate") from None
    except ssl.SSLError:
        raise ServerUnavailable("encryption") from None
    except (smtplib.SMTPException, OSError) as error:
        # smtplib hides that a reply took too long behind an error of its own.
        late = isinstance(error.__context__ or error, TimeoutError)
        raise ServerUnavailable("timeout" if late else "connection") from None
