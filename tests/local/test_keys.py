"""Signing keys: made once, rotated without a restart, old ones still published."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from arware.kit.files import make_once
from arware.kit.keyring import KeyFault, KeyRing, load_keys, make_key, rotate
from arware.kit.secrets import is_id, new_id, new_secret
from arware.local import Realm
from tests.local.support import PASSWORD, PEM, Browser, Clock, decode, token_in

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


def test_a_rotation_needs_no_restart(
    make: Callable[..., Realm], tmp_path: Path, clock: Clock
) -> None:
    """The running realm signs with the new key and still publishes the old one."""
    path = tmp_path / "key.pem"
    realm = make(key=None, key_file=path)
    realm.add_user("ada@example.com", PASSWORD)
    browser = Browser(realm)
    old = decode(token_in(browser.log_in().location))[0]["kid"]
    old_set = realm.key_set()
    new = rotate(path).kid
    clock.forward(seconds=10)
    signed = decode(token_in(browser.get("/login", 303).location))[0]["kid"]
    published = [key["kid"] for key in browser.get("/connect/jwks").json["keys"]]

    assert signed == new
    assert published == [new, old]
    assert realm.key_set() is not old_set
    assert realm.key_set().find(old)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_second_rotation_drops_the_oldest(tmp_path: Path) -> None:
    """So many old keys stay as were asked for."""
    path = tmp_path / "key.pem"
    kids = [rotate(path).kid for _ in range(3)]

    assert [kids[2], kids[1]] == [k.kid for k in load_keys(path.read_text())]
    rotate(path, keep=0)
    assert len(load_keys(path.read_text())) == 1


def test_a_key_file_that_breaks_changes_nothing(tmp_path: Path, clock: Clock) -> None:
    """The keys at hand serve on; the log says what is wrong."""
    path = tmp_path / "key.pem"
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


def test_a_file_is_made_once(tmp_path: Path) -> None:
    """Of many that make it at once all read the same, and nothing else is left."""
    path = tmp_path / "secret"
    start = threading.Barrier(16)
    read: set[str] = set()

    def run() -> None:
        start.wait()
        make_once(path, new_secret())
        read.add(path.read_text())

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(read) == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "usr",
        "usr_",
        "usr_x",
        "org_" + "a" * 22,
        "usr_" + "é" * 22,
        "usr_" + "a" * 23,
    ],
)
def test_not_an_id(text: str) -> None:
    """An id has its prefix and 22 letters and digits."""
    assert not is_id(text, "usr")
    assert is_id(new_id("usr"), "usr")
