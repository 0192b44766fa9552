"""Foreign and forged tokens: none is accepted, none raises (T01-T07, T13, T15-T17)."""

from __future__ import annotations

import base64
import json
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from arware.errors import KeysUnavailable, TokenError
from arware.testing import MemoryRealm
from arware.testing.realm import ISSUER
from arware.tokens import jwt as tokens
from arware.tokens.keys import KeySet, parse_jwt_key, parse_key_document

from .conftest import SECRET
from .support import (
    Adapters,
    claims_text,
    compact,
    escaped,
    json_of,
    lines_of,
    segment,
    sign_hmac,
    sign_rs256,
)

AdapterCase = tuple[Adapters, ...]


def verdicts(text: str, keys: KeySet, now: float) -> str | None:
    """Return what is wrong with how the core takes *text*; ``None`` if it refuses."""
    try:
        token = tokens.parse(text)
        tokens.check_claims(token, tokens.Rules(ISSUER), now)
        tokens.check_signature(token, keys)
    except TokenError:
        return None
    except Exception as error:  # noqa: BLE001 - counted as a failure
        return f"raised {type(error).__name__}"
    return "accepted"


def refused_everywhere(
    cases: list[tuple[str, str]], all_adapters: AdapterCase, now: float
) -> list[Any]:
    """Return each way in which one of *cases*, named tokens, gets in or raises."""
    realm = all_adapters[0].realm
    sets = {
        "downloaded": parse_key_document(json.dumps(realm.jwks()).encode()),
        "configured": parse_jwt_key(realm.public_key),
        "shared": parse_jwt_key(SECRET.decode()),
    }
    wrong: list[Any] = [
        (name, which, problem)
        for name, text in cases
        for which, keys in sets.items()
        if (problem := verdicts(text, keys, now))
    ]
    for adapters in all_adapters:
        calls = [call for name, text in cases for call in adapters.ways_of(name, text)]
        wrong += [a for a in adapters.ask(calls) if a.is_bad or a.let_in]
    return wrong


# --- Other people's tokens ---------------------------------------------------------


def test_foreign_tokens(corpora: Path, all_adapters: AdapterCase) -> None:
    """337 tokens of 14 projects mean nothing here."""
    lines = list(lines_of(corpora / "tokens" / "foreign_tokens.jsonl"))
    cases = [(f"{line['repo']} {n}", line["token"]) for n, line in enumerate(lines)]

    assert len(cases) == 337
    assert refused_everywhere(cases, all_adapters, all_adapters[0].realm.clock()) == []


def test_envoy_parse_cases(corpora: Path, all_adapters: AdapterCase) -> None:
    """Envoy's 30 parse cases, most of them malformed, mean nothing here."""
    lines = json_of(corpora / "tokens" / "envoy-jwt-parse-cases.json")
    cases = [(line["name"], line["token"]) for line in lines]

    assert len(cases) == 30
    assert refused_everywhere(cases, all_adapters, 1_500_000_000) == []


def test_envoy_malformed_tokens_do_not_parse(corpora: Path) -> None:
    """
    What Envoy calls malformed does not parse.

    But for two: whether algorithm and issuer are ours is asked afterwards.
    """
    later = {"JwtHeaderNotImplementedAlg", "JwtPayloadParseErrorIssNotString"}
    lines = json_of(corpora / "tokens" / "envoy-jwt-parse-cases.json")
    taken = []
    for line in lines:
        if line["expect_parse"] in {"Ok", *later}:
            continue
        try:
            tokens.parse(line["token"])
        except TokenError:
            continue
        taken.append((line["name"], line["expect_parse"]))

    assert taken == []


