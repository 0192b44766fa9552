"""Tokens: form, claims, time, signature; each failure with its reason."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest

from arware.errors import (
    SignatureMismatch,
    TokenError,
    TokenExpired,
    TokenMalformed,
    TokenNotYetValid,
    UnknownKey,
    WrongIssuer,
    WrongRealm,
)
from arware.testing.realm import ISSUER
from arware.tokens import jwt as tokens
from arware.tokens.jwt import (
    TOKEN_CHARACTERS,
    Rules,
    Token,
    check_claims,
    check_signature,
    parse,
)
from arware.tokens.keys import KeySet, parse_jwt_key
from tests.making import NOW, claims, key_set, realm, segment, strange_realm

RULES = Rules(ISSUER)
HEADER = {"kid": "jky_memory", "alg": "RS256"}
SECRET_KEY = "jsk_" + "0123456789" * 4


def unsigned(payload: Any = None, header: Any = None) -> str:
    """Return a token in good form whose signature means nothing."""
    payload = claims() if payload is None else payload
    return f"{segment(HEADER if header is None else header)}.{segment(payload)}.c2ln"


def with_claims(**changes: Any) -> Token:
    """Return a token with *changes* in its claims, parsed."""
    return parse(unsigned(claims(**changes)))


def signed_hs256(text: str, secret: bytes) -> str:
    """Return header and payload of *text* with an HS256 signature."""
    signed = text.rpartition(".")[0]
    return f"{signed}.{segment(hmac.digest(secret, signed.encode(), 'sha256'))}"


# --- Form --------------------------------------------------------------------------


def test_a_token_is_taken_apart() -> None:
    """What was signed, the signature, kid and claims are kept; nothing is believed."""
    text = realm().token("bob", sid="kss_1")
    token = parse(text)
    head, payload, signature = text.split(".")

    assert token.text == text
    assert (token.algorithm, token.kid) == ("RS256", "jky_memory")
    assert (token.claims["sub"], token.claims["sid"]) == ("usr_bob", "kss_1")
    assert token.signed == f"{head}.{payload}".encode()
    assert token.signature == base64.urlsafe_b64decode(signature + "==")
    assert text not in repr(token)


BAD_TEXTS = [
    ("", "it is not three parts of base64url"),
    ("a.b", "it is not three parts of base64url"),
    ("a.b.c.d", "it is not three parts of base64url"),
    ("..", "it is not three parts of base64url"),
    (f"{unsigned()}\n", "it is not three parts of base64url"),
    (f" {unsigned()}", "it is not three parts of base64url"),
    (f"{unsigned()}=", "it is not three parts of base64url"),
    (unsigned().replace(".", ".é", 1), "it is not three parts of base64url"),
    (unsigned() + "+", "it is not three parts of base64url"),
    (unsigned()[:-4] + "A", "a part is not base64url in its one spelling"),
    (unsigned()[:-4] + "QR", "a part is not base64url in its one spelling"),
    (unsigned(header=b"[]"), "its header is not an object"),
    (unsigned(b"[1]"), "its payload is not an object"),
    (unsigned(b'"x"'), "its payload is not an object"),
    (unsigned(b"{"), "its payload is not plain JSON in UTF-8"),
    (unsigned(b"\xff"), "its payload is not plain JSON in UTF-8"),
    (unsigned(header=b"{'a': 1}"), "its header is not plain JSON in UTF-8"),
    (unsigned(b'\xef\xbb\xbf{"exp": 1}'), "its payload is not plain JSON in UTF-8"),
    (unsigned('{"exp": 1}'.encode("utf-16")), "its payload is not plain JSON in UTF-8"),
    (unsigned(b'{"exp": 1, "exp": 2}'), "its payload is not plain JSON in UTF-8"),
    (unsigned(b'{"a": {"b": 1, "b": 2}}'), "its payload is not plain JSON in UTF-8"),
    (unsigned(b'{"exp": NaN}'), "its payload is not plain JSON in UTF-8"),
    (unsigned(b'{"exp": Infinity}'), "its payload is not plain JSON in UTF-8"),
    (unsigned(b'{"exp": -Infinity}'), "its payload is not plain JSON in UTF-8"),
    (unsigned(b'{"exp": 1e999}'), "its payload is not plain JSON in UTF-8"),
    (unsigned(b'{"exp": ' + b"9" * 5000 + b"}"),
     "its payload is not plain JSON in UTF-8"),
    (unsigned(b'{"a": ' + b"[" * 3000), "its payload is not plain JSON in UTF-8"),
    (unsigned(claims() | {"x": "\x00"}), "its payload holds text that is none"),
    (unsigned(claims() | {"x": ["\ud800"]}), "its payload holds text that is none"),
    (unsigned(claims() | {"\x00": 1}), "its payload holds text that is none"),
    (unsigned(header={"alg": "RS256", "x": "\x00"}),
     "its header holds text that is none"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem"), BAD_TEXTS)
def test_s51_a_text_that_breaks_a_rule_of_form_is_refused(text, problem) -> None:
    """One spelling of base64url, plain JSON in UTF-8, no repeated names (T07, T11)."""
    with pytest.raises(TokenMalformed) as caught:
        parse(text)

    assert caught.value.problem == problem


def test_t13_a_token_has_a_largest_size() -> None:
    """The length is looked at before anything else (T13)."""
    payload = segment(claims())
    head = segment(HEADER)
    room = TOKEN_CHARACTERS - len(head) - len(payload) - 2
    size = room - (room % 4 == 1)
    head_extra = segment(HEADER | {"x": "y"}) if size != room else head
    room = TOKEN_CHARACTERS - len(head_extra) - len(payload) - 2

    assert room % 4 != 1
    assert len(parse(f"{head_extra}.{payload}.{'A' * room}").text) == TOKEN_CHARACTERS
    with pytest.raises(TokenMalformed) as caught:
        parse(f"{head_extra}.{payload}.{'A' * (room + 1)}")
    size = TOKEN_CHARACTERS + 1
    assert (caught.value.size, caught.value.limit) == (size, TOKEN_CHARACTERS)
    assert f"{size:,} characters, and at most {TOKEN_CHARACTERS:,}" in str(caught.value)


def nested(depth: int) -> Any:
    """Return a list so many levels deep."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (nested(14), True),
        (nested(15), False),
        (nested(500), False),
        ([0] * 1900, True),
        ([0] * 2000, False),
        ([{"": 0}] * 670, False),
        ({"a": {"b": {"c": [[], {}, None, True, 1.5]}}}, True),
    ],
)
def test_depth_and_breadth_are_bounded(value: Any, fits: bool) -> None:
    """Whoever handles the claims later is not hurt by them (T12)."""
    text = unsigned({"exp": NOW + 60, "sub": "u", "x": value})
    if fits:
        assert parse(text).claims["x"] == value
        return
    with pytest.raises(TokenMalformed) as caught:
        parse(text)
    assert caught.value.problem == "its payload is too deep or too large"


