"""Claims with a valid signature that are wrong all the same (T10, T11, T12, T14)."""

from __future__ import annotations

import base64
import copy
import json
from collections import Counter
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import pytest

from arware.errors import TokenError
from arware.resources.claims import Identity
from arware.testing import MemoryRealm
from arware.tokens import jwt as tokens
from arware.web.text import shown

from .conftest import SECRET
from .support import (
    Adapters,
    claims_text,
    compact,
    json_of,
    lines_of,
    sign_hmac,
    sign_rs256,
)

Signer = dict[str, Any]


def both_signed(realm: MemoryRealm, payload: bytes, **header: str) -> dict[str, str]:
    """Return *payload* signed well by either algorithm."""
    rs256 = compact({"alg": "RS256", "kid": realm.kid})
    return {
        "RS256": sign_rs256(realm, rs256, payload),
        "HS256": sign_hmac(SECRET, compact({"alg": "HS256"}), payload),
    }


def users(
    cases: list[tuple[Any, bytes]], pem_adapters: Adapters, hs256_adapters: Adapters
) -> dict[tuple[Any, str, str], Any]:
    """Return who is there, by case, algorithm and adapter; an error tells itself."""
    seen: dict[tuple[Any, str, str], Any] = {}
    for algorithm, adapters in (("RS256", pem_adapters), ("HS256", hs256_adapters)):
        calls = [
            (case, adapters.bearer(both_signed(adapters.realm, payload)[algorithm]))
            for case, payload in cases
        ]
        for answer in adapters.ask(calls):
            user = repr(answer) if answer.is_bad else answer.user
            seen[answer.case, algorithm, answer.adapter] = user
    return seen


# --- T10: times --------------------------------------------------------------------

#: What *now* is replaced with stands in braces; then whether the token is good.
TIMES: tuple[tuple[str, str, bool], ...] = (
    ("exp", "{now+3600}", True),
    ("exp", "{now+1}", True),
    ("exp", "{now}", True),
    ("exp", "{now-4}", True),
    ("exp", "{now-4}.5", True),
    ("exp", "{now-5}", False),
    ("exp", "{now-6}", False),
    ("exp", "{now-5}.0", False),
    ("exp", "{now+3600}.75", True),
    ("exp", "253402300799", True),
    ("exp", "253402300799.0", True),
    ("exp", "253402300800", False),
    ("exp", "1e11", True),
    ("exp", "1e12", False),
    ("exp", "1e308", False),
    ("exp", "1e400", False),
    ("exp", "-1e400", False),
    ("exp", "Infinity", False),
    ("exp", "-Infinity", False),
    ("exp", "NaN", False),
    ("exp", "9" * 4000, False),
    ("exp", "9" * 5000, False),
    ("exp", "0", False),
    ("exp", "-0", False),
    ("exp", "-1", False),
    ("exp", "-{now+3600}", False),
    ("exp", "", False),
    ("exp", "null", False),
    ("exp", "true", False),
    ("exp", "false", False),
    ("exp", '""', False),
    ("exp", '"{now+3600}"', False),
    ("exp", '" 9_999_999_999 "', False),
    ("exp", '"\\uff19\\uff19\\uff19\\uff19\\uff19\\uff19\\uff19\\uff19\\uff19"', False),
    ("exp", "[]", False),
    ("exp", "[{now+3600}]", False),
    ("exp", "{}", False),
    ("exp", '{"exp":{now+3600}}', False),
    ("exp", "0x7fffffff", False),
    ("exp", "0{now+3600}", False),
    ("exp", "+{now+3600}", False),
    ("exp", "{now+3600}_0", False),
    ("exp", ".5", False),
    ("nbf", "{now}", True),
    ("nbf", "{now-3600}", True),
    ("nbf", "0", True),
    ("nbf", "{now+5}", True),
    ("nbf", "{now+5}.5", False),
    ("nbf", "{now+6}", False),
    ("nbf", "{now+3600}", False),
    ("nbf", "null", False),
    ("nbf", "true", False),
    ("nbf", '"0"', False),
    ("nbf", "[]", False),
    ("nbf", "{}", False),
    ("nbf", "NaN", False),
    ("nbf", "Infinity", False),
    ("nbf", "-Infinity", False),
    ("nbf", "-1", False),
    ("nbf", "1e400", False),
    ("iat", "", True),
    ("iat", "{now+5}", True),
    ("iat", "{now+6}", False),
    ("iat", "{now+3601}", False),
    ("iat", "{now-86400}", True),
    ("iat", "0", True),
    ("iat", "null", False),
    ("iat", "false", False),
    ("iat", '"{now}"', False),
    ("iat", "[]", False),
    ("iat", "{}", False),
    ("iat", "NaN", False),
    ("iat", "-1", False),
    ("iat", "1e309", False),
    ("iat", "9" * 4000, False),
)


