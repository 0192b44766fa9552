"""
Passkeys: asked for, and what an authenticator has signed for it checked (WebAuthn).

The package ``webauthn`` reads and verifies the signed data. Here stands what the site
itself decides: what is asked for, and which answers count. An answer counts for the
challenge that it was asked with: one that this site made (128 random bits), for this
browser and this purpose, in the last five minutes, and that no answer has used up yet
(RQ-M6, ASVS 5.0 6.7.2). A challenge is signed and not stored, so that strangers who
open pages fill no table; a used one is, until it would be over.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, BigInteger, String, Text, insert, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from arware.kit.forgetting import delete_some
from arware.kit.secrets import Signer, is_digest
from arware.tokens import base64url

#: RQ-M6: for how many seconds a challenge may be answered.
CHALLENGE_SECONDS = 5 * 60
NONCE_BYTES = 16

#: WebAuthn 4: the longest id of a credential, 1023 bytes; here in base64url.
LONGEST_ID = -(-1023 * 4 // 3)
#: EdDSA, ES256 and RS256 (RFC 9053, RFC 8812): what all authenticators have one of.
ALGORITHMS = (-8, -7, -257)


class PasskeyColumns:
    """
    The columns of the table: mix them into a mapped class, and give it a user.

    *credential_id*, *public_key* (COSE) are base64url. *sign_count* is the counter of
    the last use, 0 where the authenticator keeps none. Times are seconds.
    """

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    credential_id: Mapped[str] = mapped_column(String(LONGEST_ID), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    transports: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[int] = mapped_column(BigInteger)
    used_at: Mapped[int | None] = mapped_column(BigInteger)


class UsedChallengeColumns:
    """The columns of the table of challenges that were answered. They hold digests."""

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


class NotGood(Exception):
    """
    An answer that does not count. *reason* says why, for a log.

    It is ``malformed``, ``challenge``, ``not_verified`` or ``unproved``, and tells
    nothing of what was sent.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Ceremony:
    """
    One occasion at which a passkey is asked for.

    *rp_id* is the host name that passkeys belong to, *origin* that of the page. An
    answer counts in the *browser*, and for the *purpose*, that the challenge was for.
    """

    rp_id: str
    origin: str
    browser: str = field(repr=False)
    purpose: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an authenticator answered; nothing is proved yet."""

    credential_id: str
    challenge: bytes = field(repr=False)
    #: Whose the passkey is, as the authenticator was told; ``""`` if it does not say.
    user_handle: str
    credential: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that an authenticator has made: what its row keeps of it."""

    credential_id: str
    public_key: str
    sign_count: int
    transports: list[str]


# Where passkeys can be used at all.


def covers(rp_id: str, host: str) -> bool:
    """
    Tell whether browsers use passkeys of *rp_id* on pages of *host*.

    It is the host, or a name that the host ends with. Numbers are no name.
    """
    with suppress(ValueError):
        ipaddress.ip_address(rp_id.strip("[]"))
        return False
    return bool(rp_id) and (host == rp_id or host.endswith(f".{rp_id}"))


# Asking.


def new_challenge(signer: Signer, ceremony: Ceremony, now: int) -> bytes:
    """Return a challenge that is good once, in its browser, for five minutes."""
    text = f"{now}.{secrets.token_urlsafe(NONCE_BYTES)}"
    return f"{text}.{signer.digest('passkey', _bound(text, ceremony))}".encode()


def request_options(
    ceremony: Ceremony,
    challenge: bytes,
    allowed: Iterable[PasskeyColumns] = (),
    *,
    verify: bool = True,
) -> dict[str, Any]:
    """
    Return what a page gives to ``navigator.credentials.get``, as JSON can say it.

    Without *allowed* whoever is asked chooses among the passkeys that they have here.
    With *verify* the authenticator has to make sure that it is its owner.
    """
    return {
        "challenge": base64url.encode(challenge),
        "rpId": ceremony.rp_id,
        "allowCredentials": _described(allowed),
        "userVerification": "required" if verify else "discouraged",
        "timeout": 1000 * CHALLENGE_SECONDS,
    }


def creation_options(
    ceremony: Ceremony,
    challenge: bytes,
    *,
    site: str,
    user: tuple[str, str, str],
    known: Iterable[PasskeyColumns] = (),
) -> dict[str, Any]:
    """
    Return what a page gives to ``navigator.credentials.create``, as JSON can say it.

    *site* is what the site is called, *user* the id, the name to log in with and the
    name. An authenticator that has one of the *known* passkeys makes no other.
    """
    handle, login_name, name = user
    return {
        "challenge": base64url.encode(challenge),
        "rp": {"id": ceremony.rp_id, "name": site},
        "user": {
            "id": base64url.encode(handle.encode()),
            "name": login_name,
            "displayName": name,
        },
        "pubKeyCredParams": [
            {"type": "public-key", "alg": number} for number in ALGORITHMS
        ],
        "excludeCredentials": _described(known),
        # It is to log in by itself: found without a name, and opened by its owner only.
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
        "timeout": 1000 * CHALLENGE_SECONDS,
    }


