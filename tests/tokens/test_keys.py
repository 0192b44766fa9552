"""Keys: configured ones, key documents, finding one by kid."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from arware.errors import KeysUnavailable
from arware.tokens import keys
from arware.tokens.jwt import parse
from arware.tokens.keys import (
    Key,
    KeySet,
    UnusableKey,
    parse_jwt_key,
    parse_key_document,
)
from tests.making import key_set, realm, segment, strange_realm, weak_key

PEM = realm().public_key
BARE = "".join(PEM.splitlines()[1:-1])


def good(keys: KeySet, kid: str | None = "jky_memory") -> bool:
    """Tell whether *keys* verify a token of the realm."""
    token = parse(realm().token())
    return any(key.verifies(token.signed, token.signature) for key in keys.find(kid))


def certificate() -> x509.Certificate:
    """Return a certificate of the realm's key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "realm")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(realm().private_key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
        .sign(realm().private_key, SHA256())
    )


def pem_of(key: Any) -> str:
    """Return the public *key* as PEM."""
    encoded = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode()


def bare_of(key: Any) -> str:
    """Return the public *key* as bare base64."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


# --- A configured key --------------------------------------------------------------

FORMS = {
    "pem": PEM,
    "spaces around": f"  \n{PEM}\n  ",
    "literal newlines": PEM.replace("\n", "\\n"),
    "literal CRLF": PEM.replace("\n", "\\r\\n"),
    "CRLF": PEM.replace("\n", "\r\n"),
    "CR": PEM.replace("\n", "\r\n").replace("\n", "\n"),
    "one line": PEM.replace("\n", " "),
    "indented": PEM.replace("\n", "\n    "),
    "no final newline": PEM.strip(),
    "bare": BARE,
    "bare with spaces": f" {BARE[:64]} {BARE[64:]}\t",
    "bare in lines": "\n".join(PEM.splitlines()[1:-1]) + "\n",
    "bare in literal lines": "\\n".join(PEM.splitlines()[1:-1]),
    "bare without padding": BARE.rstrip("="),
    "certificate": certificate().public_bytes(Encoding.PEM).decode(),
    "certificate in CRLF": certificate()
    .public_bytes(Encoding.PEM)
    .decode()
    .replace("\n", "\r\n"),
    "PKCS1": realm()
    .private_key.public_key()
    .public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    .decode(),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_s48_a_long_key_is_an_rsa_key_in_any_form(text: str) -> None:
    """Whatever an environment file did to it, it is the same key."""
    found = parse_jwt_key(text)

    assert [key.algorithm for key in found.anonymous] == ["RS256"]
    assert good(found)
    assert good(found, None)
    assert good(found, "another kid")


@pytest.mark.parametrize("length", [32, 255, 256])
def test_s48_a_short_key_is_a_secret(length: int) -> None:
    """Up to 256 characters it is an HS256 secret, byte for byte."""
    found = parse_jwt_key(f" {'é' + 'x' * (length - 1)}\n")

    assert found.anonymous == (Key("HS256", ("é" + "x" * (length - 1)).encode()),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PEM[:300], "its PEM text is cut off"),
        (PEM.replace("-----END", "-----end"), "its PEM text is cut off"),
        (BARE[:300], "it is not a public key in PEM or base64"),
        ("x" * 257, "it is not a public key in PEM or base64"),
        ("!" * 257, "it is not a public key in PEM or base64"),
        ("AAAA" * 100, "it is not a public key in PEM or base64"),
        (PEM.replace("A", "!"), "it is not a public key in PEM or base64"),
        (pem_of(weak_key().public_key()),
         "it has 1024 bits, 2048 to 8192 are accepted"),
        (bare_of(ec.generate_private_key(ec.SECP521R1()).public_key()) + " " * 60
         + "\\n" * 30, "it is not an RSA key"),
        (realm().private_key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
         "it is not a public key in PEM or base64"),
        ("\udc80" * 40, "it holds bytes that are not UTF-8"),
        ("\udc80" * 300, "it is not a public key in PEM or base64"),
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_used_says_why(text: str, problem: str) -> None:
    """The message names the fault and never holds the key."""
    with pytest.raises(UnusableKey) as caught:
        parse_jwt_key(text)

    assert str(caught.value) == problem


def test_keys_show_nothing_of_themselves() -> None:
    """No repr holds a secret."""
    assert "hidden-secret" not in repr(parse_jwt_key("hidden-secret" * 3))


# --- Finding -----------------------------------------------------------------------


def test_a_key_is_found_by_its_kid_only() -> None:
    """No kid and an unknown kid find nothing in a key set."""
    assert key_set().find("jky_memory") == key_set().by_kid["jky_memory"]
    assert key_set().find("jky_other") == ()
    assert key_set().find(None) == ()
    assert KeySet().find("x") == ()


def test_sets_are_the_same_only_if_they_are_one_object() -> None:
    """Cached verdicts tell by identity whether the keys have changed."""
    assert KeySet() != KeySet()
    assert good(key_set())
    assert not good(KeySet({"jky_memory": parse_jwt_key("s" * 40).anonymous}))


# --- A key document ----------------------------------------------------------------


def entry(**changes: Any) -> dict[str, Any]:
    """Return the realm's entry with *changes*; ``None`` takes a member out."""
    values = {**realm().jwks()["keys"][0], **changes}
    return {name: value for name, value in values.items() if value is not None}