@pytest.mark.parametrize(("count", "fits"), [(1994, True), (1995, False)])
def test_two_thousand_values_are_read(count: int, fits: bool) -> None:
    """Names count as well as values: three of each, and the list's elements."""
    text = unsigned({"exp": NOW, "sub": "u", "x": [0] * count})

    if fits:
        assert len(parse(text).claims["x"]) == count
    else:
        with pytest.raises(TokenMalformed, match="too deep or too large"):
            parse(text)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ({"crit": []}, "its header asks for an extension"),
        ({"b64": False}, "its header asks for an extension"),
        ({"zip": "DEF"}, "its header asks for an extension"),
        ({"enc": "A128GCM"}, "its header asks for an extension"),
        ({"typ": "at+jwt"}, "it is a token of another kind"),
        ({"typ": None}, "it is a token of another kind"),
        ({"typ": ["JWT"]}, "it is a token of another kind"),
        ({"alg": None}, "its algorithm is missing"),
        ({"alg": ["RS256"]}, "its algorithm is missing"),
        ({"kid": None}, "its kid is not one"),
        ({"kid": ""}, "its kid is not one"),
        ({"kid": 7}, "its kid is not one"),
        ({"kid": {"a": 1}}, "its kid is not one"),
        ({"kid": "x" * 201}, "its kid is not one"),
        ({"kid": "a\x7f"}, "its kid is not one"),
    ],
)
def test_a_header_that_asks_for_more_is_refused(header: Any, problem: str) -> None:
    """Extensions, other kinds of token and odd kids are refused (T04, T06, T17)."""
    with pytest.raises(TokenMalformed) as caught:
        parse(unsigned(header=HEADER | header))

    assert caught.value.problem == problem


