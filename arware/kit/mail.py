"""A mail: what it says, and how it becomes a message of RFC 5322."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol

from arware.kit.canonical import canonical_email

#: Lines up to 998 octets (RFC 5322 2.1.1) and 7 bits, which every server takes: what
#: does not fit is sent as quoted-printable or base64.
POLICY = SMTP.clone(cte_type="7bit")

LONGEST_SUBJECT = 200

_SENDER = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """
    What one person is told. *html* says the same as *text*, or is empty.

    ``repr`` shows only whom it is for, since mails carry links that log people in.
    """

    to: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(default="", repr=False)


class MailError(Exception):
    """
    A mail was not handed over. *reason* is a word of ours, with the server's code.

    Nothing that the server said is in it: servers repeat addresses and contents.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MailRefused(MailError):
    """It will never be taken: the address or the content was refused for good."""


class MailDelayed(MailError):
    """It was not taken now; it may be later."""


class ServerUnavailable(MailDelayed):
    """Nothing can be sent now, whatever it is."""


class Mailer(Protocol):
    """Who hands mails over."""

    def send(self, message: EmailMessage) -> None:
        """
        Hand *message* over, and return once somebody else is responsible for it.

        Raises :class:`MailRefused` if it never will be taken, and
        :class:`MailDelayed` if it is to be tried again. It may be called by several
        threads at once.
        """


def parse_sender(text: str) -> Address:
    """
    Return the sender that *text* names: ``ada@example.com`` or ``Ada <ada@...>``.

    The domain may be an international one; it is returned in ASCII. Raises
    :class:`ValueError` if *text* is not one address with perhaps a name.
    """
    named = _SENDER.fullmatch(text.strip())
    name, address = (named["name"], named["address"]) if named else ("", text)
    return _address(address, one_line(name).strip('" '))


def _address(text: str, name: str = "") -> Address:
    address = canonical_email(text)
    if address is None:
        raise ValueError("this is not an e-mail address")
    return Address(name, addr_spec=address)


def one_line(text: str) -> str:
    """
    Return *text* fit for a header: one line, without control characters.

    All kinds of line ends are spaces then, so that no text, whoever typed it, begins
    a header of its own (T76). Half pairs, which cannot be encoded, are left out, and
    so is what turns the direction of the text around it.
    """
    return " ".join("".join(filter(_is_shown, text)).split())


def _is_shown(letter: str) -> bool:
    if letter.isspace():
        return True
    category = unicodedata.category(letter)
    # Joiners are part of words and of emoji.
    return not category.startswith("C") or letter in "\u200c\u200d"


def make_message(mail: Mail, *, sender: Address, id: str, made_at: int) -> EmailMessage:
    """
    Return *mail* as a message that is the same however often it is made.

    *id* and *sender* give the ``Message-ID`` by which receivers know a mail that was
    sent twice, and *made_at* (UTC seconds) gives the ``Date``. Raises
    :class:`ValueError` if it is for no address.
    """
    message = EmailMessage(POLICY)
    message["From"] = sender
    message["To"] = _address(mail.to)
    message["Subject"] = one_line(mail.subject)[:LONGEST_SUBJECT]
    message["Date"] = format_datetime(datetime.fromtimestamp(made_at, UTC))
    message["Message-ID"] = f"<{id}@{sender.domain}>"
    # RFC 3834 5: no answers by absence assistants, which Exchange wants told apart.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_clean(mail.text))
    if mail.html:
        message.add_alternative(_clean(mail.html), subtype="html")
        message.set_boundary(f"={id}=")
    return message


def _clean(text: str) -> str:
    """Return *text* with line ends of one kind and nothing that cannot be encoded."""
    lines = text.encode("utf-8", "replace").decode().replace("\0", "").splitlines()
    return "\n".join(lines) + "\n"