def at(text: str, now: int) -> str:
    """Fill the moments in."""
    for offset in (3601, 3600, 86400, 6, 5, 4, 1):
        text = text.replace(f"{{now+{offset}}}", str(now + offset))
        text = text.replace(f"{{now-{offset}}}", str(now - offset))
    return text.replace("{now}", str(now))


def test_t10_times(pem_adapters: Adapters, hs256_adapters: Adapters) -> None:
    """75 times, validly signed by either algorithm, each taken or refused."""
    now = int(pem_adapters.realm.clock())
    cases = []
    for claim, text, _ in TIMES:
        # A token that has ended was issued before that.
        given = {"iat": str(now - 7200), claim: at(text, now)}
        cases.append(((claim, text), claims_text(now, **given)))
    good = {(claim, text): is_good for claim, text, is_good in TIMES}
    seen = users(cases, pem_adapters, hs256_adapters)
    wrong = [
        (name, user)
        for name, user in seen.items()
        if user != ("usr_mallory" if good[name[0]] else None)
    ]

    assert wrong == []
    assert len(seen) == 4 * len(TIMES)


def test_t10_a_token_ends_after_it_was_issued(
    pem_adapters: Adapters, hs256_adapters: Adapters
) -> None:
    """One that ends before it was issued is refused."""
    now = int(pem_adapters.realm.clock())
    payload = claims_text(now, iat=str(now + 4), exp=str(now + 3))

    assert set(users([("", payload)], pem_adapters, hs256_adapters).values()) == {None}


def test_t10_the_age_by_iat_counts_at_callbacks(realm: MemoryRealm) -> None:
    """With ``within`` a callback needs an ``iat``, and a young one."""
    adapters = Adapters(realm, within=120)
    now = int(realm.clock())
    table = {"": False, f"{now}": True, f"{now - 120}": True, f"{now - 121}": False}
    table |= {"null": False, f'"{now}"': False, f"{now - 119.5}": True, "0": False}
    header = compact({"alg": "RS256", "kid": realm.kid})
    calls = [
        (iat, adapters.callback(sign_rs256(realm, header, claims_text(now, iat=iat))))
        for iat in table
    ]
    wrong = [
        answer
        for answer in adapters.ask(calls)
        if answer.is_bad or answer.let_in != table[answer.case]
    ]

    assert wrong == []


# --- T10, T14: who it is -----------------------------------------------------------

IDENTIFIERS: tuple[tuple[str, bool], ...] = (
    ('"usr_1"', True),
    ('"~!"', True),
    (json.dumps("x" * 255), True),
    (json.dumps("x" * 256), False),
    ('""', False),
    ('" "', False),
    ('"usr 1"', False),
    ('"usr\\t1"', False),
    ('"usr\\r\\n1"', False),
    ('"usr\\u00001"', False),
    ('"usr\\ud8001"', False),
    ('"usr\\u202e1"', False),
    ('"usr_\\u00e9"', False),
    ('"\\ud83d\\ude00"', False),
    ('"\\u007f"', False),
    ("null", False),
    ("1", False),
    ("1.5", False),
    ("true", False),
    ("[]", False),
    ('["usr_1"]', False),
    ("{}", False),
    ("", False),
)


@pytest.mark.parametrize("claim", ["sub", "sid", "rid"])
def test_t14_identifiers(
    pem_adapters: Adapters, hs256_adapters: Adapters, claim: str
) -> None:
    """23 identifiers: printable ASCII of 1 to 255 characters and nothing else."""
    now = pem_adapters.realm.clock()
    cases = [(text, claims_text(now, **{claim: text})) for text, _ in IDENTIFIERS]
    good = dict(IDENTIFIERS)
    if claim != "sub":
        good[""] = True  # only who it is must be said
    seen = users(cases, pem_adapters, hs256_adapters)
    wrong = [
        (name, user)
        for name, user in seen.items()
        if isinstance(user, str) != good[name[0]] or "<" in (user or "")
    ]

    assert wrong == []


