"""Credentials: what is believed, what is remembered, what has to be asked."""

from __future__ import annotations

import hmac
import json
from typing import Any

import pytest

from arware.auth import Reason
from arware.core.api_tokens import REFUSALS
from arware.core.credentials import Credentials, Found
from arware.core.effects import (
    NeedApiToken,
    NeedKeys,
    NeedRevocation,
    NeedSession,
    SessionState,
)
from arware.core.verdict import VERDICTS, Verdict
from arware.errors import (
    KeysUnavailable,
    LoginRefused,
    SignatureMismatch,
    TokenExpired,
    TokenMalformed,
    UnknownKey,
    WrongIssuer,
    WrongRealm,
)
from arware.testing.realm import ISSUER
from arware.tokens.api_tokens import new_api_token
from arware.tokens.keys import KeySet, parse_jwt_key, parse_key_document
from arware.web.browser import Browsers
from arware.web.cookies import CookieSigner, read_cookies
from tests.making import (
    NOW,
    SECRET,
    Asked,
    Keys,
    Revoked,
    claims,
    credentials_of,
    key_set,
    realm,
    result,
    segment,
    settings,
    strange_realm,
    walk,
)

CODEC = CookieSigner((SECRET,), "login.v1.authrocket")
HEADER = {"kid": "jky_memory", "alg": "RS256"}


def shared() -> Revoked:
    """Return revocations that other processes may know more of."""
    return Revoked(shared=True)


def cookie(token: str, login_id: str = "login-id-0123456789") -> str:
    """Return the text of a login's cookie."""
    return CODEC.dumps([login_id, token])


def look_at(
    credentials: Credentials, *texts: str, now: float = NOW, answers: Any = ()
) -> tuple[list[Any], Found]:
    """Let *credentials* look at cookies; return the effects and what is found."""
    found = credentials.cookies({"ar": list(texts)}, "ar", now)
    return walk(found, *answers)


# --- Tokens ------------------------------------------------------------------------


def test_a_good_token_with_keys_at_hand_needs_nothing() -> None:
    """The verdict says whose it is, by which keys and until when."""
    token = realm().token("bob", sid="kss_1")
    needs, verdict = walk(credentials_of().verifier.verify(token, NOW))

    assert needs == []
    assert (verdict.identity.sub, verdict.identity.sid) == ("usr_bob", "kss_1")
    assert verdict.identity.token == token
    assert verdict.keys is key_set()
    assert (verdict.expires_at, verdict.login_id) == (NOW + 3600, None)


def test_s55_an_unknown_kid_is_asked_for_once() -> None:
    """What comes back decides; a set without it is no key, none is an outage."""
    token = realm().token()
    cold = credentials_of(Keys(None))

    assert walk(cold.verifier.verify(token, NOW), key_set())[0] == [
        NeedKeys("jky_memory", NOW)
    ]
    assert walk(cold.verifier.verify(token, NOW), key_set())[1].keys is key_set()
    with pytest.raises(UnknownKey):
        walk(cold.verifier.verify(token, NOW), KeySet())
    with pytest.raises(KeysUnavailable):
        walk(cold.verifier.verify(token, NOW), None)


def test_a_known_set_without_the_kid_is_asked_again() -> None:
    """The key may have been published since."""
    token = realm().sign(claims(), HEADER | {"kid": "jky_new"})
    steps = credentials_of().verifier.verify(token, NOW)

    assert next(steps) == NeedKeys("jky_new", NOW)
    with pytest.raises(UnknownKey):
        steps.send(key_set())


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("x", TokenMalformed),
        ("", TokenMalformed),
        (realm().sign(claims(iss="https://other.example")), WrongIssuer),
        (realm().sign(claims(rid="rl_other")), WrongRealm),
        (realm().sign(claims(exp=NOW - 5, iat=NOW - 60)), TokenExpired),
        (realm().sign(claims(), {"kid": "jky_new", "alg": "HS256"}), SignatureMismatch),
        (realm().sign(claims(), {"kid": "jky_new", "alg": "none"}), SignatureMismatch),
        (realm().sign(claims(), {"alg": "RS256"}), UnknownKey),
    ],
)
def test_what_cannot_be_right_is_worth_no_download(token: str, error: Any) -> None:
    """Form, issuer, realm, time, algorithm and kid are looked at first (T20)."""
    with pytest.raises(error):
        walk(credentials_of(Keys(None), realm="rl_memory").verifier.verify(token, NOW))


