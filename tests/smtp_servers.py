"""A real SMTP server on loopback, with a certificate of its own if need be."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.services import HOST, free_port

USER, PASSWORD = "realm", "correct horse"


@dataclass
class Mailbox:
    """
    What the server has got, and how it is to answer.

    *answers* has an answer for each recipient or step (``MAIL``, ``RCPT``, ``DATA``)
    that is not to be taken, and *holds* a step that is to wait until it is set.
    """

    port: int = 0
    envelopes: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    reached: list[str] = field(default_factory=list)
    hold: str = ""
    encrypted: list[bool] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages that were taken, as a reader's program understands them."""
        contents = [bytes(envelope.content or b"") for envelope in self.envelopes]
        return [message_from_bytes(content, policy=default) for content in contents]

    async def handle_MAIL(  # noqa: N802
        self, server: Any, _session: Any, envelope: Envelope, address: str, _: Any
    ) -> str:
        """Answer to a sender."""
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        envelope.mail_from = address
        return await self._answer("MAIL", address)

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _: Any
    ) -> str:
        """Answer to a recipient."""
        envelope.rcpt_tos.append(address)
        return await self._answer("RCPT", address)

    async def handle_DATA(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope
    ) -> str:
        """Keep a message; with ``hold="SENT"`` the sender never learns of it."""
        answer = await self._answer("DATA", "")
        if answer.startswith("2"):
            self.envelopes.append(envelope)
            await self._answer("SENT", "")
        return answer

    async def _answer(self, step: str, address: str) -> str:
        self.reached.append(step)
        while self.hold == step:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return self.answers.get(address) or self.answers.get(step) or "250 OK"


def _authenticate(
    _server: Any, _session: Any, _envelope: Any, mechanism: str, data: Any
) -> AuthResult:
    good = (USER.encode(), PASSWORD.encode())
    return AuthResult(success=(data.login, data.password) == good, handled=False)


@contextmanager
def smtp_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    auth: bool = False,
    port: int = 0,
) -> Iterator[Mailbox]:
    """Serve SMTP until the block ends: in the clear, by STARTTLS, or by TLS."""
    mailbox = Mailbox(port=port or free_port())
    options: dict[str, Any] = {"tls_context": starttls} if starttls else {}
    if starttls:
        options["require_starttls"] = True
    if auth:
        options |= {
            "authenticator": _authenticate,
            "auth_required": starttls is not None,
            "auth_require_tls": starttls is not None,
        }
    controller = Controller(
        mailbox, hostname=HOST, port=mailbox.port, ssl_context=tls, **options
    )
    controller.start()
    try:
        yield mailbox
    finally:
        mailbox.hold = ""
        controller.stop()


def make_certificate(
    folder: Path, *, name: str = "localhost", days: int = 30
) -> tuple[Path, ssl.SSLContext]:
    """
    Make a certificate for *name* that signs itself.

    Returns the file that trusts it, and what a server needs to show it. With negative
    *days* it ran out so many days ago.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    end = now + dt.timedelta(days=days)
    names = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ip_address(HOST)))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, end) - dt.timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    trusted, chain = folder / f"{name}.pem", folder / f"{name}-key.pem"
    trusted.write_bytes(pem)
    chain.write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return trusted, context
