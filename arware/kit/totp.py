"""
One-time passwords of authenticator applications (RFC 6238).

SHA-1, six digits and 30 seconds, as all such applications know them; the secret has
160 bits (RFC 4226 4, R6). The time is the server's alone (ASVS 5.0 6.5.8). A code
counts once: the last step that was used is kept, and only a later one is taken, by a
compare-and-set in the database (RFC 6238 5.2; ASVS 6.5.1; T75).
"""

from __future__ import annotations

import base64
import secrets
import unicodedata
from hmac import compare_digest
from typing import Any

import pyotp
import segno
from sqlalchemy import BigInteger, String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

#: Seconds that a code is shown for (ASVS 5.0 6.5.5), its digits, the secret's bytes.
STEP, DIGITS, SECRET_BYTES = 30, 6, 20

#: More than this was not typed from a screen.
LONGEST_TYPED = 32


class TotpColumns:
    """
    The columns of the table: mix them into a mapped class.

    *secret* is sealed. *last_step* is the step of the last code that was used.
    """

    user_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255))
    last_step: Mapped[int] = mapped_column(BigInteger)


def new_secret() -> str:
    """Return a new secret of 160 bits, as the 32 characters that applications take."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def matched_step(
    secret: str, typed: str, now: int, *, after: int = -1, window: int = 1
) -> int | None:
    """
    Return the step whose code was *typed*, ``None`` if it is the code of none.

    Looked at are the step of *now* and *window* ones before and behind it, but only
    such as are later than *after* (RQ-M1, M2); of several the nearest counts. Blanks
    and hyphens do not matter, nor of which script the digits are.
    """
    code = digits_of(typed).encode()
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP)
    current = now // STEP
    steps = (current + offset for offset in range(-window, window + 1))
    # All are compared, so that the time does not tell which one it was.
    matching = [
        step
        for step in steps
        if step >= 0 and compare_digest(totp.generate_otp(step).encode(), code)
    ]
    fresh = [step for step in matching if step > after]
    return min(fresh, key=lambda step: abs(step - current), default=None)


def use_step(
    db: Session, table: type[TotpColumns], user_id: str, step: int, **values: Any
) -> bool:
    """
    Note that a user's code of *step* was used; tell whether it was the first use.

    *values* are written with it. Of any number at once exactly one is told so, and an
    earlier step is never taken after a later one.
    """
    change = (
        update(table)
        .where(table.user_id == user_id, table.last_step < step)
        .values(last_step=step, **values)
        .returning(table.user_id)
    )
    return db.scalars(change).first() is not None


def digits_of(typed: str) -> str:
    """
    Return the digits of a code as ASCII, without the blanks and hyphens between them.

    Any other character makes it a code that is never right: the result is empty.
    """
    if len(typed) > LONGEST_TYPED:
        return ""
    kept = [c for c in typed if not c.isspace() and unicodedata.category(c) != "Pd"]
    values = [unicodedata.decimal(c, None) for c in kept]
    return "" if None in values else "".join(map(str, values))


def otpauth_uri(secret: str, *, name: str, issuer: str) -> str:
    """
    Return what an application reads from the picture (Key URI Format).

    *name* says whose account it is, *issuer* where.
    """
    # The format separates the two by a colon, and some decode the text before.
    plain = (text.replace(":", " ") for text in (name, issuer))
    name, issuer = plain
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def qr_svg(uri: str, size: int = 240) -> str:
    """
    Return the QR code of *uri* as an ``<svg>`` element, drawn here and nowhere else.

    It is *size* CSS pixels wide and high. It has a white ground and the quiet zone of
    four modules that ISO/IEC 18004 asks for, so that it is read on a dark page, too.
    """
    code = segno.make_qr(uri, error="m")
    svg = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    return svg.replace("<svg ", f'<svg width="{size}" height="{size}" ', 1)