def test_envoy_verify_cases(corpora: Path, all_adapters: AdapterCase) -> None:
    """Envoy's tokens mean nothing here, not even with their own keys."""
    groups = json_of(corpora / "tokens" / "envoy-verify-cases.json")
    cases, raised = [], []
    for group in groups:
        texts = group["constants"]
        jwts = {k: v for k, v in texts.items() if v.count(".") == 2 and "{" not in v}
        for key_name, document in texts.items():
            if "{" not in document:
                continue
            try:
                keys = parse_key_document(document.encode())
            except KeysUnavailable:
                continue
            except Exception as error:  # noqa: BLE001 - counted as a failure
                raised.append((group["file"], key_name, error))
                continue
            for name, text in jwts.items():
                problem = verdicts(text, keys, 1_400_000_000)
                if problem:
                    raised.append((group["file"], key_name, name, problem))
        cases += [(f"{group['file']} {name}", text) for name, text in jwts.items()]

    assert len(cases) > 10
    assert raised == []
    assert refused_everywhere(cases, all_adapters, 1_400_000_000) == []


def test_naughty_strings_are_no_tokens(
    corpora: Path, all_adapters: AdapterCase
) -> None:
    """515 naughty strings neither get in nor break anything."""
    texts = json_of(corpora / "strings" / "blns.json")
    cases = [(f"blns {n}", text) for n, text in enumerate(texts)]

    assert refused_everywhere(cases, all_adapters, 1_800_000_000) == []


# --- T01: no algorithm -------------------------------------------------------------

NONE_SPELLINGS: list[Any] = [
    "none",
    "None",
    "NONE",
    "nOnE",
    "noNe",
    "none ",
    " none",
    "none\u0000",
    "",
    None,
    0,
    False,
    ["none"],
    ["RS256"],
    {"alg": "RS256"},
    "absent",
]


def test_t01_no_algorithm(all_adapters: AdapterCase) -> None:
    """16 ways to say that there is no signature, each unsigned and half signed."""
    realm = all_adapters[0].realm
    claims = claims_text(realm.clock())
    cases = []
    for number, spelling in enumerate(NONE_SPELLINGS):
        header: dict[str, Any] = {"kid": realm.kid, "alg": spelling}
        if spelling == "absent":
            del header["alg"]
        head = compact(header)
        text = f"{segment(head)}.{segment(claims)}"
        cases += [
            (f"unsigned {number}", f"{text}."),
            (f"two parts {number}", text),
            (f"junk {number}", f"{text}.AA"),
            (f"empty key {number}", sign_hmac(b"", head, claims)),
            (f"really signed {number}", sign_rs256(realm, head, claims)),
        ]

    assert refused_everywhere(cases, all_adapters, realm.clock()) == []


# --- T02: the public key as a secret -----------------------------------------------


def encodings(key: rsa.RSAPublicKey, entry: dict[str, Any]) -> dict[str, bytes]:
    """Return the forms of a public key that have been taken for an HMAC secret."""
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pkcs1 = key.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    return {
        "pem": pem,
        "pem without its last newline": pem.rstrip(b"\n"),
        "pem with carriage returns": pem.replace(b"\n", b"\r\n"),
        "pem on one line": pem.replace(b"\n", b""),
        "pem with literal newlines": pem.replace(b"\n", b"\\n"),
        "pkcs1 pem": pkcs1,
        "pkcs1 der": key.public_bytes(Encoding.DER, PublicFormat.PKCS1),
        "der": der,
        "x5c": base64.b64encode(der),
        "ssh": key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "jwk": compact(entry),
        "jwk with spaces": json.dumps(entry).encode(),
        "jwks": compact({"keys": [entry]}),
        "n": entry["n"].encode(),
        "n as bytes": base64.urlsafe_b64decode(entry["n"] + "=="),
        "kid": entry["kid"].encode(),
        "empty": b"",
    }