def test_s53_a_configured_key_needs_neither_kid_nor_rs256() -> None:
    """It is the only one, so the key itself says what it verifies."""
    rs256 = Keys(parse_jwt_key(realm().public_key), by_kid=False)
    hs256 = Keys(parse_jwt_key("jsk_" + "x" * 40), by_kid=False)
    text = f"{segment({'alg': 'HS256'})}.{segment(claims())}"
    secret = b"jsk_" + b"x" * 40
    token = f"{text}.{segment(hmac.digest(secret, text.encode(), 'sha256'))}"

    assert result(
        credentials_of(rs256).verifier.verify(
            realm().sign(claims(), {"alg": "RS256"}), NOW
        )
    )
    assert (
        result(credentials_of(hs256).verifier.verify(token, NOW)).identity.sub
        == "usr_alice"
    )
    with pytest.raises(SignatureMismatch):
        result(credentials_of(rs256).verifier.verify(token, NOW))


@pytest.mark.parametrize(
    ("within", "algo", "error"),
    [
        (None, None, None),
        (60, "RS256", None),
        (59, None, TokenExpired),
        (None, "HS256", SignatureMismatch),
    ],
)
def test_a_caller_can_ask_for_more(within, algo, error) -> None:
    """A greatest age and an algorithm only narrow what is accepted."""
    steps = credentials_of().verifier.verify(
        realm().token(iat=int(NOW) - 60), NOW, within, algo
    )
    if error is None:
        assert result(steps)
        return
    with pytest.raises(error):
        result(steps)


def test_tokens_of_our_issuer_are_told_by_the_settings() -> None:
    """Another issuer may be configured."""
    credentials = credentials_of(issuer="https://realm.example")

    assert credentials_of().verifier.is_ours(realm().token())
    assert not credentials.verifier.is_ours(realm().token())
    assert credentials.verifier.is_ours(realm().token(iss="https://realm.example"))


# --- Bearer ------------------------------------------------------------------------


def bearer(credentials: Credentials, *values: str, now: float = NOW) -> Verdict | None:
    """Let *credentials* look at Authorization headers."""
    return result(credentials.bearer(values, CLIENT, now))


@pytest.mark.parametrize(
    "form", ["Bearer {}", "bearer {}", "BEARER   {} ", " Bearer {}"]
)
def test_s69_the_scheme_s_case_does_not_matter(form: str) -> None:
    """Nor does white space around it."""
    verdict = bearer(credentials_of(), form.format(realm().token("bob")))

    assert verdict is not None
    assert verdict.identity.sub == "usr_bob"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer opaque",
        "Basic YTpi",
        f"Basic {realm().token()}",
        f"Bearer {realm().token(iss='https://other.example')}",
        f"Bearer: {realm().token()}",
        'Digest username="a", realm="b"',
        "Bearer a, Bearer b",
    ],
)
def test_a_header_that_is_not_ours_is_left_alone(value: str) -> None:
    """It belongs to the application."""
    assert bearer(credentials_of(), value) is None


@pytest.mark.parametrize(
    "token",
    [
        realm().token() + "=",
        realm().token(sub=None),
        realm().sign(claims(), HEADER | {"crit": []}),
        f"x.{segment(claims())}.{'A' * 9000}",
    ],
)
def test_t45_a_malformed_token_of_ours_is_not_left_alone(token: str) -> None:
    """It claims our issuer, so it is ours to refuse."""
    with pytest.raises(TokenMalformed):
        bearer(credentials_of(), f"Bearer {token}")


@pytest.mark.parametrize(
    "values",
    [
        (f"Bearer {realm().token()}", "Basic x"),
        ("Digest a=b, c=d", f"Bearer {realm().token()}"),
        (f"Bearer {realm().token()}, Bearer x",),
        (f"Basic x, Bearer {realm().token()}",),
        (f"Bearer {realm().token()},Bearer {realm().token()}",),
    ],
)
def test_t45_two_headers_are_nobody(values: tuple[str, ...]) -> None:
    """Also where the server joined them; which of two counts is never guessed."""
    with pytest.raises(TokenMalformed) as caught:
        bearer(credentials_of(), *values)

    assert caught.value.problem == "there are several Authorization headers"


@pytest.mark.parametrize(
    "values", [("Basic x", "Bearer y"), ("Basic x, Bearer y",), ('Digest a="b", c=d',)]
)
def test_several_headers_without_one_of_ours_are_the_application_s(values) -> None:
    """WSGI servers cannot tell two of them from one with a comma."""
    assert bearer(credentials_of(), *values) is None