@pytest.mark.parametrize("kind", ["JWT", "jwt", "Jwt"])
def test_the_type_may_be_absent_or_jwt(kind: str) -> None:
    """Its case does not matter (RFC 7519 section 5.1)."""
    assert parse(unsigned(header=HEADER | {"typ": kind})).kid == "jky_memory"
    assert parse(unsigned(header={"alg": "RS256"})).kid is None


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c", "cty"])
def test_keys_that_a_header_offers_are_not_looked_at(name: str) -> None:
    """Only the kid is read, and only to look it up (T05)."""
    text = realm().sign(claims(), HEADER | {name: "https://evil.example/"})

    check_signature(parse(text), key_set())


# --- Claims ------------------------------------------------------------------------

TIMES = [None, True, "1800000000", [1], {}, -1, 253402300800, 1e20]
IDENTIFIERS = [None, "", 7, ["u"], "a b", "é", "a\n", "x" * 256]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        *(({name: value}, name) for name in ("iat", "nbf") for value in TIMES),
        *(({"exp": value}, "exp") for value in TIMES[1:]),
        *(({name: value}, name) for name in ("sid", "rid") for value in IDENTIFIERS),
        *(({"sub": value}, "sub") for value in IDENTIFIERS[1:]),
        *(({name: 7}, name) for name in ("name", "email", "preferred_username")),
        *(({name: ["x"]}, name) for name in ("given_name", "family_name", "locale")),
        ({"cs": []}, "cs"),
        ({"cs": "x"}, "cs"),
        ({"orgs": {}}, "orgs"),
        ({"orgs": "x"}, "orgs"),
    ],
)
def test_a_claim_of_another_form_is_refused(changes: Any, problem: str) -> None:
    """Times are plain numbers, ids printable, texts text (T10, T14)."""
    with pytest.raises(TokenMalformed) as caught:
        parse(unsigned(claims() | changes))

    assert caught.value.problem == f"its {problem} is not what it should be"


@pytest.mark.parametrize("name", ["exp", "sub"])
@pytest.mark.parametrize("how", ["absent", "null"])
def test_some_claims_must_be_there(name: str, how: str) -> None:
    """Without an end or a user a token says nothing."""
    payload = claims() | {name: None}
    if how == "absent":
        del payload[name]
    with pytest.raises(TokenMalformed) as caught:
        parse(unsigned(payload))

    assert caught.value.problem == f"its {name} is missing"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 253402300799},
        {"exp": NOW + 0.5, "iat": NOW + 0.5},
        {"iat": 0, "nbf": 0.0},
        {"exp": 0, "iat": 0},
        {"sub": "x" * 255, "sid": "!~", "rid": "x"},
        *({name: None} for name in ("name", "email", "preferred_username")),
        *({name: None} for name in ("given_name", "family_name", "locale")),
        {"cs": None},
        {"cs": {"a": [1]}},
        {"orgs": None},
        {"orgs": []},
        {"orgs": [{}]},
        {"orgs": [{"perm": None, "name": None, "cs": None}]},
        {"orgs": [{"perm": "ar:owner"}, {"perm": ["a", "b"], "cs": {}, "oid": "o"}]},
        {"orgs": [{"ref": 5, "selected": "odd"}]},
        {"email": "é@例え.jp", "name": "\u202e"},
    ],
)
def test_s64_claims_that_are_in_form_are_read(changes: Any) -> None:
    """Null stands for absent where nothing depends on it; unknown ones are ignored."""
    payload = claims() | changes | {"unknown": {"x": [1]}}

    assert parse(unsigned(payload)).claims == payload