def document(*entries: Any) -> bytes:
    """Return the key document that holds *entries*."""
    return json.dumps({"keys": entries}).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"kty": None, "use": None, "alg": None, "n": None, "e": None},
        {"key_ops": ["sign", "verify"]},
        {"x5c": None},
        {"x5c": []},
        {"x5c": "text"},
        {"x5c": [1]},
        {"x5c": ["%%%"]},
        {"x5c": ["AAAA"]},
        {"x5c": [bare_of(realm().private_key.public_key()).rstrip("=")]},
        {"n": None},
        {"e": 65537},
        {"n": 5},
        {"x5c": None, "n": entry()["n"] + "=="},
        {"x5c": [base64.b64encode(
            certificate().public_bytes(Encoding.DER)).decode()], "n": None},
        {"custom": {"x": 1}},
    ],
)  # fmt: skip
def test_s56_a_key_is_read_from_x5c_or_from_its_numbers(changes) -> None:
    """``x5c[0]`` is a bare key, or a certificate; else ``n`` and ``e`` count."""
    found = parse_key_document(document(entry(**changes)))

    assert good(found)
    assert found.problems == ()
    assert [key.algorithm for key in found.find("jky_memory")] == ["RS256"]


def weak_entry(key: rsa.RSAPrivateKey | None = None, e: str = "AQAB") -> dict[str, Any]:
    """Return an entry of a key that is too weak, in numbers."""
    modulus = (key or realm().private_key).public_key().public_numbers().n
    n = segment(modulus.to_bytes((modulus.bit_length() + 7) // 8))
    return entry(x5c=None, n=n, e=e)


BAD_ENTRIES = [
    ("a text", "it is not an object"),
    (None, "it is not an object"),
    ([], "it is not an object"),
    (entry(kid=None), "it has no usable kid"),
    (entry(kid=""), "it has no usable kid"),
    (entry(kid=7), "it has no usable kid"),
    (entry(kid=["jky_memory"]), "it has no usable kid"),
    (entry(kid="x" * 201), "it has no usable kid"),
    (entry(kid="é"), "it has no usable kid"),
    (entry(kid="a\nb"), "it has no usable kid"),
    (entry(kty="EC"), "its kty is not RSA"),
    (entry(kty="rsa"), "its kty is not RSA"),
    (entry(alg="HS256"), "its alg is not RS256"),
    (entry(alg="RS512"), "its alg is not RS256"),
    (entry(alg=["RS256"]), "its alg is not RS256"),
    (entry(use="enc"), "its use is not sig"),
    (entry(key_ops=["sign"]), "its key_ops do not hold verify"),
    (entry(key_ops="verify"), "its key_ops do not hold verify"),
    (entry(key_ops=[]), "its key_ops do not hold verify"),
    (entry(x5c=None, n=None), "neither x5c nor n and e hold a key"),
    (entry(x5c=None, n=entry()["n"] + "*"), "neither x5c nor n and e hold a key"),
    (entry(x5c=None, n="A" * 2049), "neither x5c nor n and e hold a key"),
    (entry(x5c=None, e=""), "neither x5c nor n and e hold a key"),
    (weak_entry(e="AQ"), "neither x5c nor n and e hold a key"),
    (weak_entry(weak_key()), "it has 1024 bits, 2048 to 8192 are accepted"),
    (entry(x5c=[bare_of(ec.generate_private_key(ec.SECP256R1()).public_key())]),
     "it is not an RSA key"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "problem"), BAD_ENTRIES)
def test_a_bad_key_is_skipped_and_named(bad: Any, problem: str) -> None:
    """The good ones stay, and the problem says which entry it was (T09)."""
    found = parse_key_document(document(entry(kid="first"), bad, entry()))

    assert good(found)
    assert found.problems == (f"key 2: {problem}",)
    assert list(found.by_kid) == ["first", "jky_memory"]


@pytest.mark.parametrize("kid", ["x", "x" * 200, "a b!~"])
def test_a_kid_is_printable_ascii_of_up_to_200(kid: str) -> None:
    """Everything else is no kid (T04)."""
    assert parse_key_document(document(entry(kid=kid))).find(kid)


class Odd(rsa.RSAPublicKey):
    """A key whose exponent no RSA key has; cryptography makes none."""

    def __init__(self, exponent: int, bits: int = 2048) -> None:
        self._exponent = exponent
        self._bits = bits

    @property
    def key_size(self) -> int:
        return self._bits

    def public_numbers(self) -> rsa.RSAPublicNumbers:
        return rsa.RSAPublicNumbers(self._exponent, 1 << 2047)

    def encrypt(self, plaintext, padding): ...
    def public_bytes(self, encoding, form): ...
    def verify(self, signature, data, padding, algorithm): ...
    def recover_data_from_signature(self, signature, padding, algorithm): ...
    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return 1

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (Odd(1), "its exponent is even or below 3"),
        (Odd(2), "its exponent is even or below 3"),
        (Odd(4), "its exponent is even or below 3"),
        (Odd(65537, 2047), "it has 2047 bits, 2048 to 8192 are accepted"),
        (Odd(65537, 8193), "it has 8193 bits, 2048 to 8192 are accepted"),
        ("a text", "it is not an RSA key"),
    ],
)
def test_weak_keys_are_refused(key: Any, problem: str) -> None:
    """An exponent of 1 signs nothing, an even one is none (T08)."""
    with pytest.raises(UnusableKey, match=problem):
        keys._check_rsa(key)