def test_a_bearer_token_is_verified_once() -> None:
    """The verdict is remembered; with other keys it is verified again."""
    keys = Keys(key_set())
    credentials = credentials_of(keys)
    value = f"Bearer {realm().token()}"
    first = bearer(credentials, value)

    assert bearer(credentials, value) is first
    keys.keys = parse_key_document(json.dumps(strange_realm().jwks()).encode())
    with pytest.raises(SignatureMismatch):
        bearer(credentials, value)


def test_a_bearer_token_is_no_cookie() -> None:
    """One that was seen as Bearer is not accepted, unsigned, as a cookie."""
    credentials = credentials_of()
    token = realm().token()
    bearer(credentials, f"Bearer {token}")

    assert look_at(credentials, token)[1] == Found(
        None, Reason.BAD_COOKIE, hopeless=True
    )
    assert credentials.verdicts.recall(token, NOW) is None


def test_a_bearer_token_ends_although_it_is_remembered() -> None:
    """``exp`` is looked at each time."""
    credentials = credentials_of()
    value = f"Bearer {realm().token()}"

    assert bearer(credentials, value, now=NOW + 3604)
    with pytest.raises(TokenExpired):
        bearer(credentials, value, now=NOW + 3605)


# --- API tokens --------------------------------------------------------------------

CLIENT = "192.0.2.1"
API_TOKEN = new_api_token(b"0123456789abcdef0123456789abcdef")
OTHER = new_api_token(b"f123456789abcdef0123456789abcdef")
API = {"api_key": "ks_1", "url": "https://api.example/v2"}


def api_token(
    credentials: Credentials, now: float, *answers: Any, token: str = API_TOKEN
) -> Any:
    """Return what *credentials* asked about an API token, and its verdict."""
    return walk(credentials.bearer((f"Bearer {token}",), CLIENT, now), *answers)


def refused(
    credentials: Credentials, now: float, *answers: Any, token: str = API_TOKEN
) -> Reason:
    """Return why *credentials* does not accept an API token, given the answers."""
    with pytest.raises(
        (LoginRefused, TokenMalformed, SignatureMismatch, WrongRealm)
    ) as caught:
        api_token(credentials, now, *answers, token=token)
    return Reason(caught.value.reason)


@pytest.mark.parametrize("overrides", [API, {"local_realm": object()}])
def test_an_api_token_is_verified_by_the_login_token_given_for_it(overrides) -> None:
    """It is asked as a effect, where a realm or the API can be asked."""
    login = realm().token("bob", sid="at_1")
    needs, verdict = api_token(credentials_of(**overrides), NOW, login)

    assert needs == [NeedApiToken(API_TOKEN, CLIENT, NOW)]
    assert (verdict.identity.sub, verdict.identity.sid) == ("usr_bob", "at_1")
    assert verdict.identity.token == login
    assert verdict.login_id is None


@pytest.mark.parametrize(
    "overrides", [{}, {"api_key": "ks_1"}, {"url": "https://api.example/v2"}]
)
@pytest.mark.parametrize("value", [API_TOKEN, "art_", f"{API_TOKEN}, Bearer x"])
def test_where_nobody_can_be_asked_it_is_the_applications(overrides, value) -> None:
    """Whatever begins so belongs to somebody else there."""
    assert api_token(credentials_of(**overrides), NOW, token=value) == ([], None)


@pytest.mark.parametrize("prefix", ["", "ART_", "art-", "xart_", "Art_", " "])
def test_what_begins_otherwise_is_the_applications(prefix: str) -> None:
    """Exactly this prefix is ours, in exactly this case."""
    token = prefix + API_TOKEN.removeprefix("art_")

    assert api_token(credentials_of(**API), NOW, token=token) == ([], None)
    assert api_token(credentials_of(**API), NOW, token=f"x {API_TOKEN}") == ([], None)


@pytest.mark.parametrize(
    "rest",
    [
        *("", "x" * 21, "x" * 65, "x" * 100_000, "x" * 22 + "\x00", "x" * 22 + " y"),
        *("x" * 21 + "_", "x" * 21 + "é", "x" * 21 + "\u0661", "a.b.c", "x" * 30 + "="),
    ],
    ids=range(11),
)
def test_a_malformed_api_token_is_worth_no_question(rest: str) -> None:
    """It is nobody's, and is not left to the application."""
    credentials = credentials_of(**API)

    assert refused(credentials, NOW, token=f"art_{rest}") is Reason.MALFORMED


