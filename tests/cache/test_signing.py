"""What is signed, and that nothing else is believed."""

from __future__ import annotations

import hmac
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from arware.cache.signing import Signer
from tests.cache.support import A, B


def test_the_first_secret_signs_and_all_verify() -> None:
    """So secrets can be replaced without losing what is stored."""
    old, both, new = Signer([A]), Signer([B, A]), Signer([B])

    assert both.read(old.sign(1)) == 1
    assert new.read(both.sign(1)) == 1
    assert new.read(old.sign(1)) is None


def test_without_a_secret_nobody_else_is_believed() -> None:
    """There is no unsigned form that a store could be made to return."""
    one, other = Signer(), Signer()

    assert one.read(one.sign(1)) == 1
    assert other.read(one.sign(1)) is None


def test_keys_are_derived_not_the_secrets_themselves() -> None:
    """A MAC made with the secret itself is worth nothing."""
    mac = hmac.digest(A.encode(), b"1", "sha256").hex().encode()

    assert Signer([A]).read(mac + b".1") is None
    assert A not in repr(Signer([A]))


@given(some.binary(max_size=300))
def test_t62_nothing_else_is_ever_read(stored: bytes) -> None:
    """Whatever bytes a store returns, they are a miss and not an exception."""
    assert Signer([A]).read(stored) is None


@given(
    some.recursive(
        some.none() | some.booleans() | some.integers() | some.text(),
        lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
        max_leaves=10,
    ),
    some.integers(0, 10_000),
    some.integers(1, 255),
)
def test_t62_every_changed_byte_is_noticed(value: Any, place: int, change: int) -> None:
    """What was signed comes back as it was, or not at all."""
    signed = bytearray(Signer([A]).sign(value))
    read = Signer([A]).read(bytes(signed))
    signed[place % len(signed)] ^= change

    assert value == read
    assert Signer([A]).read(bytes(signed)) is None
