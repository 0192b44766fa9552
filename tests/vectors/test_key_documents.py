"""Strange key documents: none raises, none drops the good key beside it (T08, T09)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from arware.errors import KeysUnavailable, TokenError
from arware.testing import MemoryRealm
from arware.testing.realm import ISSUER
from arware.tokens import jwt as tokens
from arware.tokens.keys import KeySet, UnusableKey, parse_jwt_key, parse_key_document

from .support import (
    claims_text,
    compact,
    json_of,
    lines_of,
    segment,
    sign_hmac,
    sign_rs256,
)


def b64(number: int) -> str:
    """Return *number* as JWK spells it."""
    return segment(number.to_bytes((number.bit_length() + 7) // 8 or 1))


def accepts(keys: KeySet, text: str, now: float) -> bool:
    """Tell whether an adapter with *keys* takes *text*; any other exception goes on."""
    try:
        token = tokens.parse(text)
        tokens.check_claims(token, tokens.Rules(ISSUER), now)
        tokens.check_signature(token, keys)
    except TokenError:
        return False
    return True


def others(corpora: Path) -> Iterator[tuple[str, Any]]:
    """Yield the entries of other people's documents, and whole documents as entries."""
    documents = [
        (case["name"], case["text"])
        for case in json_of(corpora / "jwks" / "envoy-jwks-parse-cases.json")
    ]
    documents += [
        (path.name, path.read_text(encoding="utf-8"))
        for path in sorted((corpora / "envoy-jwt_verify_lib").glob("*.txt"))
    ]
    for name, text in documents:
        yield f"{name} as text", text
        try:
            value = json.loads(text)
        except ValueError:
            continue
        yield f"{name} as an entry", value
        entries = value.get("keys") if isinstance(value, dict) else None
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            yield f"{name} entry {number}", entry
    for case in json_of(corpora / "jwks" / "x5c-samples.json"):
        for kty in ("RSA", None):
            entry = {"kid": "x5c", "kty": kty, "x5c": case["x5c"]}
            yield f"x5c of {case['repo']} {kty}", entry


def made_up(realm: MemoryRealm) -> Iterator[tuple[str, Any]]:
    """Yield entries that are wrong in one thing."""
    good = realm.jwks()["keys"][0] | {"kid": "odd"}
    numbers = realm.private_key.public_key().public_numbers()
    small = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    values: dict[str, tuple[Any, ...]] = {
        "kid": (None, "", 1, [], {}, "x" * 201, "é", "a\nb", True),
        "kty": ("EC", "oct", "OKP", "rsa", "", 1, [], {}, True, ["RSA"]),
        "alg": ("HS256", "none", "RS384", "RS512", "PS256", "", 1, [], {}, ["RS256"]),
        "use": ("enc", "", "SIG", 1, [], {}, ["sig"]),
        "key_ops": ([], ["encrypt"], ["sign"], "verify", 1, {}, {"verify": 1}, [[]]),
    }
    for name, several in values.items():
        for value in several:
            yield f"{name} {value!r:.20}", good | {name: value}
    # Without x5c, n and e are read.
    bare = {k: v for k, v in good.items() if k != "x5c"}
    modulus = numbers.n
    for name, n in {
        "even": modulus - 1,
        "zero": 0,
        "one": 1,
        "1024 bits": small.n,
        "2047 bits": modulus >> 1 | 1,
        "prime": 2**2203 - 1,
        "square": (2**1279 - 1) ** 2,
        "power of two": 1 << 2048,
        "8193 bits": 1 << 8192 | 1,
        "16k bits": 1 << 16383 | 1,
    }.items():
        yield f"n {name}", bare | {"n": b64(n)}
    for name, e in {
        "zero": 0, "one": 1, "two": 2, "even": 65536, "the modulus": modulus,
        "larger": modulus + 2, "huge": 1 << 8000 | 1,
    }.items():  # fmt: skip
        yield f"e {name}", bare | {"e": b64(e)}
    for member in ("n", "e"):
        for value in (None, "", " ", "!!", "A", "é", "====", 1, [], {}, "A" * 3000):
            yield f"{member} {value!r:.20}", bare | {member: value}
    for value in ("", "A", "!!", "MIIB", 1, None, {}, []):
        yield f"x5c {value!r}", {**bare, "n": None, "x5c": [value]}
        yield f"x5c bare {value!r}", {**bare, "n": None, "x5c": value}
    truncated = base64.b64encode(base64.b64decode(good["x5c"][0])[:100]).decode()
    yield "x5c cut", {**bare, "n": None, "x5c": [truncated]}
    for value in (None, 1, "key", [], [[]], {}, True):
        yield f"entry {value!r}", value


def every(realm: MemoryRealm, corpora: Path) -> list[tuple[str, Any]]:
    """Return all of them."""
    cases = [*others(corpora), *made_up(realm)]
    for line in lines_of(corpora / "json" / "jsontestsuite.jsonl"):
        document = base64.b64decode(line["b64"])
        cases.append((line["file"], document))
        try:
            cases.append((f"{line['file']} as an entry", json.loads(document)))
        except (ValueError, RecursionError):
            continue
    return cases


def test_t09_no_document_raises(realm: MemoryRealm, corpora: Path) -> None:
    """Each case alone, as a document and as the only key: a set, or KeysUnavailable."""
    raised = []
    for name, value in every(realm, corpora):
        bodies = (
            [value if isinstance(value, bytes) else value.encode()]
            if isinstance(value, str | bytes)
            else [compact(value), compact({"keys": [value]}), compact({"keys": value})]
        )
        for body in bodies:
            try:
                parse_key_document(body)
            except KeysUnavailable:
                continue
            except Exception as error:  # noqa: BLE001 - counted as a failure
                raised.append((name, error))

    assert raised == []