@pytest.mark.parametrize(
    "values",
    [
        (f"Bearer {API_TOKEN}", f"Bearer {API_TOKEN}"),
        (f"Bearer {API_TOKEN}, Bearer x",),
        (f"Basic x, Bearer {API_TOKEN}",),
        (f"Bearer {API_TOKEN}," * 3,),
    ],
)
def test_t45_an_api_token_and_another_header_are_nobody(values) -> None:
    """As with login tokens."""
    with pytest.raises(TokenMalformed) as caught:
        bearer(credentials_of(**API), *values)

    assert caught.value.problem == "there are several Authorization headers"


@pytest.mark.parametrize(("later", "asks"), [(0, False), (59, False), (60, True)])
def test_an_api_token_is_asked_for_again_after_a_minute(later, asks) -> None:
    """In between nothing is needed; what is found then counts."""
    credentials = credentials_of(**API)
    first = api_token(credentials, NOW, realm().token(sid="at_1"))[1]
    answers = [realm().token("bob", sid="at_1")] * asks
    needs, verdict = api_token(credentials, NOW + later, *answers)

    assert len(needs) == asks
    assert (verdict is first) is not asks
    assert verdict.identity.sub == ("usr_bob" if asks else "usr_alice")


def test_an_api_token_that_is_refused_after_a_minute_is_nobody() -> None:
    """It was revoked in the meantime."""
    credentials = credentials_of(**API)
    api_token(credentials, NOW, realm().token())

    assert api_token(credentials, NOW + 59)[1]
    assert refused(credentials, NOW + 60, None) is Reason.REVOKED


def test_an_api_token_ends_when_its_login_token_does() -> None:
    """In that very second: the leeway is for clocks, and here it can be asked."""
    credentials = credentials_of(**API)
    login = realm().token(exp=int(NOW) + 20)
    api_token(credentials, NOW, login)

    assert api_token(credentials, NOW + 19)[0] == []
    assert len(api_token(credentials, NOW + 20, realm().token())[0]) == 1


def test_a_refused_api_token_is_not_asked_for_at_once_again() -> None:
    """For ten seconds, whatever the clock does then; others are asked for."""
    credentials = credentials_of(**API)

    assert refused(credentials, NOW, None) is Reason.REVOKED
    assert refused(credentials, NOW) is Reason.REVOKED
    assert refused(credentials, NOW + 9) is Reason.REVOKED
    assert api_token(credentials, NOW, realm().token(), token=OTHER)[1]
    assert api_token(credentials, NOW + 10, realm().token(iat=int(NOW)))[1]
    set_back = credentials_of(**API)
    refused(set_back, NOW, None)
    assert refused(set_back, NOW - 1, None) is Reason.REVOKED


def test_refusals_are_remembered_with_a_bound() -> None:
    """Somebody who makes up tokens fills no memory."""
    credentials = credentials_of(**API)
    for number in range(2 * REFUSALS):
        assert (
            refused(
                credentials, NOW, None, token=new_api_token(f"{number:016}".encode())
            )
            is Reason.REVOKED
        )

    assert len(credentials._api_tokens._refused.values()) <= REFUSALS


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        (strange_realm().token(rid="rl_memory"), Reason.BAD_SIGNATURE),
        (realm().token(rid="rl_other"), Reason.WRONG_REALM),
        ("junk", Reason.MALFORMED),
        ("", Reason.MALFORMED),
        (API_TOKEN, Reason.MALFORMED),
    ],
)
def test_an_answer_is_never_trusted_by_itself(login: str, reason: Reason) -> None:
    """What the realm or the API gives is judged as any token is."""
    credentials = credentials_of(**API, realm="rl_memory")

    assert refused(credentials, NOW, login) is reason
    assert refused(credentials, NOW + 9) is reason


def test_an_api_token_needs_keys_as_any_token_does() -> None:
    """They are fetched; without any it is nobody's, and asked for again."""
    credentials = credentials_of(Keys(None), **API)
    needs, verdict = api_token(credentials, NOW, realm().token(), key_set())

    assert [type(need) for need in needs] == [NeedApiToken, NeedKeys]
    assert verdict.keys is key_set()
    for _ in range(2):
        with pytest.raises(KeysUnavailable):
            api_token(credentials, NOW + 60, realm().token(), None)
        with pytest.raises(UnknownKey):
            api_token(credentials, NOW + 60, realm().token(), KeySet())


