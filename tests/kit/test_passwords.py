"""Passwords: hashed with Argon2id, whole, a bounded number at once."""

from __future__ import annotations

import json
import threading
import time
import unicodedata
from pathlib import Path

import argon2
import pytest
from argon2.low_level import Type, hash_secret_raw

from arware.kit.passwords import LONGEST_HASH, Busy, Passwords, normalise
from arware.kit.sealing import Sealer
from tests.effort import growth

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t70

SAMPLE = "walrus tangerine lighthouse"


@pytest.fixture(scope="module")
def cheap() -> Passwords:
    """Return a hasher for tests."""
    return Passwords(slots=4, cheap=True)


def test_the_real_hasher_meets_the_guidelines() -> None:
    """Argon2id with 64 MiB, 3 passes, 4 lanes, a salt of 16 bytes (RQ-H1)."""
    stored = Passwords(slots=1).hash(SAMPLE)
    parameters = argon2.extract_parameters(stored)

    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost) == (65536, 3)
    assert parameters.parallelism == 4
    assert parameters.salt_len == 16


@pytest.mark.parametrize(
    "password",
    [
        SAMPLE,
        "x",
        " leading and trailing ",
        "\x00nul\x00",
        "é" * 512,
        "a" * 1024,
        "👩‍💻",
    ],
)
def test_a_password_is_compared_as_a_whole(cheap: Passwords, password: str) -> None:
    """Nothing is cut, folded or stripped (RQ-P2)."""
    stored = cheap.hash(password)

    assert cheap.verify(stored, password)
    assert not cheap.verify(stored, f"{password}x")
    assert not cheap.verify(stored, password[:-1])
    assert not cheap.verify(stored, f" {password}")


def test_two_hashes_differ(cheap: Passwords) -> None:
    """Each has a salt of its own (RQ-H2)."""
    assert cheap.hash(SAMPLE) != cheap.hash(SAMPLE)


def test_normal_form() -> None:
    """NFC and nothing more: é is é, but ﬁ is not fi (RQ-P4)."""
    assert normalise("e\u0301") == "é"
    assert normalise("ﬁ") == "ﬁ"


@pytest.mark.parametrize("password", ["\ud800", "a" * 100_000, ""])
def test_odd_passwords_are_wrong_passwords(cheap: Passwords, password: str) -> None:
    """A half pair or a megabyte is simply not the password."""
    assert not cheap.verify(cheap.hash(SAMPLE), password)


def test_a_long_password_costs_no_more_than_a_short_one(cheap: Passwords) -> None:
    """Marks that have to be put in order take the square of their number."""
    stored = cheap.hash("x")

    def verify(marks: int) -> bool:
        return cheap.verify(stored, "a" + "\u0301" * marks + "\u0316" * marks)

    assert not verify(15_000)
    assert growth(verify, 15_000) < 3


def test_a_password_may_be_longer_before_it_is_normalised(cheap: Passwords) -> None:
    """The longest one opens its account however its letters are sent."""
    composed = "\u1f82" * 341  # 1,023 bytes, and four characters each when taken apart
    apart = unicodedata.normalize("NFD", composed)

    assert cheap.verify(cheap.hash(composed), apart)
    assert not cheap.verify(cheap.hash(composed), apart + "x")


def test_nobody_costs_the_same_work(cheap: Passwords) -> None:
    """The answer for somebody unknown is no, after a hash like any other (RQ-H5)."""
    real = Passwords(slots=1)
    stored = real.hash(SAMPLE)
    known, unknown = [], []
    for _ in range(5):
        for times, value in ((known, stored), (unknown, None)):
            start = time.process_time()
            assert not real.verify(value, "wrong")
            times.append(time.process_time() - start)
    ratio = min(unknown) / min(known)

    assert 0.7 < ratio < 1.4
    assert not cheap.verify(None, "")


def test_who_finds_no_slot_is_told() -> None:
    """The number of hashes at once is bounded, so the memory is (RQ-H4)."""
    passwords = Passwords(slots=1, patience=0.01, cheap=True)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with passwords._slot():
            entered.set()
            leave.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    entered.wait()
    with pytest.raises(Busy):
        passwords.verify(None, SAMPLE)
    with pytest.raises(Busy):
        passwords.hash(SAMPLE)
    leave.set()
    thread.join()

    assert passwords.hash(SAMPLE)


def test_argon2_of_this_machine_agrees_with_the_published_vectors(
    corpora: Path,
) -> None:
    """The library that hashes is sound."""
    data = json.loads((corpora / "kdf" / "argon2_vectors.json").read_text("utf-8"))
    types = {"Argon2_i": Type.I, "Argon2_id": Type.ID, "Argon2_d": Type.D}
    checked = 0
    for vector in data["hash_vectors"]:
        if vector["m_kib"] > (65536 if vector["type"] == "Argon2_id" else 256):
            continue  # much memory for a kind that is not used
        checked += 1
        raw = hash_secret_raw(
            vector["password"].encode(),
            vector["salt"].encode(),
            time_cost=vector["t"],
            memory_cost=vector["m_kib"],
            parallelism=vector["p"],
            hash_len=len(vector["hash_hex"]) // 2,
            type=types[vector["type"]],
            version=int(vector["version"], 16),
        )
        assert raw.hex() == vector["hash_hex"]

    assert checked >= 10


OLD, NEW = "o" * 32, "n" * 32


def sealing(*secrets: str, sealed: bool = True) -> Passwords:
    """Return a hasher that seals under the first of *secrets*."""
    return Passwords(slots=1, cheap=True, sealer=Sealer(secrets), sealed=sealed)


def test_rq_h3_a_hash_is_not_in_the_database() -> None:
    """Nobody can guess at it without the secret; that opens the very hash."""
    passwords = sealing(OLD)
    stored = passwords.hash(SAMPLE)

    assert "argon2" not in stored
    assert len(stored) <= 255
    assert passwords.verify(stored, SAMPLE)
    assert not passwords.verify(stored, f"{SAMPLE}x")
    assert not passwords.needs_rehash(stored)
    assert (passwords.opened(stored) or "").startswith("$argon2id$")


@pytest.mark.parametrize(
    ("now", "works"),
    [
        (sealing(NEW, OLD), True),
        (sealing(OLD, sealed=False), True),
        (sealing(NEW), False),
        (sealing(NEW, sealed=False), False),
    ],
    ids=["rotated", "off", "lost", "off and lost"],
)
def test_rq_h3_the_secret_opens_what_it_sealed(now: Passwords, works: bool) -> None:
    """Whether or not new ones are sealed, and never as another password."""
    stored = sealing(OLD).hash(SAMPLE)

    assert now.verify(stored, SAMPLE) is works
    assert not now.verify(stored, f"{SAMPLE}x")


def test_rq_h3_sealing_begins_and_ends_with_what_is_there(cheap: Passwords) -> None:
    """A hash of before is good, too; the longest one fits where it is stored."""
    stored = cheap.hash(SAMPLE)

    assert sealing(OLD).verify(stored, SAMPLE)
    assert len(sealing(OLD).closed(LONGEST_HASH * "x")) == 393
    assert sealing(OLD, sealed=False).closed(stored) == stored