def _described(passkeys: Iterable[PasskeyColumns]) -> list[dict[str, Any]]:
    return [
        {"type": "public-key", "id": one.credential_id, "transports": one.transports}
        for one in passkeys
    ]


# Checking.


def read(text: str) -> Answer:
    """Take an answer apart, as the page has sent it. Raises :class:`NotGood`."""
    try:
        credential = json.loads(text)
        response = credential["response"]
        client = json.loads(_decoded(response["clientDataJSON"]))
        # Pages of ours are in no frame of somebody else's.
        if client.get("crossOrigin"):
            raise NotGood("malformed")
        handle = response.get("userHandle")
        return Answer(
            credential_id=base64url.encode(_decoded(credential["id"])),
            challenge=_decoded(client["challenge"]),
            user_handle=_decoded(handle).decode() if handle else "",
            credential=credential,
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NotGood("malformed") from None


def check_challenge(
    signer: Signer, ceremony: Ceremony, challenge: bytes, now: int
) -> None:
    """Raise :class:`NotGood` unless *challenge* was made here, and is not over."""
    text, _, given = challenge.decode("ascii", "replace").rpartition(".")
    if not is_digest(signer, "passkey", _bound(text, ceremony), given):
        raise NotGood("challenge")
    if int(text.partition(".")[0]) <= now - CHALLENGE_SECONDS:
        raise NotGood("challenge")


def use_challenge(
    db: Session,
    table: type[UsedChallengeColumns],
    challenge: bytes,
    now: int,
) -> bool:
    """
    Use *challenge* up in this transaction; tell whether it was not used before.

    Of any number of answers at once one is told so. The digest takes no secret, of
    which there may be a new one before the challenge is over.
    """
    digest = hashlib.sha256(challenge).hexdigest()
    row = {"digest": digest, "expires_at": now + CHALLENGE_SECONDS}
    try:
        with db.begin_nested():
            db.execute(insert(table).values(row))
    except IntegrityError:
        return False
    return True


def forget_challenges(
    db: Session, table: type[UsedChallengeColumns], before: int, most: int
) -> int:
    """Remove those that would be over anyway, *most* at most; return how many."""
    return delete_some(db, table.digest, table.expires_at <= before, most)


def check_new(ceremony: Ceremony, answer: Answer) -> NewPasskey:
    """
    Return the passkey that was made. Raises :class:`NotGood`.

    No attestation is asked for: who makes it is not what people are judged by.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    try:
        made = verify_registration_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=ceremony.rp_id,
            expected_origin=ceremony.origin,
            require_user_verification=True,
            supported_pub_key_algs=list(map(COSEAlgorithmIdentifier, ALGORITHMS)),
        )
    except Exception:  # noqa: BLE001  See `check`.
        raise NotGood("unproved") from None
    credential_id = base64url.encode(made.credential_id)
    if len(credential_id) > LONGEST_ID:
        raise NotGood("malformed")
    told = answer.credential["response"].get("transports")
    transports = told if isinstance(told, list) else []
    return NewPasskey(
        credential_id=credential_id,
        public_key=base64url.encode(made.credential_public_key),
        sign_count=made.sign_count,
        transports=[one for one in _TRANSPORTS if one in transports],
    )


_TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "hybrid", "internal")


def check(
    ceremony: Ceremony, answer: Answer, passkey: PasskeyColumns, *, verify: bool = True
) -> int:
    """
    Return the counter that *passkey* was shown with. Raises :class:`NotGood`.

    With *verify* its owner must have been verified, as where it is the only proof. The
    counter is not judged here: see :func:`count`.
    """
    from webauthn import verify_authentication_response

    try:
        shown = verify_authentication_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=ceremony.rp_id,
            expected_origin=ceremony.origin,
            credential_public_key=_decoded(passkey.public_key),
            credential_current_sign_count=0,
        )
    # A stranger has sent all of it, and the package raises whatever it stumbles over.
    except Exception:  # noqa: BLE001
        raise NotGood("unproved") from None
    if verify and not shown.user_verified:
        raise NotGood("not_verified")
    return shown.new_sign_count


def count(
    db: Session, table: type[PasskeyColumns], row_id: str, number: int, now: int
) -> bool:
    """
    Note that a passkey was used; tell whether *number*, its counter, has gone on.

    One that has not is what a copy of the passkey would show, and the standard leaves
    it to the site what to make of that (WebAuthn 7.2, step 22). Many keep no counter:
    it is always 0.
    """
    has_gone_on = table.sign_count < number
    if number == 0:
        has_gone_on = or_(has_gone_on, table.sign_count == 0)
    used = update(table).where(table.id == row_id, has_gone_on)
    changed = used.values(sign_count=number, used_at=now).returning(table.id)
    return db.execute(changed).first() is not None


def _bound(text: str, ceremony: Ceremony) -> str:
    return f"{text} {ceremony.browser} {ceremony.rp_id} {ceremony.purpose}"


def _decoded(text: object) -> bytes:
    data = base64url.decode(text) if isinstance(text, str) else None
    if data is None:
        raise ValueError("no base64url")
    return data