@pytest.mark.parametrize(
    ("org", "problem"),
    [
        ("text", "one of its orgs is not an object"),
        (None, "one of its orgs is not an object"),
        ({"oid": ""}, "the oid of one of its orgs is not what it should be"),
        ({"oid": None}, "the oid of one of its orgs is not what it should be"),
        ({"mid": "a b"}, "the mid of one of its orgs is not what it should be"),
        ({"name": 7}, "the name of one of its orgs is not what it should be"),
        ({"perm": 7}, "the perm of one of its orgs is not what it should be"),
        ({"perm": ["a", 7]}, "the perm of one of its orgs is not what it should be"),
        ({"perm": {}}, "the perm of one of its orgs is not what it should be"),
        ({"cs": []}, "the cs of one of its orgs is not what it should be"),
    ],
)
def test_an_org_of_another_form_is_refused(org: Any, problem: str) -> None:
    """Every org counts, not only the first."""
    with pytest.raises(TokenMalformed) as caught:
        parse(unsigned(claims() | {"orgs": [{"oid": "org_1"}, org]}))

    assert caught.value.problem == problem


@pytest.mark.parametrize(("ends", "fits"), [(0, True), (-1, False)])
def test_a_token_ends_when_it_is_issued_at_the_earliest(ends: int, fits) -> None:
    """Before that its times contradict one another (ASVS 9.2.1)."""
    text = unsigned(claims() | {"iat": NOW, "exp": NOW + ends})
    if fits:
        assert parse(text).claims["exp"] == NOW
        return
    with pytest.raises(TokenMalformed) as caught:
        parse(text)

    assert caught.value.problem == "it ends before it was issued"


# --- Judgement without a key -------------------------------------------------------


@pytest.mark.parametrize(
    "issuer",
    [
        "https://authrocket.com/",
        "https://authrocket.com.evil.example",
        "https://AuthRocket.com",
        "http://authrocket.com",
        "authrocket.com",
        " https://authrocket.com",
        "",
        None,
        ["https://authrocket.com"],
        1,
    ],
)
def test_s46_the_issuer_must_be_exactly_ours(issuer: Any) -> None:
    """No slash, no prefix, no list, no other case (T15, RQ-J2)."""
    payload = claims() | {"iss": issuer}

    with pytest.raises(WrongIssuer):
        check_claims(parse(unsigned(payload)), RULES, NOW)
    del payload["iss"]
    with pytest.raises(WrongIssuer):
        check_claims(parse(unsigned(payload)), RULES, NOW)


@pytest.mark.parametrize(
    ("rid", "wanted", "good"),
    [
        ("rl_memory", "rl_memory", True),
        ("rl_memory", None, True),
        (None, None, True),
        ("rl_memory", "rl_other", False),
        (None, "rl_memory", False),
    ],
)
def test_a_realm_of_the_settings_must_be_the_token_s(rid, wanted, good) -> None:
    """Without one any realm of the key counts (T16)."""
    token = with_claims(rid=rid)
    if good:
        check_claims(token, Rules(ISSUER, wanted), NOW)
        return
    with pytest.raises(WrongRealm):
        check_claims(token, Rules(ISSUER, wanted), NOW)


@pytest.mark.parametrize(
    ("ends", "good"), [(1, True), (0, True), (-4, True), (-4.9, True), (-5, False)]
)
def test_s49_exp_has_five_seconds_of_leeway(ends: float, good: bool) -> None:
    """From the fifth second on it is over, and the error says since when (RQ-J2)."""
    token = with_claims(exp=NOW + ends, iat=NOW - 60)
    if good:
        check_claims(token, RULES, NOW)
        return
    with pytest.raises(TokenExpired) as caught:
        check_claims(token, RULES, NOW)

    assert caught.value.expired_at == NOW + ends


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize(
    ("begins", "good"), [(-60, True), (4, True), (5, True), (6, False)]
)
def test_s49_nbf_and_iat_have_five_seconds_of_leeway(name, begins, good) -> None:
    """A token of the future is not good yet, and the error says from when on."""
    token = with_claims(**{name: NOW + begins})
    if good:
        check_claims(token, RULES, NOW)
        return
    with pytest.raises(TokenNotYetValid) as caught:
        check_claims(token, RULES, NOW)

    assert caught.value.valid_from == NOW + begins