@pytest.mark.parametrize("later", [0, 60])
def test_what_cannot_be_found_out_is_nobody_at_once(later: float, caplog) -> None:
    """What counted a minute ago is not prolonged, and the next request asks anew."""
    credentials = credentials_of(**API)
    if later:
        api_token(credentials, NOW, realm().token())
    for _ in range(2):
        steps = credentials.bearer((f"Bearer {API_TOKEN}",), CLIENT, NOW + later)
        assert next(steps) == NeedApiToken(API_TOKEN, CLIENT, NOW + later)
        with caplog.at_level("DEBUG"), pytest.raises(LoginRefused) as caught:
            steps.throw(OSError(f"no way to {API_TOKEN}"))

        assert caught.value.reason is Reason.OUTAGE
    assert "an API token is not known: OSError" in caplog.text
    assert API_TOKEN not in caplog.text
    assert api_token(credentials, NOW + later, realm().token())[1]


def test_an_api_token_is_asked_for_again_with_other_keys() -> None:
    """The verdict dies with the keys that it came from."""
    keys = Keys(key_set())
    credentials = credentials_of(keys, **API)
    api_token(credentials, NOW, realm().token())
    keys.keys = parse_key_document(json.dumps(strange_realm().jwks()).encode())

    assert refused(credentials, NOW, realm().token()) is Reason.BAD_SIGNATURE


def test_no_managed_session_is_looked_at_for_an_api_token() -> None:
    """Its own standing is what is asked for."""
    needs, verdict = api_token(managed(**API), NOW, realm().token(sid="at_1"))

    assert [type(need) for need in needs] == [NeedApiToken]
    assert verdict is not None


def test_t37_an_api_token_is_kept_and_shown_nowhere() -> None:
    """Not in a need's ``repr``, not as what something is remembered by."""
    credentials = credentials_of(**API)
    other = OTHER
    api_token(credentials, NOW, realm().token())
    refused(credentials, NOW, None, token=other)
    kept = [
        *credentials.verdicts._by_name._young,
        *credentials._api_tokens._refused._young,
    ]

    assert len(kept) == 2
    assert not [name for name in kept if API_TOKEN[4:] in name or other[4:] in name]
    assert API_TOKEN not in repr(NeedApiToken(API_TOKEN, CLIENT, NOW))


def test_what_an_api_token_is_remembered_by_is_no_credential() -> None:
    """Neither the name nor the digest in it; a cookie cannot even hold the name."""
    credentials = credentials_of(**API)
    api_token(credentials, NOW, realm().token())
    (name,) = credentials.verdicts._by_name._young
    digest = name.rpartition(";")[2]

    assert api_token(credentials, NOW, token=name) == ([], None)
    assert api_token(credentials, NOW, token=digest) == ([], None)
    assert look_at(credentials, digest)[1].verdict is None
    assert read_cookies(f"ar={name}", "ar") == {"ar": ["api-token"]}


def test_an_api_token_is_neither_a_cookie_nor_a_login_token() -> None:
    """It counts in one place only."""
    credentials = credentials_of(**API)
    api_token(credentials, NOW, realm().token())

    assert look_at(credentials, API_TOKEN)[1].reason is Reason.BAD_COOKIE
    assert look_at(credentials, cookie(API_TOKEN))[1].reason is Reason.MALFORMED
    assert not credentials.verifier.is_ours(API_TOKEN)
    with pytest.raises(TokenMalformed):
        result(credentials.verifier.verify(API_TOKEN, NOW))


# --- Cookies -----------------------------------------------------------------------


def test_s70_a_cookie_is_verified_once_and_then_recalled() -> None:
    """The verdict bears the login's id; recalling it needs nothing."""
    credentials = credentials_of()
    text = cookie(realm().token())
    needs, standing = look_at(credentials, text)

    assert needs == []
    assert standing.verdict is not None
    assert standing.verdict.login_id == "login-id-0123456789"
    assert credentials.verdicts.recall(text, NOW) is standing.verdict
    assert look_at(credentials, text)[1].verdict is standing.verdict
    assert credentials.verdicts.recall(cookie(realm().token("bob")), NOW) is None


@pytest.mark.parametrize(
    ("later", "known"), [(0, True), (3604, True), (3605, False), (9000, False)]
)
def test_a_remembered_cookie_ends_with_its_token(later: float, known: bool) -> None:
    """With the same leeway as a fresh one."""
    credentials = credentials_of()
    text = cookie(realm().token())
    look_at(credentials, text)

    assert (credentials.verdicts.recall(text, NOW + later) is not None) is known
    standing = look_at(credentials, text, now=NOW + later)[1]
    assert (standing.verdict is not None) is known
    if not known:
        assert standing == Found(None, Reason.EXPIRED, hopeless=True)


