"""Handing mails over by SMTP, to real servers on loopback and to strange ones."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from arware.kit.mail import (
    Mail,
    MailDelayed,
    MailRefused,
    ServerUnavailable,
    make_message,
    parse_sender,
)
from arware.kit.smtp import Smtp, is_loopback
from tests.services import HOST, free_port
from tests.smtp_servers import PASSWORD, USER, make_certificate, smtp_server

ADA = "ada@example.com"


def message_to(to: str = ADA, text: str = "Hello.\n.\n..\n") -> EmailMessage:
    """Return a message for *to*."""
    mail = Mail(to=to, subject="Grüße", text=text, html=f"<p>{text}")
    sender = parse_sender("Acme <no-reply@acme.example>")
    return make_message(mail, sender=sender, id="mail_1", made_at=1_800_000_000)


@pytest.fixture(scope="module")
def certificate(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, ssl.SSLContext]:
    """Return a certificate for localhost and what a server needs to show it."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def test_a_mail_reaches_the_server_as_it_is() -> None:
    """Envelope, headers and content arrive, dots at the start of a line too."""
    with smtp_server() as mailbox:
        Smtp(host=HOST, port=mailbox.port, security="plain").send(message_to())

    (envelope,), (message,) = mailbox.envelopes, mailbox.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@acme.example", [ADA])
    assert message["Subject"] == "Grüße"
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["Hello.", ".", ".."]


def test_starttls_encrypts_and_logs_in(
    certificate: tuple[Path, ssl.SSLContext],
) -> None:
    """The login and the mail cross the network encrypted (RFC 3207)."""
    trusted, context = certificate
    with smtp_server(starttls=context, auth=True) as mailbox:
        Smtp(
            host="localhost",
            port=mailbox.port,
            user=USER,
            password=PASSWORD,
            ca_file=trusted,
        ).send(message_to())

    assert mailbox.encrypted == [True]
    assert len(mailbox.messages) == 1


def test_tls_encrypts_from_the_first_byte(
    certificate: tuple[Path, ssl.SSLContext],
) -> None:
    """RFC 8314's way works, with an address in the place of a name too."""
    trusted, context = certificate
    with smtp_server(tls=context) as mailbox:
        Smtp(host=HOST, port=mailbox.port, security="tls", ca_file=trusted).send(
            message_to()
        )

    assert mailbox.encrypted == [True]
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize(
    ("name", "days", "is_trusted"),
    [("localhost", 30, False), ("other.example", 30, True), ("localhost", -1, True)],
    ids=["unknown authority", "another host", "out of date"],
)
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_no_mail_goes_to_a_server_that_cannot_prove_who_it_is(
    tmp_path: Path, security: Any, name: str, days: int, is_trusted: bool
) -> None:
    """Such a server learns nothing, and the mail waits."""
    trusted, context = make_certificate(tmp_path, name=name, days=days)
    how: dict[str, Any] = {security: context}
    with smtp_server(**how) as mailbox:
        mailer = Smtp(
            host="localhost",
            port=mailbox.port,
            security=security,
            ca_file=trusted if is_trusted else None,
        )
        with pytest.raises(ServerUnavailable, match=r"^certificate$"):
            mailer.send(message_to())

    assert mailbox.reached == []


def test_a_server_without_starttls_gets_nothing() -> None:
    """Who takes the offer out of the answer does not get the mail in the clear."""
    with smtp_server() as mailbox:
        mailer = Smtp(host="localhost", port=mailbox.port)
        with pytest.raises(ServerUnavailable, match=r"^no STARTTLS$"):
            mailer.send(message_to())

    assert mailbox.reached == []


def test_a_login_that_is_not_asked_for_is_not_shown() -> None:
    """A server that takes no login is told no password."""
    with smtp_server() as mailbox:
        mailer = Smtp(
            host=HOST, port=mailbox.port, security="plain", user=USER, password="x"
        )
        with pytest.raises(ServerUnavailable, match=r"^no login offered$"):
            mailer.send(message_to())


def test_a_refused_login_leaves_the_mail_waiting() -> None:
    """A wrong password is the operator's to repair; the mail is as good as before."""
    with smtp_server(auth=True) as mailbox:
        mailer = Smtp(
            host=HOST, port=mailbox.port, security="plain", user=USER, password="wrong"
        )
        with pytest.raises(ServerUnavailable, match=r"^login 535$"):
            mailer.send(message_to())

    assert mailbox.reached == []


@pytest.mark.parametrize(
    ("step", "answer", "error", "reason"),
    [
        ("RCPT", "550 5.1.1 no such ada@example.com", MailRefused, "recipient 550"),
        ("RCPT", "552 mailbox full", MailRefused, "recipient 552"),
        ("RCPT", "450 come back later", MailDelayed, "recipient 450"),
        ("RCPT", "451 4.3.0 disk", MailDelayed, "recipient 451"),
        ("RCPT", "554 5.7.1 Relay access denied", MailDelayed, "recipient 554"),
        ("RCPT", "530 log in first", MailDelayed, "recipient 530"),
        ("RCPT", "421 going away", ServerUnavailable, "recipient 421"),
        ("DATA", "554 this is spam", MailRefused, "content 554"),
        ("DATA", "452 4.3.1 disk is full", MailDelayed, "content 452"),
        ("MAIL", "550 who are you", ServerUnavailable, "sender 550"),
        ("MAIL", "530 5.7.0 log in first", ServerUnavailable, "sender 530"),
        ("MAIL", "451 busy", ServerUnavailable, "sender 451"),
    ],
)
def test_only_a_server_that_says_so_for_good_ends_a_mail(
    step: str, answer: str, error: type[Exception], reason: str
) -> None:
    """5xx for an address or a message is final; what is about us or passes is not."""
    with smtp_server() as mailbox:
        mailbox.answers[step] = answer
        mailer = Smtp(host=HOST, port=mailbox.port, security="plain")
        with pytest.raises((MailRefused, MailDelayed)) as caught:
            mailer.send(message_to())

    assert (type(caught.value), str(caught.value)) == (error, reason)
    assert mailbox.messages == []