def test_s50_nothing_else_is_required() -> None:
    """No aud, nbf, jti, email_verified, sid or iat; any aud is accepted."""
    payload = {"iss": ISSUER, "sub": "usr_1", "exp": NOW + 60, "aud": "anybody"}

    check_claims(parse(unsigned(payload)), RULES, NOW)
    assert parse(unsigned({"sub": "usr_1", "exp": 0})).claims["exp"] == 0


@pytest.mark.parametrize(
    ("age", "within", "good"),
    [(60, 60, True), (61, 60, False), (0, 1, True), (3000, None, True), (-4, 1, True)],
)
def test_s59_within_is_the_greatest_age_by_iat(age, within, good) -> None:
    """Equality is accepted; the error says when the token became too old."""
    token = with_claims(iat=NOW - age)
    if good:
        check_claims(token, RULES, NOW, within)
        return
    with pytest.raises(TokenExpired) as caught:
        check_claims(token, RULES, NOW, within)

    assert caught.value.expired_at == NOW - age + within


def test_s59_without_iat_nobody_knows_the_age() -> None:
    """With ``within`` that is a fault, without it none."""
    token = with_claims(iat=None)

    check_claims(token, RULES, NOW)
    with pytest.raises(TokenMalformed) as caught:
        check_claims(token, RULES, NOW, 60)
    assert caught.value.problem == "its iat is missing, so its age is unknown"


# --- Signatures --------------------------------------------------------------------


def test_s47_the_key_decides_the_algorithm() -> None:
    """What the header says must be what the key does, whatever it says."""
    rs, hs = key_set(), parse_jwt_key(SECRET_KEY)
    good_rs = parse(realm().token())
    good_hs = parse(
        signed_hs256(unsigned(header={"alg": "HS256"}), SECRET_KEY.encode())
    )

    check_signature(good_rs, rs)
    check_signature(good_hs, hs)
    with pytest.raises(SignatureMismatch):
        check_signature(good_rs, hs)
    with pytest.raises(UnknownKey):
        check_signature(good_hs, rs)


@pytest.mark.parametrize("algorithm", ["none", "None", "RS512", "ES256", "PS256", ""])
def test_s47_no_header_talks_the_key_into_anything_else(algorithm: str) -> None:
    """A good signature under another name is refused; ``none`` above all (RQ-J1)."""
    text = realm().sign(claims(), HEADER | {"alg": algorithm})
    with pytest.raises(SignatureMismatch):
        check_signature(parse(text), key_set())


@pytest.mark.parametrize(
    ("algorithm", "good"), [(None, True), ("RS256", True), ("HS256", False)]
)
def test_a_caller_can_narrow_the_algorithm(algorithm, good: bool) -> None:
    """It can only refuse more, never accept more."""
    token = parse(realm().token())
    if good:
        check_signature(token, key_set(), algorithm)
        return
    with pytest.raises(SignatureMismatch):
        check_signature(token, key_set(), algorithm)


@pytest.mark.parametrize(
    "secret",
    [
        realm().public_key.encode(),
        realm().public_key.strip().encode(),
        realm().jwks()["keys"][0]["x5c"][0].encode(),
        base64.b64decode(realm().jwks()["keys"][0]["x5c"][0]),
        b"",
    ],
)
def test_s63_a_public_key_s_text_is_no_secret(secret: bytes) -> None:
    """An HS256 token signed with it is refused, by sets and by single keys (RQ-J1)."""
    text = signed_hs256(unsigned(header=HEADER | {"alg": "HS256"}), secret)
    for keys in (key_set(), parse_jwt_key(realm().public_key)):
        with pytest.raises(SignatureMismatch):
            check_signature(parse(text), keys)


