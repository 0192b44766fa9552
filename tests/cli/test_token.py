"""``arware token inspect``: what a token says, and whether it counts."""

from __future__ import annotations

import base64
import json
import re

import pytest

from arware.testing import Browser, MemoryRealm
from arware.wsgi import Middleware

from .samples import SECRET, ini


def believing(realm):
    """Return an environment in which tokens of *realm* are accepted."""
    return {"AUTHROCKET_JWT_KEY": realm.public_key.replace("\n", "\\n")}


def test_a_good_token_is_decoded_and_accepted(run, realm):
    """Header, claims, times and the verdict, with 0."""
    token = realm.token("alice", permissions=["reports:read"])
    code, output, _ = run("token", "inspect", token, environ=believing(realm))

    assert code == 0
    for fact in ('"kid": "jky_memory"', '"sub": "usr_alice"', '"reports:read"'):
        assert fact in output
    assert re.search(r"^issued +20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", output, re.M)
    assert re.search(r"^verdict +accepted", output, re.M)


def test_the_signature_is_not_printed(run, realm):
    """What is printed cannot be used to log in."""
    token = realm.token()
    _, output, _ = run("token", "inspect", token, environ=believing(realm))

    assert token.split(".")[2] not in output


def test_a_token_can_come_from_standard_input(run, realm):
    """So it stays out of the shell's history and the list of processes."""
    environ = believing(realm)
    code, *_ = run("token", "inspect", "-", stdin=realm.token() + "\n", environ=environ)

    assert code == 0


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1, "iat": 1}, "expired"),
        ({"nbf": 9_999_999_999}, "not_yet_valid"),
        ({"iss": "https://example.com"}, "wrong_issuer"),
        ({"sub": None}, "malformed"),
    ],
)
def test_a_refused_token_has_its_reason(run, realm, claims, reason):
    """The same word as ``auth.reason``, and a sentence."""
    token = realm.token(**claims)
    code, output, _ = run("token", "inspect", token, environ=believing(realm))

    assert code == 1
    assert re.search(rf"^verdict +refused: {reason} \(", output, re.M)


def test_a_foreign_signature_is_refused(run, realm):
    """A token that another key signed is not accepted."""
    other = MemoryRealm()
    code, output, _ = run("token", "inspect", other.token(), environ=believing(realm))

    assert code == 1
    assert "refused: bad_signature" in output


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"alg": "HS256", "typ": "JWT"}, "bad_signature"),
        ({"alg": "HS256", "typ": "JWT", "kid": "k"}, "bad_signature"),
        ({"alg": "RS256", "typ": "JWT"}, "unknown_key"),
    ],
)
def test_a_token_that_no_key_set_can_verify_has_the_adapters_reason(
    run, served, header, reason
):
    """The algorithm comes first, at both, and nothing is downloaded for it."""
    parts = [_segment(header), _segment(served.claims()), "AAAA"]
    token = ".".join(parts)
    environ = {"LOGINROCKET_URL": served.url}
    _, output, _ = run("token", "inspect", token, environ=environ)
    told = []

    def application(environ, start_response):
        told.append(environ["authrocket.auth"].reason)
        start_response("200 OK", [])
        return []

    adapter = Middleware(application, loginrocket_url=served.url, cookie_secret=SECRET)
    Browser(adapter).fetch("/", headers={"Authorization": f"Bearer {token}"})

    assert f"refused: {reason} (" in output
    assert told == [reason]
    assert served.downloads == 0


def _segment(value):
    text = base64.urlsafe_b64encode(json.dumps(value).encode())
    return text.rstrip(b"=").decode()


def test_a_key_set_is_downloaded_if_one_is_configured(run):
    """The verdict is that of an adapter with the same settings."""
    realm = MemoryRealm()
    with realm.serve() as url:
        environ = {"LOGINROCKET_URL": url}
        code, output, _ = run("token", "inspect", realm.token(), environ=environ)

    assert code == 0
    assert realm.downloads == 1
    assert f"{url}connect/jwks" in output


def test_a_key_set_that_cannot_be_had_is_no_verdict(run, realm):
    """Nothing is claimed about a token that could not be checked."""
    environ = {"LOGINROCKET_URL": "http://127.0.0.1:9/"}
    code, output, _ = run("token", "inspect", realm.token(), environ=environ)

    assert code == 1
    assert "not verified: keys_unavailable" in output


def test_without_a_key_nothing_is_verified(run, realm):
    """The claims are shown, with the settings that are missing."""
    code, output, _ = run("token", "inspect", realm.token())

    assert code == 1
    assert "not verified: set LOGINROCKET_URL or AUTHROCKET_JWT_KEY" in output
    assert '"sub": "usr_alice"' in output


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30", "é.é.é", "." * 9])
def test_what_is_no_token_is_told_so(run, realm, text):
    """Garbage is refused as malformed, without a traceback."""
    code, output, _ = run("token", "inspect", "-", stdin=text, environ=believing(realm))

    assert code == 1
    assert "refused: malformed (" in output


def segment(text):
    """Return *text* as a part of a token."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("claims", "line"),
    [
        ('{"exp": "soon"}', "expires  at no time that can be read"),
        ('{"exp": 1e400}', "expires  at no time that can be read"),
        ('{"exp": -1e18}', "expires  at no time that can be read"),
        ('{"exp": 0}', "expires  1970-01-01 00:00:00 UTC ("),
        ("[1]", "claims   ["),
        ("nonsense", "claims   cannot be read"),
        ('{"a": ' + "[" * 900 + "]" * 900 + "}", "claims   "),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "claims   cannot be read"),
    ],
)
def test_odd_claims_are_shown_as_far_as_they_go(run, realm, claims, line):
    """Whatever a token holds, looking at it never fails."""
    text = f"{segment('{}')}.{segment(claims)}.AAAA"
    code, output, _ = run("token", "inspect", text, environ=believing(realm))

    assert code == 1
    assert line in output
    assert "refused: malformed (" in output


def test_a_key_that_cannot_be_used_is_told(run, realm):
    """It is long enough for an RSA key and is none."""
    environ = {"AUTHROCKET_JWT_KEY": "A" * 300}
    code, _, complaints = run("token", "inspect", realm.token(), environ=environ)

    assert code == 1
    assert complaints.startswith("arware: jwt_key cannot be used: ")
    assert "AAAA" not in complaints


def test_a_misspelt_setting_stops_the_inspection(run, tmp_path, realm):
    """A verdict by settings that were not meant would be worth nothing."""
    file = ini(tmp_path, {"jwt_keys": "x"})
    code, _, complaints = run("token", "inspect", realm.token(), "--ini", str(file))

    assert code == 1
    assert "Did you mean authrocket.jwt_key?" in complaints


def test_nothing_in_a_token_can_reach_the_terminal_as_it_is(run, realm):
    """Escape sequences in a claim are shown, not obeyed."""
    token = realm.token(name="\x1b[2J\u202egnp")
    _, output, _ = run("token", "inspect", token, environ=believing(realm))

    assert "\\u001b[2J\\u202egnp" in output
    assert "\x1b" not in output


def test_a_faulty_configuration_is_told(run, realm):
    """The verdict waits until the settings can work."""
    environ = {"AUTHROCKET_JWT_KEY": "jsk_short"}
    code, _, complaints = run("token", "inspect", realm.token(), environ=environ)

    assert code == 1
    assert "jwt_key (AUTHROCKET_JWT_KEY)" in complaints
    assert "jsk_short" not in complaints