def test_a_verdict_dies_with_the_keys_it_came_from() -> None:
    """Other keys, or none: the token is verified again (T23)."""
    keys = Keys(key_set())
    credentials = credentials_of(keys)
    text = cookie(realm().token())
    look_at(credentials, text)
    keys.keys = None

    assert credentials.verdicts.recall(text, NOW) is None
    needs, standing = look_at(credentials, text, answers=[None])
    assert needs == [NeedKeys("jky_memory", NOW)]
    assert standing == Found(None, Reason.KEYS_UNAVAILABLE, hopeless=False)


BAD_COOKIES = [
    ("junk", Reason.BAD_COOKIE, True),
    (CookieSigner((SECRET,), "state.v1.ar").dumps(["a", "b"]), Reason.BAD_COOKIE, True),
    (CODEC.dumps(["only one"]), Reason.BAD_COOKIE, True),
    (CODEC.dumps(["one", 2]), Reason.BAD_COOKIE, True),
    (CODEC.dumps([1, "two"]), Reason.BAD_COOKIE, True),
    (CODEC.dumps(["a", "b", "c"]), Reason.BAD_COOKIE, True),
    (CODEC.dumps("ab"), Reason.BAD_COOKIE, True),
    (cookie("no token"), Reason.MALFORMED, True),
    (cookie(realm().token(lifetime=-60)), Reason.EXPIRED, True),
    (cookie(realm().token(iss="https://other.example")), Reason.WRONG_ISSUER, True),
    (cookie(realm().token(rid="rl_other")), Reason.WRONG_REALM, True),
    (cookie(strange_realm().token(rid="rl_memory")), Reason.BAD_SIGNATURE, True),
    # What time may heal is not thrown away.
    (cookie(realm().token(nbf=int(NOW) + 60)), Reason.NOT_YET_VALID, False),
    (cookie(realm().sign(claims(), {"alg": "RS256"})), Reason.UNKNOWN_KEY, False),
]


@pytest.mark.parametrize(("text", "reason", "hopeless"), BAD_COOKIES)
def test_a_bad_cookie_is_nobody_with_a_reason(text, reason, hopeless) -> None:
    """It is hopeless unless time may heal it."""
    needs, standing = look_at(credentials_of(realm="rl_memory"), text)

    assert (needs, standing) == ([], Found(None, reason, hopeless))


def test_no_candidate_is_a_bad_cookie() -> None:
    """Pieces that do not fit together are cleared."""
    steps = credentials_of().cookies({"ar.2": ["x"]}, "ar", NOW)

    assert result(steps) == Found(None, Reason.BAD_COOKIE, hopeless=True)


def test_of_two_cookies_the_good_one_counts() -> None:
    """One that was planted neither hides nor replaces it (T31)."""
    good = cookie(realm().token())
    for texts in ((good, "junk"), ("junk", good), (good, good)):
        standing = look_at(credentials_of(), *texts)[1]

        assert standing.verdict is not None
        assert standing.reason is Reason.NO_CREDENTIAL
        assert not standing.hopeless


def test_two_good_cookies_of_two_logins_are_nobody() -> None:
    """Whichever was planted, it is not cleared, as one of them is the visitor's."""
    texts = [cookie(realm().token(), "a" * 22), cookie(realm().token("bob"), "b" * 22)]
    standing = look_at(credentials_of(), *texts)[1]

    assert standing == Found(None, Reason.BAD_COOKIE, hopeless=False)


def test_the_first_reason_is_told_and_one_hope_is_enough() -> None:
    """Of several bad cookies none is cleared while one may become good."""
    early = cookie(realm().token(nbf=int(NOW) + 60))

    assert look_at(credentials_of(), "junk", early)[1] == Found(
        None, Reason.BAD_COOKIE, hopeless=False
    )


def test_logins_of_good_and_expired_cookies_are_revoked() -> None:
    """Whatever we ever signed, and nothing else."""
    texts = [
        cookie(realm().token(sid="kss_1"), "a" * 22),
        "junk",
        cookie("no token", "c" * 22),
        cookie(realm().token(lifetime=-60, sid=None), "b" * 22),
    ]

    header = "; ".join(f"__Host-authrocket={text}" for text in texts)
    browser = Browsers(settings()).of(Asked(cookie=header))

    known = Revoked()
    credentials_of(known=known).revoke_logins(browser)

    assert known.known == {"a" * 22: NOW + 3600, "b" * 22: NOW - 60}


# --- Revocations -------------------------------------------------------------------