def test_a_server_that_refuses_the_data_command_is_understood() -> None:
    """A 5xx to DATA itself is as final as one to the message."""
    answers = [b"220 hi", b"250 ok", b"250 ok", b"250 ok", b"554 no"]
    with (
        scripted(answers) as port,
        pytest.raises(MailRefused, match=r"^content 554$"),
    ):
        Smtp(host=HOST, port=port, security="plain").send(message_to())


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([], "connection"),
        ([b"554 go away"], "server 554"),
        ([b"\xff\xfe\x00"], "no SMTP"),
        ([b"HTTP/1.1 400 Bad Request"], "no SMTP"),
        ([b"220 hi", b"250 ok", b"what?"], "no SMTP"),
        ([b"220 hi", b"500 what", b"500 what"], "server 500"),
        ([b"220 hi", b"250 ok"], "connection"),
        ([b"220 hi", b"250 ok", b"250 ok", b"250 ok"], "connection"),
        ([b"220 hi", b"250 ok", b"250 ok", b"250 ok", b"354 go"], "connection"),
        ([b"220 " + b"x" * 20_000], "server 500"),
    ],
)
def test_a_server_that_breaks_off_leaves_the_mail_waiting(
    answers: list[bytes], reason: str
) -> None:
    """Wherever it does, and whatever it speaks."""
    with scripted(answers) as port, pytest.raises(ServerUnavailable) as caught:
        Smtp(host=HOST, port=port, security="plain").send(message_to())

    assert caught.value.reason == reason


def test_a_server_that_goes_silent_is_given_up() -> None:
    """A step has its time and no more."""
    with silent() as port:
        mailer = Smtp(host=HOST, port=port, security="plain", patience=0.1)
        with pytest.raises(ServerUnavailable, match=r"^timeout$"):
            mailer.send(message_to())


def test_a_server_that_is_not_there_leaves_the_mail_waiting() -> None:
    """Nobody listens."""
    with pytest.raises(ServerUnavailable, match=r"^connection$"):
        Smtp(host=HOST, port=free_port(), security="plain").send(message_to())


def test_what_goes_wrong_after_the_answer_changes_nothing() -> None:
    """A mail that was taken counts as sent, even if the server never says good-bye."""
    answers = [b"220 hi", b"250 ok", b"250 ok", b"250 ok", b"354 go", b"250 taken"]
    with scripted(answers) as port:
        Smtp(host=HOST, port=port, security="plain").send(message_to())


@pytest.mark.parametrize("host", ["mail.example.com", "10.0.0.1", "192.0.2.7", "::2"])
def test_mails_do_not_cross_a_network_in_the_clear(host: str) -> None:
    """Unless that is asked for by name."""
    with pytest.raises(ValueError, match="unencrypted"):
        Smtp(host=host, security="plain")

    assert Smtp(host=host, security="plain", insecure=True).host == host


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"]
)
def test_this_machine_is_known_by_each_of_its_names(host: str) -> None:
    """A server on it may be spoken to in the clear."""
    assert is_loopback(host)
    assert Smtp(host=host, security="plain").port == 0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"user": "u"}, "belong together"),
        ({"password": "p"}, "belong together"),
        ({"user": "u", "password": "pässword"}, "ASCII"),
        ({"ca_file": Path("/nowhere.pem")}, "no certificate"),
        ({"ca_file": Path(__file__)}, "no certificate"),
    ],
)
def test_what_can_never_work_is_refused_at_once(
    values: dict[str, Any], words: str
) -> None:
    """Not at the first mail, when nobody looks."""
    with pytest.raises(ValueError, match=words):
        Smtp(host="mail.example.com", **values)


def test_a_password_does_not_show() -> None:
    """Not in a repr, and so in no log and no traceback (RQ-K10)."""
    assert "s3cret" not in repr(Smtp(host="h.example", user="u", password="s3cret"))


def test_what_the_server_says_is_kept_to_itself() -> None:
    """No error has an address in it, nor one before it that a log would show."""
    with smtp_server() as mailbox:
        mailbox.answers["RCPT"] = "550 no ada@example.com here"
        with pytest.raises(MailRefused) as caught:
            Smtp(host=HOST, port=mailbox.port, security="plain").send(message_to())

    assert "ada@" not in str(caught.value)
    assert not isinstance(caught.value.__context__, smtplib.SMTPException)


@contextmanager
def scripted(answers: list[bytes]) -> Iterator[int]:
    """Answer each line with the next of *answers*, then close the connection."""
    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=_play, args=(listener, answers), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _play(listener: socket.socket, answers: list[bytes]) -> None:
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        for number, answer in enumerate(answers):
            if number:
                _read(lines, is_content=answers[number - 1].startswith(b"354"))
            connection.sendall(answer + b"\r\n")
        with suppress(OSError):  # who is there is gone, too
            connection.shutdown(socket.SHUT_WR)
            lines.read()


def _read(lines: Any, *, is_content: bool) -> None:
    while (line := lines.readline()) and is_content and line != b".\r\n":
        pass


@contextmanager
def silent() -> Iterator[int]:
    """Accept connections, and say nothing."""
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]
