"""Addresses, names and permissions have one canonical form, or are refused."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from arware.kit.canonical import (
    canonical_email,
    clean_name,
    clean_permissions,
    clean_username,
    plain,
)
from tests.effort import growth

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t76


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada.L+x@EXAMPLE.com ", "ada.l+x@example.com"),
        ("o'neil@example.co.uk", "o'neil@example.co.uk"),
        ("ada@münchen.example", "ada@xn--mnchen-3ya.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_canonical_email(typed: str, canonical: str) -> None:
    """Lower case, the domain in ASCII, and ß stays ß (AK-D02)."""
    assert canonical_email(typed) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "ada",
        "ada@",
        "@example.com",
        "a@b@example.com",
        "ada@example",
        "ada@example.com.",
        "ada@.example.com",
        "ada@-a.example",
        "ada@1.2.3.4",
        "ada@[1.2.3.4]",
        ".ada@example.com",
        "ada.@example.com",
        "a..b@example.com",
        '"ada"@example.com',
        "ada (x)@example.com",
        "ada@exa mple.com",
        "ada@example.com\n",
        "ada@example.com\r\nBcc: x@example.com",
        "ada\x00@example.com",
        "adа@example.com",  # a Cyrillic а
        "ａda@example.com",  # a full-width a
        "ada@ｅxample.com",
        "ada@example。com",
        "ﬁ@example.com",  # a ligature
        "ıda@example.com",  # a dotless i
        "\u212aelvin@example.com",  # the Kelvin sign
        "ada@\ud800.example",
        "ada@xn--a.xn--" + "a" * 70,
        "ada@xn--0049.example",  # not what anything is encoded as
        "ada@xn--a-ecp.example",
        "=?utf-8?q?ada=40example.org?=@example.com",
        "=?x?q?ada=3e=00?=foo@example.com",
        "a" * 65 + "@example.com",
        "ada@" + "a" * 250 + ".example",
        "ada@" + ("a" * 60 + ".") * 5 + "example",
    ],
)
def test_not_an_email(text: str) -> None:
    """What is not plainly one address is none; nothing is made another (AK-D02)."""
    assert canonical_email(text) is None


def test_collected_addresses(corpora: Path) -> None:
    """Everything that is an error is refused, everything ordinary is taken."""
    tree = ET.parse(corpora / "emails" / "isemail-tests.xml")
    for test in tree.iter("test"):
        shown = test.findtext("address") or ""
        # Control characters are written as their symbols.
        address = "".join(chr(ord(c) - 0x2400) if "␀" <= c <= "␠" else c for c in shown)
        result = canonical_email(address)
        category = test.findtext("category")
        if category == "ISEMAIL_ERR":
            assert result is None, address
        elif category in ("ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN"):
            # Nobody gets mail at a bare top-level domain: it is a mistyped address.
            assert result == address.lower() or address == "test@io"
        else:
            # Quoted strings, comments, literals: valid for mail, of no use here.
            assert result in (None, address.strip())


def test_canonical_is_a_fixed_point(corpora: Path) -> None:
    """What came out goes in again unchanged; no two forms of one account."""
    strings = json.loads((corpora / "strings" / "blns.json").read_text("utf-8"))
    for text in [*strings, *(f"{s}@example.com" for s in strings)]:
        found = canonical_email(text)
        if found is not None:
            assert canonical_email(found) == found
            assert found.isascii()


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("", ""),
        ("  Ada   King ", "Ada King"),
        ("Zoe\u0308", "Zoë"),
        ("李小龍", "李小龍"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("O'Brien <x>", "O'Brien <x>"),
        ("a\tb\nc", "a b c"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("I ❤\ufe0f Ada", "I ❤\ufe0f Ada"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        (" \u00a0\u3000 ", ""),
        # What is drawn as nothing.
        ("\u3164", None),
        ("\u2800", None),
        ("\u2800\u2800 \u2800", None),
        ("\u200d", None),
        ("\u200c\u200c", None),
        ("\u115f\u1160", None),
        ("\uffa0", None),
        ("\u034f", None),
        ("\ufe0f", None),
        ("\U0001d159", None),
        ("\u0301", None),
        # What looks like another name, and is not the same text.
        ("Acme\u200c", None),
        ("Acme\u200d", None),
        ("Ac\u200dme", None),
        ("\u200cAcme", None),
        ("Acme\u00ad", None),
        ("Acme\u034f", None),
        ("Acme\u2800", None),
        ("Acme\u3164", None),
        ("Acme\ufe0f", None),
        ("Acme\U000e0100", None),
        ("Acme\U000e0041", None),
        ("Acme\u180b", None),
        ("می\u200c", None),
        ("👩\u200d", None),
        ("\u200d👩", None),
        ("👩\u200dA", None),
        ("葛\U000e0100\U000e0100", None),
        ("a\x00b", None),
        ("a\x1bb", None),
        ("a\u202eb", None),
        ("a\u200bb", None),
        ("a\ue000b", None),
        ("a\uffffb", None),
        ("a\ud800b", None),
        ("x" * 101, None),
    ],
)
def test_clean_name(typed: str, cleaned: str | None) -> None:
    """Names of all peoples are welcome; what deceives the eye is not."""
    assert clean_name(typed) == cleaned


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("ada", "ada"),
        (" Ada.King_99 ", "ada.king_99"),
        ("ÀÉ", "àé"),
        ("e\u0301ve", "éve"),
        ("ＡＤＡ", "ada"),
        ("İsmail", "i\u0307smail"),
        ("straße", "straße"),
        ("李小龍", "李小龍"),
        ("हिन्दी", "हिन्दी"),
        ("دانا", "دانا"),
        ("яна", "яна"),
        ("x" * 62, "x" * 62),
    ],
)
def test_clean_username(typed: str, cleaned: str) -> None:
    """One spelling of what people type in different ways."""
    assert clean_username(typed) == cleaned
    assert clean_username(cleaned) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ada king",
        "ada@example.com",
        "ada＠example.com",
        "ada﹫example.com",
        "ada\u200cking",
        "می\u200cخواهم",
        "क्\u200dष",
        "ada\u3164",
        "ada\u2800",
        "\u0301ada",
        "ada.\u0301king",
        ".ada",
        "ada.",
        "ada..king",
        "-",
        "ada/king",
        "ada+king",
        "=?utf-8?q?x?=",
        "ﬁona",
        "ada²",
        "ⓐda",
        "аda",  # a Cyrillic a before Latin letters
        "αda",
        "adaدانا",
        "👩",
        "ada\x00",
        "ada\ud800",
        "x" * 63,
        "\ufdfa" * 62,
    ],
)
def test_not_a_username(text: str) -> None:
    """Blanks, joiners, look-alikes and all that reads as an address are refused."""
    assert clean_username(text) is None


def test_what_is_cleaned_stays_so(corpora: Path) -> None:
    """What came out goes in again unchanged: who is stored is found again."""
    strings = json.loads((corpora / "strings" / "blns.json").read_text("utf-8"))
    letters = [chr(code) for code in range(0x2_0000)]
    for clean in (clean_name, clean_username):
        cleaned = {clean(text) for text in [*strings, *letters]} - {None, ""}
        assert len(cleaned) > 1000
        assert {text for text in cleaned if clean(text or "") != text} == set()


@pytest.mark.parametrize(
    "permissions", [[], ["ar:owner"], ["a*:;._-Z9"], ["x" * 62], list("abcdefghij" * 2)]
)
def test_permissions(permissions: list[str]) -> None:
    """Tags of the protocol pass, once each."""
    assert clean_permissions(permissions) == list(dict.fromkeys(permissions))


@pytest.mark.parametrize(
    "permissions",
    [
        [""],
        ["a b"],
        ["x" * 63],
        ["é"],
        ["a\n"],
        [None],
        [["a"] * 2],
        list(map(str, range(21))),
    ],
)
def test_not_permissions(permissions: list[object]) -> None:
    """All else is a ValueError, before anything is stored."""
    with pytest.raises((ValueError, TypeError)):
        clean_permissions(permissions)


@pytest.mark.parametrize(
    ("text", "expected"), [("a\r\nb", "a??b"), ("é\x00", "??"), ("abcdef", "abcd")]
)
def test_plain(text: str, expected: str) -> None:
    """What is logged stays on its line."""
    assert plain(text, 4) == expected


def test_a_long_name_costs_no_more_than_a_short_one() -> None:
    """Marks that have to be put in order take the square of their number."""

    def clean(marks: int) -> str | None:
        return clean_name("a" + "\u0301" * marks + "\u0316" * marks)

    assert clean(15_000) is None
    assert growth(clean, 15_000) < 3