@pytest.mark.parametrize("key", [Odd(3), Odd(5), Odd(65537, 2048), Odd(3, 8192)])
def test_sound_keys_are_accepted(key: Odd) -> None:
    """Three is small and odd, and some realms use it."""
    assert keys._check_rsa(key) is key


def test_two_keys_of_one_kid_both_count() -> None:
    """A document may repeat a kid while keys change."""
    other = strange_realm().jwks()["keys"][0]
    found = parse_key_document(document(other, entry()))

    assert len(found.find("jky_memory")) == 2
    assert good(found)


def test_a_published_private_key_is_used_and_reported() -> None:
    """Somebody must be told (T09)."""
    found = parse_key_document(document(entry(), entry(d="x", kid="leak")))

    assert good(found, "leak")
    assert found.problems == ("key 2: the document publishes its private half",)
    assert parse_key_document(document(entry(d=1))).problems == ()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the key document is not JSON"),
        (b"<html>", "the key document is not JSON"),
        (b"\xff\xfe", "the key document is not JSON"),
        (b"[" * 100_000, "the key document is not JSON"),
        (b"[]", "the key document has no list of keys"),
        (b"{}", "the key document has no list of keys"),
        (b'{"keys": {}}', "the key document has no list of keys"),
        (b'{"keys": []}', "the key document has no usable key"),
        (document({}), "the key document has no usable key"),
        (document(*[entry()] * 65), "the key document has over 64 keys"),
    ],
)
def test_what_is_no_key_document_is_refused(body: bytes, problem: str) -> None:
    """So a good set is never replaced by it (T22)."""
    with pytest.raises(KeysUnavailable) as caught:
        parse_key_document(body)

    assert str(caught.value) == problem


def test_sixty_four_keys_are_read() -> None:
    """That is more than any realm has."""
    entries = [entry(kid=str(number)) for number in range(64)]

    assert len(parse_key_document(document(*entries)).by_kid) == 64


def test_s57_the_key_pins_the_algorithm() -> None:
    """A set's keys are RS256 and nothing else, whatever the document says."""
    pinned = {key.algorithm for key in parse_key_document(document(entry())).find(
        "jky_memory")}  # fmt: skip

    assert pinned == {"RS256"}
    with pytest.raises(KeysUnavailable):
        parse_key_document(document(entry(alg="none")))
