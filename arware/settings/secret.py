"""How secrets, keys and ids are read."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from typing import Any

from .values import InvalidValue, check_encoding, read_text

#: The shortest secret that is accepted, in bytes (SHA-256's own strength).
SECRET_BYTES = 32

_KINDS = {
    "org_": "an organization's id",
    "usr_": "a user's id",
    "rl_": "a realm's id",
    "svc_": "a service's id",
    "ks_": "an API key",
    "key_": "an API key",
    "jsk_": "a JWT key",
}


def read_id(*prefixes: str) -> Callable[[Any], str | None]:
    """Return the reader of a text that begins with one of *prefixes*."""
    expected = " or ".join(prefixes)

    def read(value: Any) -> str | None:
        text = read_text(value)
        if text is None or text.startswith(prefixes):
            return text
        kind = next((_KINDS[p] for p in _KINDS if text.startswith(p)), None)
        problem = f"it is {kind}" if kind else f"it does not begin with {expected}"
        fix = f"Give what begins with {expected}, as AuthRocket shows it"
        raise InvalidValue(problem, fix)

    return read


def read_secrets(value: Any) -> tuple[str, ...]:
    """Return one or several secrets, which are split at commas."""
    if value is None:
        return ()
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    secrets: list[Any] = list(value) if isinstance(value, Iterable) else [None]
    if not all(isinstance(part, str) for part in secrets):
        raise InvalidValue("it is not text", "Give one secret, or a list of them")
    check_encoding("".join(secrets))
    for number, part in enumerate(secrets, 1):
        if len(part.encode()) < SECRET_BYTES:
            which = "it" if len(secrets) == 1 else f"number {number} of it"
            raise InvalidValue(
                f"{which} is shorter than {SECRET_BYTES} bytes",
                "Make one with `arware secret`",
            )
    return tuple(secrets)


# --- The key of tokens -------------------------------------------------------------

_PUBLIC_KEY_TEXT = re.compile(
    r"^(ssh-(rsa|ed25519) |ecdsa-sha2-|ssh-dss )|[\"'](kty|keys)[\"']\s*:"
)

# What a small key in DER holds, whose base64 is no longer than a secret: the names of
# RSA, elliptic curves, Ed25519 and Ed448 (RFC 8410), and the head of a bare RSA key.
_PUBLIC_KEY_BYTES = (
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
    b"\x2a\x86\x48\xce\x3d\x02\x01",
    b"\x06\x03\x2b\x65\x70",
    b"\x06\x03\x2b\x65\x71",
    b"\x81\x89\x02\x81\x81",
)


def read_jwt_key(value: Any) -> str | None:
    """Return an RSA key, by its length only, or a good secret (RFC 8725 2.1)."""
    text = read_text(value)
    if text is None or len(text) > 256:  # longer than any secret, so an RSA key
        return text
    if "-----BEGIN" in text:
        raise InvalidValue(
            "it begins as a PEM key but is too short to be a whole RSA key",
            "Give the whole RSA public key (2048 bits or more), to its -----END line",
        )
    if _is_public_key(text):
        raise InvalidValue(
            "it is a public key where an HS256 secret would stand",
            "Give the whole RSA public key (2048 bits or more), or the jsk_... secret",
        )
    # A realm's own secret is 22 random characters behind its prefix: 131 bits.
    floor = 26 if text.startswith("jsk_") else SECRET_BYTES
    if len(text.encode()) < floor:
        raise InvalidValue(
            f"it is shorter than {floor} bytes, so it can be guessed",
            "Copy the realm's JWT key from AuthRocket",
        )
    return text


def _is_public_key(text: str) -> bool:
    """Tell whether *text* is a public key in one of the forms keys come in."""
    if _PUBLIC_KEY_TEXT.search(text):
        return True
    try:
        # Other characters are passed over; no secret decodes to these bytes by chance.
        data = base64.b64decode(text.rstrip("=") + "==", altchars=b"-_")
    except ValueError:
        return False
    return data[:1] == b"0" and any(part in data for part in _PUBLIC_KEY_BYTES)