def test_s55_the_kid_selects_the_key() -> None:
    """No kid and an unknown one find no key in a set."""
    for header in ({"alg": "RS256"}, {"alg": "RS256", "kid": "jky_other"}):
        with pytest.raises(UnknownKey):
            check_signature(parse(realm().sign(claims(), header)), key_set())


def test_a_configured_key_ignores_the_kid() -> None:
    """There is only one, so nothing has to be selected."""
    keys = parse_jwt_key(realm().public_key)
    for header in ({"alg": "RS256"}, {"alg": "RS256", "kid": "jky_other"}):
        check_signature(parse(realm().sign(claims(), header)), keys)


def test_a_stranger_s_signature_under_our_kid_is_refused() -> None:
    """The kid alone proves nothing; one of several keys of a kid may have signed."""
    text = strange_realm().token()
    both = {"jky_memory": (*key_set().find("jky_memory"), *strange_keys())}

    with pytest.raises(SignatureMismatch):
        check_signature(parse(text), key_set())
    check_signature(parse(text), KeySet(both))


def strange_keys() -> tuple[Any, ...]:
    """Return the keys of the strange realm."""
    return parse_jwt_key(strange_realm().public_key).anonymous


@pytest.mark.parametrize("part", [0, 1, 2])
def test_every_part_is_covered_by_the_signature(part: int) -> None:
    """One changed character anywhere, and nothing is believed."""
    parts = realm().token().split(".")
    middle = len(parts[part]) // 2
    old = parts[part][middle]
    parts[part] = parts[part][:middle] + ("A" if old != "A" else "B") + (
        parts[part][middle + 1 :])  # fmt: skip

    with pytest.raises(TokenError):
        check_signature(parse(".".join(parts)), key_set())


# --- Whose is it? ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        (realm().token(), True),
        (unsigned({"iss": ISSUER}), True),
        (unsigned(b'{"iss": "https://authrocket.com", "iss": "x"}'), False),
        (f"?.{segment({'iss': ISSUER})}.?", True),
        (unsigned({"iss": "https://other.example"}), False),
        (unsigned({"iss": [ISSUER]}), False),
        (unsigned({}), False),
        (unsigned([ISSUER]), False),
        (unsigned(b"{"), False),
        (unsigned(b"[" * 40_000), False),
        ("a.b.c", False),
        ("..", False),
        (f"{unsigned({'iss': ISSUER})}.x", False),
        (unsigned({"iss": ISSUER}).rpartition(".")[0], False),
        ("opaque", False),
        ("", False),
        (f"x.{segment({'iss': ISSUER})}.{'A' * 7 * TOKEN_CHARACTERS}", True),
        (f"x.{segment({'iss': ISSUER})}.{'A' * 9 * TOKEN_CHARACTERS}", False),
    ],
)
def test_a_token_that_claims_our_issuer_is_ours_to_verify(text, ours) -> None:
    """Nothing is verified; what is no JWT of our issuer is the application's."""
    assert tokens.is_ours(text, ISSUER) is ours


def test_a_token_is_ours_up_to_eight_times_the_longest() -> None:
    """Just above that nobody looks at it any more."""
    stem = f"x.{segment({'iss': ISSUER})}."

    assert tokens.is_ours(stem + "A" * (8 * TOKEN_CHARACTERS - len(stem)), ISSUER)
    assert not tokens.is_ours(
        stem + "A" * (8 * TOKEN_CHARACTERS - len(stem) + 1), ISSUER
    )


def test_payloads_of_any_length_are_padded_rightly() -> None:
    """Base64url without padding is read for each remainder."""
    for filler in range(4):
        payload = json.dumps({"iss": ISSUER, "x": "x" * filler}).encode()

        assert tokens.is_ours(unsigned(payload), ISSUER)
        assert parse(unsigned(claims() | {"x": "x" * filler}))
