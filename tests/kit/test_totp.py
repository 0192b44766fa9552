"""One-time passwords are those of RFC 6238, and each counts once."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from arware.kit import totp
from arware.kit.database import Database
from tests.kit.contest import winners
from tests.kit.tables import NOW, Totp

#: The secret of the RFCs' examples.
SECRET = base64.b32encode(b"12345678901234567890").decode()
STEP = NOW // 30

#: RFC 6238 appendix B, whose eight digits end in the six of ours.
VECTORS = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
]
#: RFC 4226 appendix D: the codes of the counters 0 to 9.
CODES = [
    "755224", "287082", "359152", "969429", "338314",
    "254676", "287922", "162583", "399871", "520489",
]  # fmt: skip


@pytest.mark.parametrize(("now", "code"), VECTORS)
def test_t75_codes_are_those_of_rfc_6238(now: int, code: str) -> None:
    """Their example times, by SHA-1 (RQ-M1)."""
    assert totp.matched_step(SECRET, code[2:], now, window=0) == now // 30


@pytest.mark.parametrize(("step", "code"), list(enumerate(CODES)))
def test_t75_codes_are_those_of_rfc_4226(step: int, code: str) -> None:
    """Each step has the code of its counter, from its first to its last second."""
    first = step * 30

    assert totp.matched_step(SECRET, code, first, window=0) == step
    assert totp.matched_step(SECRET, code, first + 29, window=0) == step
    assert totp.matched_step(SECRET, code, first + 30, window=0) is None


@pytest.mark.parametrize(
    ("now", "window", "step"),
    [
        (4 * 30, 1, 5),
        (5 * 30, 1, 5),
        (6 * 30, 1, 5),
        (3 * 30, 1, None),
        (7 * 30, 1, None),
        (6 * 30, 0, None),
        (4 * 30, 0, None),
        (7 * 30, 2, 5),
        (0, 5, 5),
    ],
)
def test_t75_a_code_is_good_shortly_before_and_after(
    now: int, window: int, step: int | None
) -> None:
    """One step either way by default, since clocks differ; none if wished (RQ-M1)."""
    assert totp.matched_step(SECRET, CODES[5], now, window=window) == step


def test_t75_only_steps_after_the_last_one_count() -> None:
    """An earlier code, though still in the window, is that of somebody who watched."""
    now = 6 * 30

    assert totp.matched_step(SECRET, CODES[5], now, after=4) == 5
    assert totp.matched_step(SECRET, CODES[5], now, after=5) is None
    assert totp.matched_step(SECRET, CODES[6], now, after=5) == 6


def test_t75_of_two_steps_with_one_code_a_later_one_than_the_last_is_taken() -> None:
    """Two steps of a window share their code now and then; each counts once."""
    secret, step, code = COLLISION
    now = step * 30

    assert totp.matched_step(secret, code, now) == step
    assert totp.matched_step(secret, code, now, after=step) == step + 1
    assert totp.matched_step(secret, code, now, after=step + 1) is None


#: Found by trying: the codes of this step and the next one are the same.
COLLISION = ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAGNOE", 60000000, "482583")


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("123456", "123456"),
        (" 123 456 ", "123456"),
        ("123-456", "123456"),
        ("123\u00a0456", "123456"),
        ("123\u2011456", "123456"),
        ("１２３４５６", "123456"),
        ("١٢٣٤٥٦", "123456"),
        ("12345a", ""),
        ("12345½", ""),
        ("+123456", ""),
        ("1.23456", ""),
        ("12\u200b3456", ""),
        ("\ud800", ""),
        ("", ""),
        ("1" * 33, ""),
    ],
)
def test_t75_codes_may_be_typed_as_they_are_shown(typed: str, digits: str) -> None:
    """With blanks and hyphens, and the digits of whatever keyboard."""
    assert totp.digits_of(typed) == digits


@pytest.mark.parametrize("typed", ["", "25467", "2546766", "0254676", "-254676x"])
def test_t75_what_is_no_code_is_never_right(typed: str) -> None:
    """A code has six digits, no more and no fewer."""
    assert totp.matched_step(SECRET, typed, 5 * 30) is None


def test_t75_secrets_have_160_bits() -> None:
    """And no two are the same (RQ-M1)."""
    secrets = {totp.new_secret() for _ in range(50)}

    assert len(secrets) == 50
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


def test_an_application_is_told_the_secret_and_whose_it_is() -> None:
    """By the address that the picture holds (AK-N09)."""
    uri = totp.otpauth_uri(SECRET, name="ada+1@example.com", issuer="Acme: Zürich & Co")
    parts = urlsplit(uri)

    assert uri.startswith("otpauth://totp/")
    assert unquote(parts.path) == "/Acme  Zürich & Co:ada+1@example.com"
    assert parse_qs(parts.query) == {
        "secret": [SECRET],
        "issuer": ["Acme  Zürich & Co"],
    }


@pytest.mark.parametrize("name", ["a@example.com", "語" * 100])
def test_the_picture_is_one_svg_that_fetches_nothing(name: str) -> None:
    """It has neither script nor style nor reference, and a light ground of its own."""
    uri = totp.otpauth_uri(SECRET, name=name, issuer='"><script>')
    picture = ET.fromstring(totp.qr_svg(uri))

    assert picture.tag == "svg"
    assert [child.tag for child in picture] == ["path", "path"]
    assert picture[0].get("fill") == "#fff"
    assert set(picture.attrib) == {"width", "height", "viewBox", "class"}
    assert set(picture[1].attrib) == {"class", "stroke", "d"}


def enrol(database: Database, step: int) -> None:
    """Keep a secret whose code of *step* was used."""
    with database.writing() as db:
        db.add(Totp(user_id="usr_1", secret="old", last_step=step))


def use(database: Database, step: int, user: str = "usr_1") -> bool:
    """Use the code of *step*."""
    with database.writing() as db:
        return totp.use_step(db, Totp, user, step, secret=f"kept at {step}")


def test_t75_a_step_counts_once_and_none_before_it(database: Database) -> None:
    """What is written with it is written only then."""
    enrol(database, STEP)

    assert not use(database, STEP)
    assert use(database, STEP + 1)
    assert not use(database, STEP + 1)
    assert not use(database, STEP)
    assert not use(database, STEP + 2, user="usr_2")
    with database.reading() as db:
        assert db.get_one(Totp, "usr_1").secret == f"kept at {STEP + 1}"


def test_t75_of_many_uses_at_once_exactly_one_succeeds(url: str) -> None:
    """From four processes with several threads each."""
    assert winners(url, "one-time password", 40) == 1
