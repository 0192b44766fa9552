"""Secrets that everybody knows, and keys where a secret would stand (T02, T03)."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from arware.errors import ConfigurationError
from arware.runtime import known_secrets
from arware.runtime.adapter_settings import adapter_settings
from arware.settings import Settings
from arware.testing import MemoryRealm
from arware.wsgi import Middleware

from .support import compact, json_of, segment
from .test_tokens import encodings


@pytest.fixture(scope="module")
def secrets(corpora: Path) -> list[str]:
    """Return Wallarm's list, what is not UTF-8 left out."""
    data = gzip.decompress(
        (corpora / "secrets" / "wallarm-jwt.secrets.list.gz").read_bytes()
    )
    lines = {line.strip() for line in data.split(b"\n")}
    return sorted(line.decode() for line in lines if _is_text(line))


def _is_text(line: bytes) -> bool:
    try:
        return bool(line.decode())
    except UnicodeDecodeError:
        return False


def no_application(environ: Any, start_response: Any) -> Any:
    """Never be called."""
    raise NotImplementedError


def faults_of(**settings: Any) -> tuple[Any, ...]:
    """Return the faults that keep an adapter with *settings* from starting."""
    given = {"loginrocket_url": "https://a.example/", "cookie_secret": "s" * 40}
    try:
        Middleware(no_application, **given | settings)
    except ConfigurationError as error:
        return error.faults
    return ()


def test_t03_short_known_secrets_are_refused(secrets: list[str]) -> None:
    """102,000 of them are under 32 bytes, as either secret."""
    short = [text for text in secrets if len(text.encode()) < 26]
    sample = [*short[::20], "", " ", "secret", "changeme", "x" * 31]
    taken = [
        text
        for text in sample
        if text.strip()
        and not (
            faults_of(jwt_key=text)
            and (faults_of(cookie_secret=text) or not text.strip(", "))
        )
    ]

    assert len(short) > 100_000
    assert taken == []


def test_t03_long_known_secrets_are_refused_as_keys(secrets: list[str]) -> None:
    """Each of the 1,815 that look long enough is refused, and the fault hides it."""
    known = [text for text in secrets if len(text.encode()) >= 32 and len(text) <= 256]
    taken, told = [], []
    for text in known:
        faults = faults_of(jwt_key=text)
        if not faults:
            taken.append(text)
        told += [text for fault in faults if text in str(fault)]

    assert len(known) > 1800
    assert taken == []
    assert told == []


def test_an_adapter_warns_of_a_known_cookie_secret(
    secrets: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """It starts, says so loudly, and does not repeat the secret."""
    known = next(text for text in secrets if len(text.encode()) >= 32)
    assert faults_of(cookie_secret=(known,)) == ()
    assert "public lists" in caplog.text
    assert known not in caplog.text


def test_the_digests_are_of_that_list(secrets: list[str]) -> None:
    """They are sorted, without repeats, and of 1,815 secrets."""
    known = {
        hashlib.sha256(text.encode()).digest()[: known_secrets.BYTES]
        for text in secrets
        if len(text.encode()) >= 32 and len(text) <= 256
    }

    assert len(known_secrets.digests()) == 1815
    assert known <= known_secrets.digests()


def test_good_secrets_are_taken() -> None:
    """Random ones are, as the commands make them, with white space around too."""
    for _ in range(2000):
        text = token_urlsafe(32)
        assert faults_of(jwt_key=text, cookie_secret=f" {text} , {text[::-1]}") == ()
        assert faults_of(jwt_key="jsk_" + token_urlsafe(17)) == ()


def public_keys(corpora: Path) -> Iterator[tuple[str, str]]:
    """Yield public keys in every form that is as short as a secret."""
    realm = MemoryRealm(private_key=rsa.generate_private_key(65537, 1024))
    entry = realm.jwks()["keys"][0]
    for name, data in encodings(realm.private_key.public_key(), entry).items():
        if name not in ("n", "n as bytes", "kid", "empty") and len(data) < 2000:
            text = data.decode("latin-1") if not name.endswith("der") else ""
            yield f"rsa {name}", text or base64.b64encode(data).decode()
    keys: dict[str, Any] = {
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "ed448": ed448.Ed448PrivateKey.generate(),
        "rsa 512 bits more": rsa.generate_private_key(65537, 1024),
    }
    for name, private in keys.items():
        key = private.public_key()
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        yield f"{name} pem", pem
        yield f"{name} pem on a line", pem.replace("\n", "")
        yield f"{name} pem, literal newlines", pem.replace("\n", "\\n")
        yield f"{name} pem, quoted", f'"{pem}"'
        yield f"{name} der in base64", base64.b64encode(der).decode()
        yield f"{name} der in base64url", segment(der)
        yield f"{name} der, lines", base64.encodebytes(der).decode()
        if not name.endswith("448") and name != "ed448":
            text = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
            yield f"{name} ssh", text
    yield "jwk", '{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}'
    yield "jwk in python", "{'kty': 'EC', 'crv': 'P-256', 'x': 'AAAAAAAAAAAAAA'}"
    yield "jwks", compact({"keys": [{"x": "AAAAAAAAAAAAAAAAAAAA"}]}).decode()
    for case in json_of(corpora / "jwks" / "x5c-samples.json"):
        for value in case["x5c"]:
            yield (
                f"cut certificate of {case['repo']}",
                f"-----BEGIN CERTIFICATE-----{value}",
            )


def test_t02_a_public_key_is_no_secret(corpora: Path, realm: MemoryRealm) -> None:
    """As jwt_key it is refused at the start, or it is an RSA key and taken as one."""
    taken = []
    for name, text in public_keys(corpora):
        try:
            _, keys = adapter_settings(
                None, {"jwt_key": text, "cookie_secret": "s" * 40}
            )
        except ConfigurationError:
            continue
        taken.append((name, keys.anonymous[0].algorithm if keys else None))

    assert [pair for pair in taken if pair[1] != "RS256"] == []


def test_t03_an_empty_key_in_the_environment_is_absent() -> None:
    """``AUTHROCKET_JWT_KEY=`` does not set an empty secret."""
    for blank in ("", " ", "\n"):
        environ = {"AUTHROCKET_JWT_KEY": blank, "AUTHROCKET_COOKIE_SECRET": blank}
        settings = Settings.from_environ(environ)

        assert settings.jwt_key is None
        assert settings.cookie_secret == ()
