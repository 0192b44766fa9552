"""Signing keys: named by what they are, rotated without a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from arware.kit.keyring import KeyFault, KeyRing, load_keys, make_key, rotate
from arware.kit.secrets import is_id
from tests.local.support import PEM, Clock

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t78


def test_a_kid_belongs_to_its_key() -> None:
    """Processes that share a key agree on its name."""
    (one,), (two,) = load_keys(PEM), load_keys(PEM.replace("\n", "\r\n"))

    assert one.kid == two.kid
    assert is_id(one.kid, "jky")
    assert make_key().kid != one.kid


def test_the_key_does_not_show() -> None:
    """A repr tells the name alone."""
    (key,) = load_keys(PEM)

    assert repr(key) == f"SigningKey(kid={key.kid!r})"


@pytest.mark.parametrize(
    "text", ["", "x", "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n"]
)
def test_a_text_without_a_private_key(text: str) -> None:
    """The fault says why and does not repeat the text."""
    with pytest.raises(KeyFault):
        load_keys(text)


def test_a_key_of_another_kind() -> None:
    """Only RSA signs RS256."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with pytest.raises(KeyFault, match="RSA"):
        load_keys(pem.decode())


def test_a_second_rotation_drops_the_oldest(tmp_path: Path) -> None:
    """So many old keys stay as were asked for."""
    path = tmp_path / "key.pem"
    kids = [rotate(path).kid for _ in range(3)]

    assert [kids[2], kids[1]] == [k.kid for k in load_keys(path.read_text())]
    rotate(path, keep=0)
    assert len(load_keys(path.read_text())) == 1


def test_a_key_file_that_breaks_changes_nothing(tmp_path: Path) -> None:
    """The keys at hand serve on; the log says what is wrong."""
    path, clock = tmp_path / "key.pem", Clock()
    ring = KeyRing(path, make=True, clock=clock)
    kid = ring.signer.kid
    for damage in (lambda: path.write_text("x"), path.unlink):
        damage()
        clock.forward(seconds=10)
        assert ring.signer.kid == kid
    path.write_text(PEM)
    path.chmod(0o600)
    clock.forward(seconds=10)

    assert ring.signer.kid == load_keys(PEM)[0].kid