def test_a_revoked_login_is_nobody_at_once() -> None:
    """In the process that revoked it nothing has to be asked."""
    known = Revoked()
    credentials = credentials_of(known=known)
    text = cookie(realm().token())
    look_at(credentials, text)
    known.revoke("login-id-0123456789", "kss_1", NOW + 3600)

    assert credentials.verdicts.recall(text, NOW) is None
    assert look_at(credentials, text)[1] == Found(None, Reason.REVOKED)


@pytest.mark.parametrize(("later", "asks"), [(0, False), (29, False), (30, True)])
def test_other_processes_are_asked_every_thirty_seconds(later, asks) -> None:
    """At first sight of a login, and then at most so often."""
    credentials = credentials_of(known=shared())
    text = cookie(realm().token(sid="kss_1"))
    need = NeedRevocation("login-id-0123456789", "kss_1", NOW)

    assert look_at(credentials, text, answers=[False])[0] == [need]
    assert (credentials.verdicts.recall(text, NOW + later) is None) is asks
    needs, standing = look_at(
        credentials, text, now=NOW + later, answers=[False] * asks
    )
    assert needs == [NeedRevocation("login-id-0123456789", "kss_1", NOW + later)] * asks
    assert standing.verdict is not None
    assert credentials.verdicts.recall(text, NOW + later) is standing.verdict


def test_what_another_process_revoked_is_nobody() -> None:
    """The answer counts at first sight, and again later."""
    credentials = credentials_of(known=shared())
    text = cookie(realm().token())

    assert look_at(credentials, text, answers=[True])[1].reason is Reason.REVOKED
    assert look_at(credentials, text, answers=[False])[1].verdict is not None
    gone = look_at(credentials, text, now=NOW + 30, answers=[True])[1]
    assert gone == Found(None, Reason.REVOKED)


def test_a_bearer_token_has_no_login_to_revoke() -> None:
    """Only logins by cookie are asked for."""
    assert bearer(credentials_of(known=shared()), f"Bearer {realm().token()}")


# --- Managed sessions --------------------------------------------------------------


def managed(**overrides: Any) -> Credentials:
    """Return credentials that check sessions every 300 seconds."""
    return credentials_of(check_session=300, **overrides)


NEED = NeedSession("kss_1", "rl_memory", 300.0, NOW)


@pytest.mark.parametrize(("later", "asks"), [(0, False), (99, False), (100, True)])
def test_a_session_is_asked_for_when_its_verdict_is_over(later, asks) -> None:
    """It is good until the second that the answer names."""
    credentials = managed()
    text = cookie(realm().token(sid="kss_1"))
    needs, standing = look_at(
        credentials, text, answers=[SessionState(True, NOW + 100)]
    )

    assert needs == [NEED]
    assert standing.verdict is not None
    assert (credentials.verdicts.recall(text, NOW + later) is None) is asks
    answers = [SessionState(True, NOW + 400)] * asks
    needs, standing = look_at(credentials, text, now=NOW + later, answers=answers)
    assert len(needs) == asks
    assert standing.verdict is not None


def test_each_question_has_its_own_time() -> None:
    """A session that is due does not bring up a revocation that is not."""
    credentials = managed(known=shared())
    text = cookie(realm().token(sid="kss_1"))
    look_at(credentials, text, answers=[False, SessionState(True, NOW + 10)])
    needs, standing = look_at(
        credentials, text, now=NOW + 10, answers=[SessionState(True, NOW + 310)]
    )

    assert [type(need) for need in needs] == [NeedSession]
    assert standing.verdict is not None
    assert credentials.verdicts.recall(text, NOW + 29) is not None
    assert credentials.verdicts.recall(text, NOW + 30) is None
    needs, _ = look_at(credentials, text, now=NOW + 30, answers=[False])
    assert [type(need) for need in needs] == [NeedRevocation]


def test_a_process_remembers_ten_thousand_verdicts() -> None:
    """More than that are verified again, so memory has a bound."""
    assert VERDICTS == 10_000


def test_an_ended_session_is_nobody() -> None:
    """A cookie of it is hopeless."""
    text = cookie(realm().token(sid="kss_1"))
    standing = look_at(managed(), text, answers=[SessionState(False, NOW)])[1]

    assert standing == Found(None, Reason.ENDED, hopeless=True)


def test_a_bearer_token_s_session_is_checked_too() -> None:
    """Whatever credential names it; one that ended is nobody."""
    steps = managed().bearer((f"Bearer {realm().token(sid='kss_1')}",), CLIENT, NOW)

    assert next(steps) == NEED
    with pytest.raises(LoginRefused) as caught:
        steps.send(SessionState(False, NOW))
    assert caught.value.reason is Reason.ENDED


