"""
An authenticator in software: passkeys without a device and a browser, for tests.

It makes and shows passkeys as devices do, and says who it is to be (its owner was
verified, how often it was used), so that a test may also see how a site fares with one
that is wrong. Nothing here is meant for production: it asks nobody.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from arware.tokens import base64url

Algorithm = Literal["ES256", "EdDSA", "RS256"]
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

#: WebAuthn 6.1: the flags of an authenticator's data.
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass(slots=True)
class SoftPasskey:
    """A passkey that an :class:`Authenticator` holds."""

    credential_id: bytes
    rp_id: str
    user_handle: str
    key: Key = field(repr=False)
    algorithm: Algorithm
    sign_count: int = 0


class Authenticator:
    """
    Make passkeys and show them, for pages of *origin* such as ``http://localhost``.

    *verifies* says whether it makes sure that it is its owner, *counts* whether it
    keeps a counter, which passkeys that are synchronised do not. The ids that it makes
    have *id_bytes*. *passkeys* are those that it holds, the newest last.
    """

    def __init__(
        self,
        origin: str = "http://localhost",
        *,
        algorithm: Algorithm = "ES256",
        verifies: bool = True,
        counts: bool = False,
        id_bytes: int = 32,
    ) -> None:
        self.origin = origin
        self.algorithm: Algorithm = algorithm
        self.verifies = verifies
        self.counts = counts
        self.id_bytes = id_bytes
        self.passkeys: list[SoftPasskey] = []

    def create(self, options: Mapping[str, Any]) -> str:
        """
        Make a passkey as ``navigator.credentials.create`` does.

        *options* are what the site sends to its page, with base64url for bytes. Returns
        the answer, as the page sends it back: JSON.
        """
        made = SoftPasskey(
            secrets.token_bytes(self.id_bytes),
            options["rp"]["id"],
            _decoded(options["user"]["id"]).decode(),
            _new_key(self.algorithm),
            self.algorithm,
        )
        self.passkeys.append(made)
        length = len(made.credential_id).to_bytes(2, "big")
        key = cbor(_cose(made.key))
        attested = bytes(16) + length + made.credential_id + key
        data = self._data(made, attested)
        attestation = cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return _answer(made, clientDataJSON=client, attestationObject=attestation)

    def get(self, options: Mapping[str, Any]) -> str:
        """
        Show a passkey as ``navigator.credentials.get`` does: the newest that is asked.

        Raises :class:`LookupError` where it has none for *options*.
        """
        allowed = {one["id"] for one in options.get("allowCredentials") or ()}
        found = [
            one
            for one in self.passkeys
            if one.rp_id == options["rpId"]
            and (not allowed or base64url.encode(one.credential_id) in allowed)
        ]
        if not found:
            raise LookupError(f"no passkey for {options['rpId']}")
        return self.show(found[-1], options["challenge"])

    def show(self, passkey: SoftPasskey, challenge: str) -> str:
        """Show *passkey*, whatever was asked for, and count that."""
        passkey.sign_count += self.counts
        client, data = self._client("webauthn.get", challenge), self._data(passkey)
        return _answer(
            passkey,
            clientDataJSON=client,
            authenticatorData=data,
            signature=_signed(passkey.key, data + sha256(client).digest()),
            userHandle=passkey.user_handle.encode(),
        )

    def _client(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps({**told, "crossOrigin": False}).encode()

    def _data(self, passkey: SoftPasskey, attested: bytes = b"") -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0)
        flags |= ATTESTED if attested else 0
        head = sha256(passkey.rp_id.encode()).digest() + bytes([flags])
        return head + passkey.sign_count.to_bytes(4, "big") + attested


def _answer(passkey: SoftPasskey, **parts: bytes) -> str:
    name = base64url.encode(passkey.credential_id)
    response = {part: base64url.encode(data) for part, data in parts.items()}
    told = {"id": name, "rawId": name, "type": "public-key", "response": response}
    return json.dumps(told)


def _new_key(algorithm: Algorithm) -> Key:
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048)


def _signed(key: Key, data: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), SHA256())
    return key.sign(data, ec.ECDSA(SHA256()))


def _cose(key: Key) -> dict[int, int | bytes]:
    """Return the public key as of RFC 9053 (7.1, 7.2) and RFC 8230 (4)."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, 3: -8, -1: 6, -2: key.public_key().public_bytes_raw()}
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {1: 3, 3: -257, -1: numbers.n.to_bytes(256), -2: b"\x01\x00\x01"}
    point = key.public_key().public_numbers()
    return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}


def cbor(value: object) -> bytes:
    """Return *value*, of what a passkey is made of, in CBOR (RFC 8949 3)."""
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value)) + value.encode("ascii")
    if isinstance(value, dict):
        pairs = b"".join(cbor(name) + cbor(one) for name, one in value.items())
        return _head(5, len(value)) + pairs
    raise TypeError(type(value).__name__)


def _head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    size = next(size for size in (1, 2, 4) if number < 256**size)
    return bytes([major << 5 | 23 + size.bit_length()]) + number.to_bytes(size)


def _decoded(text: str) -> bytes:
    data = base64url.decode(text)
    if data is None:
        raise ValueError("no base64url")
    return data