def test_t02_the_public_key_is_no_secret(all_adapters: AdapterCase) -> None:
    """17 encodings of the key as secrets of HS256, HS384 and HS512, with any kid."""
    realm = all_adapters[0].realm
    key = realm.private_key.public_key()
    claims = claims_text(realm.clock())
    cases = []
    for name, secret in encodings(key, realm.jwks()["keys"][0]).items():
        for algorithm in ("sha256", "sha384", "sha512"):
            for kid in (realm.kid, None, "other"):
                alg = "HS" + algorithm[3:]
                for said in dict.fromkeys((alg, "RS256", "HS256")):
                    header = {"alg": said} | ({"kid": kid} if kid else {})
                    text = sign_hmac(secret, compact(header), claims, algorithm)
                    cases.append((f"{name} {algorithm} {said} {kid}", text))

    assert refused_everywhere(cases, all_adapters, realm.clock()) == []


def other_signatures(realm: MemoryRealm) -> Iterator[tuple[str, str]]:
    """Yield tokens that the right key signed in a wrong way, or a wrong key."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding

    claims = claims_text(realm.clock())

    def signed(alg: str, sign: Any) -> str:
        head = compact({"alg": alg, "kid": realm.kid})
        text = f"{segment(head)}.{segment(claims)}"
        return f"{text}.{segment(sign(text.encode()))}"

    key, v15 = realm.private_key, padding.PKCS1v15()
    for said in ("RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA"):
        for kind in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512(), hashes.SHA1()):
            if said == "RS256" and isinstance(kind, hashes.SHA256):
                continue
            yield (
                f"pkcs1 {kind.name} said {said}",
                signed(said, lambda data, kind=kind: key.sign(data, v15, kind)),
            )
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        yield (
            f"pss said {said}",
            signed(said, lambda data, pss=pss: key.sign(data, pss, hashes.SHA256())),
        )
        other = rsa.generate_private_key(65537, 2048)
        yield (
            f"other rsa said {said}",
            signed(
                said, lambda data, other=other: other.sign(data, v15, hashes.SHA256())
            ),
        )
        curve = ec.generate_private_key(ec.SECP256R1())
        yield (
            f"ec said {said}",
            signed(
                said,
                lambda data, curve=curve: curve.sign(data, ec.ECDSA(hashes.SHA256())),
            ),
        )
        edwards = ed25519.Ed25519PrivateKey.generate()
        yield f"ed25519 said {said}", signed(said, edwards.sign)
    good = sign_rs256(realm, compact({"alg": "RS256", "kid": realm.kid}), claims)
    body, _, signature = good.rpartition(".")
    data = base64.urlsafe_b64decode(signature + "==")
    mutants = {
        "cut": data[:-1],
        "longer": data + b"\0",
        "zeros before": b"\0" + data,
        "all zeros": bytes(256),
        "all ones": b"\xff" * 256,
        "one": (1).to_bytes(256),
        "reversed": data[::-1],
        "twice": data * 2,
        "flipped": bytes([data[0] ^ 1]) + data[1:],
    }
    for name, mutant in mutants.items():
        yield f"signature {name}", f"{body}.{segment(mutant)}"
    yield (
        "signature of the payload alone",
        (f"{body}.{segment(key.sign(claims, v15, hashes.SHA256()))}"),
    )


def test_t02_other_algorithms_and_signatures(all_adapters: AdapterCase) -> None:
    """RS256 is the only one; the right key with another hash or padding is none."""
    realm = all_adapters[0].realm

    assert (
        refused_everywhere(list(other_signatures(realm)), all_adapters, realm.clock())
        == []
    )


def test_t02_each_family_stays_with_its_key(
    realm: MemoryRealm,
    pem_adapters: Adapters,
    hs256_adapters: Adapters,
    adapters: Adapters,
) -> None:
    """An adapter of one family refuses good tokens of the other, and takes its own."""
    claims = claims_text(realm.clock())
    hs256 = sign_hmac(SECRET, compact({"alg": "HS256"}), claims)
    rs256 = sign_rs256(realm, compact({"alg": "RS256", "kid": realm.kid}), claims)
    table = {
        ("downloaded", "hs256"): (adapters, hs256, None),
        ("downloaded", "rs256"): (adapters, rs256, "usr_mallory"),
        ("pem", "hs256"): (pem_adapters, hs256, None),
        ("pem", "rs256"): (pem_adapters, rs256, "usr_mallory"),
        ("shared", "hs256"): (hs256_adapters, hs256, "usr_mallory"),
        ("shared", "rs256"): (hs256_adapters, rs256, None),
    }
    seen = {
        name: {a.user for a in which.ask([("", which.bearer(text))])}
        for name, (which, text, _) in table.items()
    }

    assert seen == {name: {expected} for name, (_, _, expected) in table.items()}


# --- T04, T05, T06, T17: what a header may ask for ----------------------------------


def hostile_headers(realm: MemoryRealm, corpora: Path) -> Iterator[tuple[str, Any]]:
    """Yield headers that try to bring a key, an extension or another kind."""
    good = {"alg": "RS256", "kid": realm.kid}
    templates = json_of(corpora / "tokens" / "patt-jwt-header-templates.json")
    kids = [
        *templates["kid_values"],
        "", " ", "x" * 201, "x" * 7000, "\0", "é", "a\nb", "' OR 1=1 --",
        "../../dev/null",
        "http://127.0.0.1:9/", "file:///etc/passwd", "data:application/json,{}",
        "__proto__", 0, 1.5, True, None, [], [realm.kid], {}, {realm.kid: 1},
        realm.kid + " ", " " + realm.kid, realm.kid.upper(), realm.kid + "\0",
    ]  # fmt: skip
    for number, kid in enumerate(kids):
        yield f"kid {number} {kid!r:.30}", {"alg": "RS256", "kid": kid}
    for number, value in enumerate(templates["json_objects"]):
        yield f"template {number}", value
        yield f"template {number} with kid", good | value | {"kid": "jky_other"}
    extensions: dict[str, Any] = {
        "crit": ["exp"],
        "b64": False,
        "zip": "DEF",
        "enc": "A256GCM",
    }
    for name, value in extensions.items():
        for given in (value, None, [], "", True, {}):
            yield f"{name} {given!r}", good | {name: given}
    kinds = ["logout+jwt", "at+jwt", "dpop+jwt", "JOSE+JSON", "", None, 1, ["JWT"]]
    for kind in [*kinds, "JWT ", "application/jwt", "reset", "kb+jwt"]:
        yield f"typ {kind!r}", good | {"typ": kind}


def test_t04_t05_t06_t17_hostile_headers(
    corpora: Path, all_adapters: AdapterCase
) -> None:
    """Signed with the right key or not, a header that asks for more is refused."""
    realm = all_adapters[0].realm
    claims = claims_text(realm.clock())
    other = MemoryRealm(clock=realm.clock)
    cases = []
    downloads = realm.downloads
    for name, header in hostile_headers(realm, corpora):
        head = compact(header)
        cases.append((f"{name}, other key", sign_rs256(other, head, claims)))
        cases.append((f"{name}, no key", sign_hmac(b"", head, claims)))
        if not name.startswith(("kid", "template")):
            cases.append((f"{name}, right key", sign_rs256(realm, head, claims)))

    assert refused_everywhere(cases, all_adapters, realm.clock()) == []
    # One for each of the two adapters, in whatever order the tests run.
    assert realm.downloads <= downloads + 2


def test_t05_a_key_in_the_header_is_ignored(all_adapters: AdapterCase) -> None:
    """jwk, jku, x5u and x5c neither bring a key nor spoil a good token."""
    realm = all_adapters[0].realm
    mallory = MemoryRealm(kid=realm.kid, clock=realm.clock)
    brought = {
        "jwk": mallory.jwks()["keys"][0],
        "jku": "http://127.0.0.1:9/jwks",
        "x5u": "http://127.0.0.1:9/cert",
        "x5c": mallory.jwks()["keys"][0]["x5c"],
    }
    claims = claims_text(realm.clock())
    forged, good = [], []
    for name, value in brought.items():
        head = compact({"alg": "RS256", "kid": realm.kid, name: value})
        forged.append((name, sign_rs256(mallory, head, claims)))
        good.append((name, sign_rs256(realm, head, claims)))

    assert refused_everywhere(forged, all_adapters, realm.clock()) == []
    for adapters in all_adapters[:2]:
        calls = [(name, adapters.bearer(text)) for name, text in good]
        assert {a.user for a in adapters.ask(calls)} == {"usr_mallory"}


# --- T06, T07: other forms ---------------------------------------------------------


def respellings(text: str) -> dict[str, str]:
    """Return other ways to write the good token *text*."""
    head, payload, signature = text.split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(signature[-1])
    spare = {
        f"spare bits {n}": f"{head}.{payload}.{signature[:-1]}{alphabet[last ^ n]}"
        for n in range(1, 16)
    }
    standard = {ord("-"): "+", ord("_"): "/"}
    table = {
        "padded": f"{text}=",
        "padded twice": f"{text}==",
        "padded thrice": f"{text}===",
        "padded percent": f"{text}%3D",
        "padded head": f"{head}=.{payload}.{signature}",
        "padded payload": f"{head}.{payload}=.{signature}",
        "padded payload twice": f"{head}.{payload}==.{signature}",
        "standard alphabet": f"{head}.{payload}.{signature.translate(standard)}",
        "space before": f" {text}",
        "space behind": f"{text} ",
        "newline behind": f"{text}\n",
        "newline inside": f"{head}.\n{payload}.{signature}",
        "tab inside": f"{head}.{payload[:9]}\t{payload[9:]}.{signature}",
        "null inside": f"{head}.{payload[:9]}\0{payload[9:]}.{signature}",
        "junk inside": f"{head}.{payload[:8]}!{payload[8:]}.{signature}",
        "dot behind": f"{text}.",
        "dot before": f".{text}",
        "two dots": f"{head}..{payload}.{signature}",
        "four parts": f"{text}.{signature}",
        "five parts": f"{head}.{signature}.{payload}.{signature}.{signature}",
        "detached": f"{head}..{signature}",
        "no head": f".{payload}.{signature}",
        "no signature": f"{head}.{payload}.",
        "swapped": f"{payload}.{head}.{signature}",
        "upper": text.upper(),
        "reversed": text[::-1],
        "full-width dot": f"{head}\uff0e{payload}.{signature}",
        "full-width letter": f"\uff45{text[1:]}",
        "byte order mark": f"\ufeff{text}",
        "surrogate": f"{text}\udc80",
        "quoted": f'"{text}"',
        "json": json.dumps(
            {"protected": head, "payload": payload, "signature": signature}
        ),
        "json general": json.dumps(
            {
                "payload": payload,
                "signatures": [{"protected": head, "signature": signature}],
            }
        ),
        "bearer inside": f"Bearer {text}",
        "comma": f"{text},{text}",
        "cut": text[:-1],
        "letter more": f"{text}A",
        "four letters more": f"{text}AAAA",
    }
    return table | spare


def test_t06_t07_one_token_has_one_spelling(all_adapters: AdapterCase) -> None:
    """50 other spellings of a good token are refused, though it is remembered."""
    adapters = all_adapters[0]
    good = adapters.realm.token("alice")
    assert {a.user for a in adapters.ask([("good", adapters.bearer(good))])} == {
        "usr_alice"
    }
    cases = list(respellings(good).items())
    keys = parse_key_document(json.dumps(adapters.realm.jwks()).encode())
    now = adapters.realm.clock()
    wrong = [(n, v) for n, text in cases if (v := verdicts(text, keys, now))]

    # White space around a header's value is the header's, and of no meaning.
    framed = ("space before", "space behind", "newline behind", "null inside")
    framed += ("newline inside", "bearer inside")
    calls = [
        call
        for name, text in cases
        for call in adapters.ways_of(name, text)
        if not (name in framed and call[0][1] != "callback")
    ]
    wrong += [a for a in adapters.ask(calls) if a.is_bad or a.let_in]

    assert wrong == []


def test_t07_base64url_corner_cases(realm: MemoryRealm, pem_adapters: Adapters) -> None:
    """Headers and claims in other encodings than UTF-8, validly signed, are refused."""
    head = json.dumps({"alg": "RS256", "kid": realm.kid})
    claims = claims_text(realm.clock()).decode()
    good = head.encode(), claims.encode()
    codecs = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-8-sig")
    wrong_text = claims.replace("usr_mallory", "usr_\u00e9").encode("latin-1")
    cases = {
        **{f"head {c}": (head.encode(c), good[1]) for c in codecs},
        **{f"claims {c}": (good[0], claims.encode(c)) for c in codecs},
        "claims latin-1": (good[0], wrong_text),
        "claims overlong": (good[0], good[1].replace(b"/", b"\xc0\xaf", 1)),
        "claims cesu-8": (good[0], good[1].replace(b"usr_", b"\xed\xa0\x80")),
        "head with null": (good[0] + b"\0", good[1]),
        "claims with null": (good[0], good[1] + b"\0"),
        "claims twice": (good[0], good[1] * 2),
        "claims with comment": (good[0], good[1][:-1] + b"/**/}"),
        "claims with comma": (good[0], good[1][:-1] + b",}"),
        "empty claims": (good[0], b"{}"),
        "claims a list": (good[0], b"[" + good[1] + b"]"),
        "claims a text": (good[0], compact(claims)),
        "claims null": (good[0], b"null"),
        "head a list": (b"[" + good[0] + b"]", good[1]),
        "head null": (b"null", good[1]),
        "head twice": (b'{"alg":"none",' + good[0][1:], good[1]),
        "head alg twice": (good[0][:-1] + b',"alg":"none"}', good[1]),
        "issuer twice": (good[0], b'{"iss":"https://evil.example",' + good[1][1:]),
    }
    texts = [(name, sign_rs256(realm, *parts)) for name, parts in cases.items()]
    calls = [call for case in texts for call in pem_adapters.ways_of(*case)]

    assert [a for a in pem_adapters.ask(calls) if a.is_bad or a.let_in] == []
    good_call = pem_adapters.bearer(sign_rs256(realm, *good))
    assert {a.user for a in pem_adapters.ask([("", good_call)])} == {"usr_mallory"}


# --- T13: size ---------------------------------------------------------------------


#: In bytes. Since 3.12 Python's JSON goes deeper before it gives up, and each list in a
#: list takes some 60 bytes.
MOST_MEMORY = (512 if sys.version_info < (3, 12) else 1024) * 1024


@pytest.mark.parametrize("kilobytes", [9, 64, 1024, 16 * 1024])
def test_t13_large_tokens_cost_nothing(pem_adapters: Adapters, kilobytes: int) -> None:
    """A token over 8 KiB is refused before it is taken apart or copied."""
    size = kilobytes * 1024
    good = pem_adapters.realm.token("alice")
    shapes = {
        "letters": "A" * size,
        "dots": "." * size,
        "three parts": ".".join(["A" * (size // 3)] * 3),
        "good and long": good + "A" * size,
        "brackets": f"{segment(b'{}')}.{segment(b'[' * size)}.AA",
    }
    large, wrong = [], []
    for name, text in shapes.items():
        call = pem_adapters.bearer(text)
        tracemalloc.start()
        tokens.is_ours(text, ISSUER)
        try:
            tokens.parse(text)
        except TokenError as error:
            if len(str(error)) > 200:
                wrong.append((name, str(error)))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # At most 64 KiB are looked into to see whose it is, whatever its size.
        if peak > MOST_MEMORY:
            large.append((name, peak))
        wrong += [a for a in pem_adapters.ask([(name, call)]) if a.is_bad or a.let_in]

    assert large == []
    assert wrong == []


# --- T15, T16 ----------------------------------------------------------------------

ISSUERS = (
    '"https://authrocket.com/"', '"https://authrocket.com "', '" https://authrocket.com"',
    '"HTTPS://authrocket.com"', '"https://AuthRocket.com"', '"http://authrocket.com"',
    '"https://authrocket.com.evil.example"', '"https://authrocket.co"',
    '"authrocket.com"',
    '["https://authrocket.com"]', '{"https://authrocket.com":1}', '"https:\\/\\/evil"',
    "null", "true", "0", '""', "", '"https://authrocket.com\\u0000"',
    '"https://authrocket.c\\u043em"', '"https://authrocket.com#"',
)  # fmt: skip


def test_t15_the_issuer_is_exact(realm: MemoryRealm, all_adapters: AdapterCase) -> None:
    """20 issuers that are nearly ours are not ours."""
    head = compact({"alg": "RS256", "kid": realm.kid})
    hs256 = compact({"alg": "HS256"})
    cases = []
    for issuer in ISSUERS:
        claims = claims_text(realm.clock(), iss=issuer)
        cases.append((f"rs256 {issuer}", sign_rs256(realm, head, claims)))
        cases.append((f"hs256 {issuer}", sign_hmac(SECRET, hs256, claims)))

    assert refused_everywhere(cases, all_adapters, realm.clock()) == []


REALMS = ('"rl_other"', '"RL_MEMORY"', '"rl_memory "', '["rl_memory"]', "null", "", "0")


def test_t16_the_realm_is_exact_when_it_is_set(realm: MemoryRealm) -> None:
    """Two realms that share a key: a token of the one is nothing to the other."""
    ours = Adapters(realm, realm="rl_memory", jwt_key=SECRET.decode())
    header = compact({"alg": "HS256"})
    cases = [
        (
            rid,
            ours.bearer(sign_hmac(SECRET, header, claims_text(realm.clock(), rid=rid))),
        )
        for rid in (*REALMS, '"rl_memory"')
    ]
    let_in = {answer.case for answer in ours.ask(cases) if answer.user}

    assert let_in == {'"rl_memory"'}


def test_t16_a_kid_belongs_to_its_own_key_set(realm: MemoryRealm) -> None:
    """Two realms with the same kid, served at two addresses: tokens do not cross."""
    other = MemoryRealm(kid=realm.kid, clock=realm.clock)
    with other.serve():
        both = Adapters(realm), Adapters(other)
        tokens_ = realm.token("alice"), other.token("bob")
        seen = [
            {a.user for a in which.ask([("", which.bearer(text))])}
            for which in both
            for text in tokens_
        ]

    assert seen == [{"usr_alice"}, {None}, {None}, {"usr_bob"}]


# --- T07 by way of escapes ---------------------------------------------------------


def test_a_callback_reads_one_plain_token(adapters: Adapters) -> None:
    """Repeated, renamed and doubly encoded token parameters are no callbacks."""
    good = adapters.realm.token("alice")
    base = adapters.callback(good)
    targets = {
        "twice": f"/?token={good}&token={good}",
        "twice, one encoded": f"/?token={good}&%74oken={good}",
        "array": f"/?token[]={good}",
        "upper": f"/?TOKEN={good}",
        "semicolon": f"/?a=b;token={good}",
        "doubly encoded": f"/?token={escaped(escaped(good.replace('.', '%2e')))}",
        "padded": f"/?token={good}%3D",
        "space": f"/?token={good}+",
        "in the path": f"/token={good}",
        "after a fragment": f"/?x=%23token={good}",
    }
    calls = [(name, replace(base, target=t)) for name, t in targets.items()]

    assert [a for a in adapters.ask(calls) if a.is_bad or a.let_in] == []
