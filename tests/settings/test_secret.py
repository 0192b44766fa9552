"""How secrets, keys and ids are read."""

from __future__ import annotations

from typing import Any

import pytest

from arware.settings.secret import read_id, read_jwt_key, read_secrets
from arware.settings.values import InvalidValue
from arware.testing import MemoryRealm

from .samples import OTHER_SECRET, SECRET


@pytest.mark.parametrize("read", [read_secrets, read_jwt_key, read_id("ks_")])
def test_no_message_holds_a_secret(read: Any) -> None:
    """What cannot be read is not repeated either."""
    for value in (["hunter2"], b"hunter2", "hunter2"):
        with pytest.raises(InvalidValue) as caught:
            read(value)

        assert "hunter2" not in f"{caught.value} {caught.value.fix}"


@pytest.mark.parametrize(
    ("prefixes", "text"),
    [
        (("rl_",), " rl_1 "),
        (("svc_",), "svc_1"),
        (("ks_", "key_"), "ks_1"),
        (("ks_", "key_"), "key_1"),
    ],
)
def test_an_id_is_known_by_its_prefix(prefixes, text: str) -> None:
    """White space around it does not count, and blank is absent."""
    assert read_id(*prefixes)(text) == text.strip()
    assert read_id(*prefixes)(" ") is None


@pytest.mark.parametrize(
    ("prefixes", "text", "problem"),
    [
        (("rl_",), "org_1", "it is an organization's id"),
        (("rl_",), "ks_1", "it is an API key"),
        (("svc_",), "rl_1", "it is a realm's id"),
        (("ks_", "key_"), "jsk_1", "it is a JWT key"),
        (("ks_", "key_"), "KS_1", "it does not begin with ks_ or key_"),
        (("rl_",), "my realm", "it does not begin with rl_"),
    ],
)
def test_f30_an_id_of_another_thing_is_refused(prefixes, text, problem) -> None:
    """Every token would be of the wrong realm, and every call be refused."""
    with pytest.raises(InvalidValue) as caught:
        read_id(*prefixes)(text)

    assert caught.value.problem == problem
    assert prefixes[0] in caught.value.fix


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        OTHER_SECRET,
        "x" * 32,
        "jsk_" + "x" * 22,
        "x" * 256,
        "x" * 257,
        MemoryRealm().public_key,
        "é" * 16,
    ],
)
def test_a_jwt_key_may_be_a_good_secret_or_a_long_key(text: str) -> None:
    """A long one is judged when it is parsed; 32 bytes are enough for a secret."""
    assert read_jwt_key(text) == text.strip()


CUT = "it begins as a PEM key but is too short to be a whole RSA key"
PUBLIC = "it is a public key where an HS256 secret would stand"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----", CUT),
        ("-----BEGIN PUBLIC KEY-----", CUT),
        (' "-----BEGIN RSA PUBLIC KEY-----\\nMIIB', CUT),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7", PUBLIC),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB", PUBLIC),
        ("ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTIt", PUBLIC),
        ("ssh-dss AAAAB3NzaC1kc3MAAACBAI", PUBLIC),
        ('{"kty": "RSA", "n": "x", "e": "AQAB"}', PUBLIC),
        ('{"keys" : [{}], "padding-of-this": "xx"}', PUBLIC),
        ("x" * 31, "it is shorter than 32 bytes, so it can be guessed"),
        ("jsk_" + "x" * 21, "it is shorter than 26 bytes, so it can be guessed"),
    ],
)
def test_a_jwt_key_that_anybody_knows_or_guesses_is_refused(text, problem) -> None:
    """A public key as a secret would let everybody sign (T02, T03)."""
    with pytest.raises(InvalidValue) as caught:
        read_jwt_key(text)

    assert caught.value.problem == problem
    assert caught.value.fix