def test_t09_a_good_key_survives_its_neighbours(
    realm: MemoryRealm, corpora: Path
) -> None:
    """Before and behind each strange entry, the good key is there and verifies."""
    good = realm.jwks()["keys"][0]
    text, now = realm.token("alice"), realm.clock()
    lost = []
    for name, value in every(realm, corpora):
        if isinstance(value, str | bytes):
            continue
        for entries in ([value, good], [good, value], [value, good, value]):
            body = json.dumps({"keys": entries}).encode()
            try:
                keys = parse_key_document(body)
                if not accepts(keys, text, now):
                    lost.append((name, "not verified"))
            except Exception as error:  # noqa: BLE001 - counted as a failure
                lost.append((name, error))

    assert lost == []


#: What is wrong with these entries lies in what they are for, or in their size.
NEVER_USED = ("kty", "alg", "use", "key_ops", "kid", "n ", "e ")


def test_t08_keys_for_other_purposes_verify_nothing(realm: MemoryRealm) -> None:
    """A key that says it is for something else, or is weak, is skipped and named."""
    used = []
    for name, entry in made_up(realm):
        if not name.startswith(NEVER_USED) or name in ("n prime", "n square"):
            continue
        try:
            keys = parse_key_document(compact({"keys": [entry]}))
        except KeysUnavailable:
            continue
        for kid in (realm.kid, "odd"):
            header = compact({"alg": "RS256", "kid": kid})
            text = sign_rs256(realm, header, claims_text(realm.clock()))
            if accepts(keys, text, realm.clock()):
                used.append(name)

    assert used == []


def test_t08_a_strange_key_that_is_used_never_raises(realm: MemoryRealm) -> None:
    """Whatever numbers a key holds, a signature that does not match is refused."""
    wrong: list[Any] = []
    loaded = 0
    for name, entry in made_up(realm):
        try:
            keys = parse_key_document(compact({"keys": [entry]}))
        except KeysUnavailable:
            continue
        loaded += 1
        for kid in keys.by_kid:
            header = compact({"alg": "RS256", "kid": kid})
            claims = claims_text(realm.clock())
            for text in (
                sign_hmac(b"", header, claims),
                f"{segment(header)}.{segment(claims)}.{segment(bytes(256))}",
                f"{segment(header)}.{segment(claims)}.{segment(b'x' * 1024)}",
                f"{segment(header)}.{segment(claims)}.{b64(1 << 2047 | 1)}",
            ):
                try:
                    if accepts(keys, text, realm.clock()):
                        wrong.append((name, "accepted"))
                except Exception as error:  # noqa: BLE001 - counted as a failure
                    wrong.append((name, error))

    assert wrong == []
    assert loaded > 3


def test_t09_a_private_key_is_used_by_its_public_half_and_reported() -> None:
    """A document with private numbers still verifies, and says that it leaks."""
    realm = MemoryRealm()
    private = realm.private_key.private_numbers()
    entry = realm.jwks()["keys"][0] | {
        "d": b64(private.d),
        "p": b64(private.p),
        "q": b64(private.q),
    }
    keys = parse_key_document(compact({"keys": [entry]}))

    assert accepts(keys, realm.token(), realm.clock())
    assert "private" in keys.problems[0]
    assert b64(private.d) not in repr(keys)


def test_a_wrong_key_of_the_same_kid_does_not_lock_out_the_right_one(
    realm: MemoryRealm,
) -> None:
    """Both are tried, in either order."""
    other = MemoryRealm(kid=realm.kid, clock=realm.clock)
    both = [realm.jwks()["keys"][0], other.jwks()["keys"][0]]
    for entries in (both, both[::-1]):
        keys = parse_key_document(compact({"keys": entries}))

        assert accepts(keys, realm.token(), realm.clock())
        assert accepts(keys, other.token(), realm.clock())
        assert not accepts(keys, MemoryRealm(kid=realm.kid).token(), realm.clock())


def test_x5c_is_a_bare_key_or_a_certificate(corpora: Path) -> None:
    """Of the nine samples the eight certificates are read, the junk is skipped."""
    read = []
    for case in json_of(corpora / "jwks" / "x5c-samples.json"):
        for value in case["x5c"]:
            try:
                parse_key_document(compact({"keys": [{"kid": "a", "x5c": [value]}]}))
            except KeysUnavailable as error:
                read.append(str(error))
            else:
                read.append("read")

    assert read.count("read") >= 6
    assert len(read) == 9


@pytest.mark.parametrize("count", [64, 65])
def test_t22_at_most_64_keys(realm: MemoryRealm, count: int) -> None:
    """64 keys are read, 65 are a mistake."""
    entry = realm.jwks()["keys"][0]
    body = compact({"keys": [entry | {"kid": f"k{n}"} for n in range(count)]})
    if count == 64:
        assert len(parse_key_document(body).by_kid) == 64
    else:
        with pytest.raises(KeysUnavailable, match="64"):
            parse_key_document(body)


def test_configured_keys_never_raise_anything_else(
    realm: MemoryRealm, corpora: Path
) -> None:
    """Any text of the corpora as ``jwt_key``: a set, or UnusableKey that hides it."""
    raised = []
    for name, value in every(realm, corpora):
        text = value if isinstance(value, str) else json.dumps(value, default=str)
        text = text[:2000]
        for given in (text, "-----BEGIN PUBLIC KEY-----\n" + text, text * 30):
            try:
                parse_jwt_key(given)
            except UnusableKey as error:
                if len(given) > 40 and given in str(error):
                    raised.append((name, "told"))
            except Exception as error:  # noqa: BLE001 - counted as a failure
                raised.append((name, error))

    assert raised == []
