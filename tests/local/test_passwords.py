"""Passwords: hashed with Argon2id, never the ones that are guessed first."""

from __future__ import annotations

import gzip
import json
import threading
import time
import unicodedata
from pathlib import Path

import argon2
import pytest
from argon2.low_level import Type, hash_secret_raw

from arware.kit.passwords import Busy, Passwords, normalise
from arware.local.blocklist import read_list, weakness
from tests.effort import effort, growth

#: The rows of the threat model that these tests are about.
pytestmark = [pytest.mark.t70, pytest.mark.t72]

SAMPLE = "walrus tangerine lighthouse"


@pytest.fixture(scope="module")
def cheap() -> Passwords:
    """Return a hasher for tests."""
    return Passwords(slots=4, cheap=True)


def test_the_real_hasher_meets_the_guidelines() -> None:
    """Argon2id with 64 MiB, 3 passes, 4 lanes, a salt of 16 bytes."""
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
    """Nothing is cut, folded or stripped."""
    stored = cheap.hash(password)

    assert cheap.verify(stored, password)
    assert not cheap.verify(stored, f"{password}x")
    assert not cheap.verify(stored, password[:-1])
    assert not cheap.verify(stored, f" {password}")


def test_two_hashes_differ(cheap: Passwords) -> None:
    """Each has a salt of its own."""
    assert cheap.hash(SAMPLE) != cheap.hash(SAMPLE)


def test_normal_form() -> None:
    """NFC and nothing more: é is é, but ﬁ is not fi."""
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
    """The answer for somebody unknown is no, after a hash like any other."""
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
    """The number of hashes at once is bounded, so the memory is."""
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


@pytest.mark.parametrize(
    "password",
    [
        "walrus tangerine lighthouse",
        "brass-gears-turn-slowly",
        "we were dressed in green",
        "Vier Wörter ohne Sinn",
        "四つの言葉には意味がない 誰も知らない",
        "kX9#mQ2$vL7@pR4",
        "783920184756201",
    ],
)
def test_good_passwords(password: str) -> None:
    """Phrases and random characters pass."""
    assert weakness(password, ["ada@example.com", "Ada King", "Local realm"]) is None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("aaaaaaaaaaaaaaaa", "repeated"),
        ("abcabcabcabcabcabc", "repeated"),
        ("lighthouselighthouse", "repeated"),
        ("1234567890qwertyuiop", "common"),
        ("1q2w3e4r5t6y7u8i", "common"),
        ("1qaz2wsx3edc4rfv", "common"),
        ("poiuytrewq098765", "common"),
        ("abcdefghijklmnop", "common"),
        ("йцукенгшщзфывапр", "common"),
        ("azertyuiopqsdfgh", "common"),
        ("password123456789", "common"),
        ("P@ssw0rd2024!!!!", "common"),
        ("Iloveyou Iloveyou2", "common"),
        ("summer2024summer2025", "common"),
        ("correct horse battery staple", "common"),
        ("Kartoffelpuffer", "common"),
        ("ada.king-example1", "context"),
        ("Local Realm 2024!", "context"),
        ("AdaKingAdaKing99", "context"),
    ],
)
def test_bad_passwords(password: str, reason: str) -> None:
    """Repetition, walks, counting, common words, one's own name: each has its name."""
    context = ["ada@example.com", "Ada King", "Local realm"]

    assert weakness(password, context) == reason


@pytest.mark.parametrize(
    "name", ["django-common-passwords.txt.gz", "zxcvbn-top10k.txt.gz"]
)
def test_common_passwords_are_refused(corpora: Path, name: str) -> None:
    """Of the collected lists all that are long enough are refused."""
    path = corpora / "passwords" / name
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
        passwords = [line.rstrip("\n") for line in file]
    long = [password for password in passwords if len(password) >= 15]

    assert long
    assert [password for password in long if weakness(password) is None] == []


def test_a_list_of_ones_own(corpora: Path, tmp_path: Path) -> None:
    """With a list named in the settings shorter passwords are refused as well."""
    with gzip.open(corpora / "passwords" / "zxcvbn-top10k.txt.gz", "rt") as file:
        words = [line.strip() for line in file]
    unknown = next(word for word in words if len(word) > 7 and not weakness(word))
    listed = read_list(corpora / "passwords" / "zxcvbn-top10k.txt.gz")
    plain = tmp_path / "list.txt"
    plain.write_text("zebra moon carpet 7\n", encoding="utf-8")

    assert weakness(unknown, refused=listed) == "common"
    assert weakness("Zebra Moon carpet 7", refused=read_list(plain)) == "common"


@pytest.mark.parametrize("text", ["ab" * 512, "a" * 1024, "qwerty" * 170])
def test_judging_costs_less_than_hashing(text: str) -> None:
    """Whatever the longest password that is looked at holds."""
    judging = effort(lambda: weakness(text, ["ada@example.com"]))

    assert judging < effort(lambda: Passwords(slots=1).hash(text))
