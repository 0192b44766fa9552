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
    """Lower case, the domain in ASCII, and ß stays ß."""
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
        "a" * 65 + "@example.com",
        "ada@" + "a" * 250 + ".example",
        "ada@" + ("a" * 60 + ".") * 5 + "example",
    ],
)
def test_not_an_email(text: str) -> None:
    """What is not plainly one address is none; nothing is folded into another."""
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
