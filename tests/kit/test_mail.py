"""A mail as a message: nothing in it can pass for something else."""

from __future__ import annotations

from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arware.kit.mail import LONGEST_SUBJECT, Mail, make_message, one_line, parse_sender

SENDER = parse_sender("Acme <no-reply@acme.example>")
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
]


def message_of(
    subject: str = "Hello",
    text: str = "Hello.",
    html: str = "",
    to: str = "ada@example.com",
    sender: Address = SENDER,
) -> EmailMessage:
    """Return a message as it was read from its bytes."""
    mail = Mail(to=to, subject=subject, text=text, html=html)
    made = make_message(mail, sender=sender, id="mail_1", made_at=1_800_000_000)
    return message_from_bytes(made.as_bytes(), policy=default)


def test_a_message_says_what_the_mail_says() -> None:
    """A reader finds sender, recipient, subject, time, text and HTML."""
    message = message_of("Grüße", "Grüß Gott\nAda", "<p>Grüß <b>Gott</b>")

    assert message["From"] == "Acme <no-reply@acme.example>"
    assert message["To"] == "ada@example.com"
    assert message["Subject"] == "Grüße"
    assert message["Date"].datetime.timestamp() == 1_800_000_000
    assert message["Message-ID"] == "<mail_1@acme.example>"
    plain, html = message.iter_parts()
    assert plain.get_content().splitlines() == ["Grüß Gott", "Ada"]
    assert html.get_content().strip() == "<p>Grüß <b>Gott</b>"


def test_absence_assistants_are_asked_not_to_answer() -> None:
    """No "I am on holiday" comes back (RFC 3834 5)."""
    assert message_of()["Auto-Submitted"] == "auto-generated"


def test_a_message_is_the_same_however_often_it_is_made() -> None:
    """A second sending can be told from a second mail."""
    mail = Mail(to="ada@example.com", subject="é", text="é" * 500, html="<p>é")
    first, second = (
        make_message(mail, sender=SENDER, id="mail_1", made_at=5).as_bytes()
        for _ in range(2)
    )

    assert first == second


def test_a_mail_without_html_has_one_part() -> None:
    """It is plain text and nothing else."""
    message = message_of(text="Hello.")

    assert not message.is_multipart()
    assert message.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\0"]
)
def test_t76_a_subject_begins_no_header_of_its_own(end: str) -> None:
    """Whatever ends a line somewhere is a space, or nothing, in a subject."""
    message = message_of(subject=f"Hello{end}Bcc: eve@example.com")

    assert list(message.keys()) == HEADERS
    assert message["Subject"].replace(" ", "") == "HelloBcc:eve@example.com"


@pytest.mark.parametrize(
    "to",
    [
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "ada@example.com eve@example.com",
        "Ada <ada@example.com>",
        "ada@example.com>",
        "ada",
        "@example.com",
        "a@b@example.com",
        "ada@exam\u2028ple.com",
        "аda@example.com",  # Cyrillic
        "",
    ],
)
def test_t76_a_mail_goes_to_one_address_or_nowhere(to: str) -> None:
    """What is not one address is refused, not repaired."""
    with pytest.raises(ValueError, match="not an e-mail address"):
        message_of(to=to)


@pytest.mark.parametrize(
    ("text", "name", "address"),
    [
        ("no-reply@acme.example", "", "no-reply@acme.example"),
        ("Acme <no-reply@acme.example>", "Acme", "no-reply@acme.example"),
        ('"Acme, Inc." <a@acme.example>', "Acme, Inc.", "a@acme.example"),
        ("  <a@acme.example> ", "", "a@acme.example"),
        ("Bücher <a@bücher.example>", "Bücher", "a@xn--bcher-kva.example"),
        ("日本 <a@例え.jp>", "日本", "a@xn--r8jz45g.jp"),
        (
            "Acme\nBcc: e@e.example <a@acme.example>",
            "Acme Bcc: e@e.example",
            "a@acme.example",
        ),
    ],
)
def test_a_sender_is_an_address_with_perhaps_a_name(
    text: str, name: str, address: str
) -> None:
    """The domain may be an international one."""
    sender = parse_sender(text)

    assert (sender.display_name, sender.addr_spec) == (name, address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Acme",
        "Acme <>",
        "a@b.example, c@d.example",
        "A <a@b.example> B",
        "<<a@b.example>>",
    ],
)
def test_what_names_no_sender_is_refused(text: str) -> None:
    """A setting that cannot work is found before the first mail."""
    with pytest.raises(ValueError, match="not an e-mail address"):
        parse_sender(text)


def test_t76_an_international_domain_is_sent_in_ascii() -> None:
    """So that no server need know of anything but ASCII."""
    assert message_of(to="ada@bücher.example")["To"] == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 5000,
        "é" * 5000,
        "日本語" * 500,
        ".\n.\n..\n",
        "From here\nFrom there\n",
        "a\r\nb\rc\n",
        "\ud800",
        "a\0b",
    ],
)
def test_a_text_travels_in_seven_bits_and_short_lines(text: str) -> None:
    """Every server takes it, and the reader gets it as it was."""
    mail = Mail(to="ada@example.com", subject="s", text=text, html=text)
    data = make_message(mail, sender=SENDER, id="mail_1", made_at=5).as_bytes()

    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 78
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_a_long_domain_leaves_the_message_id_whole() -> None:
    """It is never encoded, however long it is, so that it can be compared."""
    domain = ".".join(["a" * 60] * 3) + ".example"
    message = message_of(sender=parse_sender(f"no-reply@{domain}"))

    assert message["Message-ID"].strip() == f"<mail_1@{domain}>"


def test_what_a_mail_says_is_not_shown_by_mistake() -> None:
    """A mail in a traceback or a log gives no link away (RQ-K10)."""
    mail = Mail(to="a@b.example", subject="s3cret", text="s3cret", html="s3cret")

    assert repr(mail) == "Mail(to='a@b.example')"


def test_a_subject_has_an_end() -> None:
    """Not even a name of 100 emoji makes headers that servers refuse."""
    assert len(message_of(subject="x" * 1000)["Subject"]) == LONGEST_SUBJECT


@given(st.text(), st.text())
def test_no_text_changes_what_the_headers_are(subject: str, name: str) -> None:
    """Whatever is typed: the same headers, one sender, one recipient, one subject."""
    typed = name.replace("<", "").replace(">", "")
    sender = parse_sender(f"{typed} <no-reply@acme.example>")
    message = message_of(subject=subject, sender=sender)

    assert list(message.keys()) == HEADERS
    assert [address.addr_spec for address in message["From"].addresses] == [
        "no-reply@acme.example"
    ]
    assert [address.addr_spec for address in message["To"].addresses] == [
        "ada@example.com"
    ]
    assert " ".join(message["Subject"].split()) == one_line(subject)[:LONGEST_SUBJECT]