ODD_CLAIMS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("name", "email", "preferred_username", "given_name", "family_name", "locale"),
        ("1", "true", "[]", "{}", '"\\u0000"', '"\\udfff"', '["a"]'),
    ),
    "cs": ("[]", '"a"', "1", "true", '{"a":"\\u0000"}', '{"\\ud800":1}'),
    "orgs": (
        "{}",
        '"a"',
        "1",
        "[1]",
        "[null]",
        "[[]]",
        '["org_1"]',
        '[{"oid":1}]',
        '[{"oid":""}]',
        '[{"oid":null}]',
        '[{"oid":"a b"}]',
        '[{"mid":[]}]',
        '[{"perm":1}]',
        '[{"perm":[1]}]',
        '[{"perm":{}}]',
        '[{"perm":[null]}]',
        '[{"name":1}]',
        '[{"cs":[]}]',
    ),
}


def test_t10_claims_of_another_kind(
    pem_adapters: Adapters, hs256_adapters: Adapters
) -> None:
    """A claim of the wrong type is refused, never handed to an application."""
    now = pem_adapters.realm.clock()
    cases = [
        ((claim, text), claims_text(now, **{claim: text}))
        for claim, texts in ODD_CLAIMS.items()
        for text in texts
    ]
    seen = users(cases, pem_adapters, hs256_adapters)

    assert {name: user for name, user in seen.items() if user is not None} == {}


def test_t10_claims_that_may_be_anything(
    pem_adapters: Adapters, hs256_adapters: Adapters
) -> None:
    """A claim that is absent, null, or unknown to us does no harm."""
    now = pem_adapters.realm.clock()
    odd = [f'"{name}":null' for name in ODD_CLAIMS]
    odd += ['"ref":1', '"ref":[]', '"email_verified":"no"', '"aud":{}', '"jti":7']
    odd += ['"__class__":1', '"self":1', '"claims":[]', '"":""', '"orgs":[{}]']
    odd += ['"orgs":[{"selected":"yes"}]', '"cs":{"a":[{"b":[null,true,1.5]}]}']
    cases = [
        (text, claims_text(now)[:-1] + b"," + text.encode() + b"}") for text in odd
    ]
    seen = users(cases, pem_adapters, hs256_adapters)

    assert {k: v for k, v in seen.items() if v != "usr_mallory"} == {}


# --- T11, T12: JSON ----------------------------------------------------------------


def test_t11_json_as_claims(
    corpora: Path, pem_adapters: Adapters, hs256_adapters: Adapters
) -> None:
    """
    340 documents as a claim's value, validly signed: taken exactly where JSON is good.

    Refused in addition: repeated names, text that is none, too deep, too large.
    """
    now = pem_adapters.realm.clock()
    documents = {
        line["file"]: (line["expect"], base64.b64decode(line["b64"]))
        for line in lines_of(corpora / "json" / "jsontestsuite.jsonl")
        if len(line["b64"]) < 5000
    }
    cases = [
        (name, claims_text(now)[:-1] + b',"x":' + document + b"}")
        for name, (_, document) in documents.items()
    ]
    seen = users(cases, pem_adapters, hs256_adapters)
    outcomes = Counter()
    wrong = []
    for (name, _, _), user in seen.items():
        expect = documents[name][0]
        outcomes[expect, user] += 1
        if user not in (None, "usr_mallory"):
            wrong.append((name, user))
        if expect == "reject" and user is not None:
            wrong.append((name, "taken"))
        if expect == "accept" and user is None and name not in REFUSED_ALL_THE_SAME:
            wrong.append((name, "refused"))

    assert wrong == []
    assert len(documents) > 330
    assert outcomes["accept", "usr_mallory"] > 300


#: Good JSON that no login token holds.
REFUSED_ALL_THE_SAME = frozenset(
    f"test_parsing/{name}.json"
    for name in (
        "y_object_duplicated_key",
        "y_object_duplicated_key_and_value",
        "y_object_escaped_null_in_key",
        "y_string_null_escape",
    )
)


def test_t11_json_as_whole_claims_and_headers(
    corpora: Path, realm: MemoryRealm, pem_adapters: Adapters
) -> None:
    """340 documents as all the claims, or as the header: nobody, and no exception."""
    good = claims_text(realm.clock())
    head = compact({"alg": "RS256", "kid": realm.kid})
    calls = []
    for line in lines_of(corpora / "json" / "jsontestsuite.jsonl"):
        document = base64.b64decode(line["b64"])
        for kind, text in (
            ("claims", sign_rs256(realm, head, document)),
            ("header", sign_rs256(realm, document, good)),
        ):
            calls += pem_adapters.ways_of((line["file"], kind), text)

    assert [a for a in pem_adapters.ask(calls) if a.is_bad or a.let_in] == []