def test_in_an_outage_a_session_stands_for_five_seconds_at_a_time() -> None:
    """With ``allow`` the token counts, and the question comes again soon."""
    credentials = managed()
    text = cookie(realm().token(sid="kss_1"))
    unknown = SessionState(None, NOW + 1000)

    assert look_at(credentials, text, answers=[unknown])[1].verdict is not None
    assert credentials.verdicts.recall(text, NOW + 4) is not None
    assert credentials.verdicts.recall(text, NOW + 5) is None


def test_in_an_outage_nobody_stands_with_deny() -> None:
    """But the cookie is kept: the outage will end."""
    text = cookie(realm().token(sid="kss_1"))
    credentials = managed(on_outage="deny")
    standing = look_at(credentials, text, answers=[SessionState(None, NOW)])[1]

    assert standing == Found(None, Reason.OUTAGE, hopeless=False)


def test_without_check_session_nobody_asks() -> None:
    """Then the token alone decides, as the issuer signed it."""
    assert look_at(credentials_of(), cookie(realm().token()))[0] == []
    assert credentials_of().verifier.is_ours(realm().token(iss=ISSUER))


# --- What is remembered ------------------------------------------------------------


@pytest.mark.parametrize(("back", "asks"), [(0, 0), (5, 0), (6, 2), (3600, 2)])
def test_f8_a_clock_that_went_back_makes_all_that_is_remembered_stale(back, asks):
    """A logout elsewhere, or the end of a session, is not missed for that long."""
    credentials = managed(known=shared())
    text = cookie(realm().token(sid="kss_1"))
    answers = [False, SessionState(True, NOW + 300)]
    look_at(credentials, text, answers=answers)
    needs, found = look_at(
        credentials, text, now=NOW - back, answers=answers[: asks or None] * bool(asks)
    )

    assert len(needs) == asks
    assert found.verdict is not None


@pytest.mark.parametrize("ended", [{"sid": "kss_1"}, {"user_id": "usr_alice"}])
@pytest.mark.parametrize("before", [True, False])
def test_f14_what_ended_while_it_was_asked_about_is_asked_again(ended, before) -> None:
    """Whoever was first, the next request finds out."""
    credentials = managed()
    text = cookie(realm().token(sid="kss_1"))
    steps = credentials.cookies({"ar": [text]}, "ar", NOW)
    assert next(steps) == NEED
    if before:
        credentials.verdicts.ended(**ended)
    with pytest.raises(StopIteration):
        steps.send(SessionState(True, NOW + 300))
    if not before:
        credentials.verdicts.ended(**ended)

    gone = look_at(credentials, text, answers=[SessionState(False, NOW)])[1]
    assert gone.reason is Reason.ENDED


@pytest.mark.parametrize("sid", ["kss_1", None])
@pytest.mark.parametrize("ended", [{"sid": "kss_2"}, {"user_id": "usr_bob"}])
def test_f6_the_end_of_another_session_asks_nothing_of_ours(ended, sid) -> None:
    """Only who came by it, or is that user, is asked about."""
    credentials = managed()
    text = cookie(realm().token("alice", sid=sid))
    look_at(credentials, text, answers=[SessionState(True, NOW + 300)])
    credentials.verdicts.ended(**ended)

    assert credentials.verdicts.recall(text, NOW) is not None


def test_f13_a_session_that_is_revoked_as_a_whole_is_out() -> None:
    """With cookie and Bearer token alike."""
    known = Revoked()
    credentials = credentials_of(known=known)
    token = realm().token(sid="kss_1")
    look_at(credentials, cookie(token))
    bearer(credentials, f"Bearer {token}")
    known.known["kss_1"] = NOW + 3600

    assert look_at(credentials, cookie(token))[1] == Found(None, Reason.REVOKED)
    with pytest.raises(LoginRefused):
        bearer(credentials, f"Bearer {token}")


@pytest.mark.parametrize(("leeway", "good"), [(0, False), (6, True), (120, True)])
def test_f16_clocks_may_differ_as_far_as_the_setting_says(leeway, good) -> None:
    """In both directions: at the beginning and at the end."""
    credentials = credentials_of(leeway=leeway)
    for token in (
        realm().token(iat=int(NOW) + 6),
        realm().sign(claims(iat=NOW - 60, exp=NOW - 5)),
    ):
        found = look_at(credentials, cookie(token))[1]
        assert (found.verdict is not None) is good