DEEP: dict[str, str] = {
    "100,000 lists": "[" * 100_000 + "]" * 100_000,
    "100,000 open lists": "[" * 100_000,
    "1,400 lists": "[" * 1400 + "]" * 1400,
    "900 lists": "[" * 900 + "]" * 900,
    "900 objects": '{"a":' * 900 + "1" + "}" * 900,
    "17 lists": "[" * 17 + "]" * 17,
    "2,001 numbers": "[" + ",".join("1" * 2001) + "]",
}


def test_t12_depth_and_breadth(
    pem_adapters: Adapters, hs256_adapters: Adapters
) -> None:
    """What is too deep or too broad is refused, at the parse and not later."""
    now = pem_adapters.realm.clock()
    cases = [(name, claims_text(now, cs='{"a":' + t + "}")) for name, t in DEEP.items()]
    seen = users(cases, pem_adapters, hs256_adapters)

    assert {k: v for k, v in seen.items() if v is not None} == {}


def test_t12_what_is_taken_can_be_handled(realm: MemoryRealm) -> None:
    """The deepest claims that are taken survive repr, copy and JSON."""
    deep = '{"a":' + "[" * 12 + "]" * 12 + "}"
    header = compact({"alg": "RS256", "kid": realm.kid})
    text = sign_rs256(realm, header, claims_text(realm.clock(), cs=deep))
    token = tokens.parse(text)
    _, user, _, _ = Identity.from_claims(token.claims, text).objects()

    assert repr(user)
    assert copy.deepcopy(user.custom) == json.loads(deep)
    assert json.loads(json.dumps(user.custom)) == json.loads(deep)


def test_t14_naughty_strings_in_every_claim(
    corpora: Path, realm: MemoryRealm, pem_adapters: Adapters
) -> None:
    """515 strings in each claim of text: refused, or kept letter by letter."""
    header = compact({"alg": "RS256", "kid": realm.kid})
    claims = ("name", "email", "given_name", "locale", "preferred_username")
    calls, texts = [], {}
    for number, text in enumerate(json_of(corpora / "strings" / "blns.json")):
        payload = claims_text(realm.clock(), **dict.fromkeys(claims, json.dumps(text)))
        texts[number] = text
        calls.append((number, pem_adapters.bearer(sign_rs256(realm, header, payload))))
    answers = pem_adapters.ask(calls)
    wrong = [
        (answer, texts[answer.case])
        for answer in answers
        if answer.is_bad
        or (answer.user and answer.response.json()["name"] != texts[answer.case])
    ]

    assert wrong == []
    assert sum(answer.user is not None for answer in answers) > 1000


def test_t14_naughty_strings_on_the_confirm_page(
    corpora: Path, realm: MemoryRealm, pem_adapters: Adapters
) -> None:
    """An e-mail address made of them shows as text on the page, never as markup."""
    header = compact({"alg": "RS256", "kid": realm.kid})
    calls, texts = [], {}
    for number, text in enumerate(json_of(corpora / "strings" / "blns.json")):
        payload = claims_text(realm.clock(), email=json.dumps(text))
        call = pem_adapters.callback(sign_rs256(realm, header, payload))
        # No Referer, and marked as from elsewhere: an attacker's link.
        call_headers = (("sec-fetch-site", "cross-site"), ("accept", "text/html"))
        texts[number] = text
        calls.append((number, replace(call, headers=call_headers)))
    wrong = []
    for answer in pem_adapters.ask(calls):
        text = texts[answer.case]
        if answer.is_bad or answer.let_in:
            wrong.append((answer, text))
            continue
        page = answer.response.text
        if "Continue as" not in page:
            continue
        name = escape(shown(text)) if text else "usr_mallory"
        heading = f"<h1>Continue as <bdi>{name}</bdi>?</h1>"
        if heading not in page or page.count("<a ") != 2:
            wrong.append((answer, text))

    assert wrong == []


def test_the_core_raises_only_what_it_says(corpora: Path, realm: MemoryRealm) -> None:
    """``parse`` raises TokenError and nothing else for every document of the suite."""
    raised = []
    for line in lines_of(corpora / "json" / "jsontestsuite.jsonl"):
        document = base64.b64decode(line["b64"])
        for text in both_signed(realm, document).values():
            try:
                tokens.parse(text)
            except TokenError:
                continue
            except Exception as error:  # noqa: BLE001 - counted as a failure
                raised.append((line["file"], error))

    assert raised == []
