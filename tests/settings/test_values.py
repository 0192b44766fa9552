"""How texts, flags, numbers and headers are read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest

from arware.settings.values import (
    is_blank,
    read_as_is,
    read_file,
    read_flag,
    read_headers,
    read_leeway,
    read_seconds,
    read_seconds_or_never,
    read_text,
)

from .samples import assert_normalised, assert_refused

GOOD: list[tuple[Any, Any, Any]] = [
    (read_text, None, None),
    (read_text, "  x ", "x"),
    (read_text, "  ", None),
    (read_flag, None, False),
    (read_flag, True, True),
    (read_flag, False, False),
    *((read_flag, text, True) for text in ("true", "YES", " on ", "y", "T", "1", 1)),
    *((read_flag, text, False) for text in ("false", "No", "off", "n", "f", "0", 0)),
    (read_flag, "", False),
    (read_seconds, None, None),
    (read_seconds, " ", None),
    (read_seconds, "300", 300.0),
    (read_seconds, 0.5, 0.5),
    (read_seconds, 9e9, 9e9),
    (read_headers, None, {}),
    (read_headers, "", {}),
    (read_headers, "accept-language: fr\n\n X-A : b: c", {
        "accept-language": "fr", "X-A": "b: c"}),
    (read_headers, {"X_a": "\t~ "}, {"X_a": "\t~ "}),
    (read_as_is, {"backend": "x"}, {"backend": "x"}),
    (read_seconds, timedelta(minutes=5), 300.0),
    (read_seconds_or_never, None, None),
    (read_seconds_or_never, " ", None),
    *((read_seconds_or_never, value, 0.0)
      for value in (0, 0.0, False, "0", " Off ", "false", timedelta(0))),
    *((read_seconds_or_never, value, 30.0)
      for value in (30, "30", timedelta(seconds=30))),
    *((read_leeway, value, 5.0) for value in (None, "", 5, "5")),
    (read_leeway, 0, 0.0),
    (read_leeway, False, 0.0),
    (read_leeway, "120", 120.0),
    (read_leeway, timedelta(seconds=9), 9.0),
    (read_file, None, None),
    (read_file, " /etc/ca.pem ", "/etc/ca.pem"),
    (read_file, PurePosixPath("/etc/ca"), "/etc/ca"),
]  # fmt: skip

SECONDS = "it is not a number of seconds"
LEEWAY = "it is over 120 seconds, for which an expired token would count"
BAD: list[tuple[Any, Any, Any]] = [
    (read_text, 7, "it is int, not text"),
    (read_text, b"x", "it is bytes, not text"),
    (read_text, "a\udc80", "it holds bytes that are not UTF-8"),
    (read_flag, "maybe", "it is neither true nor false"),
    (read_flag, 2, "it is neither true nor false"),
    (read_flag, [], "it is neither true nor false"),
    (read_flag, 1.0, "it is neither true nor false"),
    *((read_seconds, value, SECONDS) for value in (0, -1, "x", True, 1e10, "nan")),
    (read_seconds, float("inf"), SECONDS),
    (read_headers, "a: b\naccept-language fr", "a line of it has no colon"),
    (read_seconds, 10**400, "it is not a number of seconds"),
    (read_headers, 7, "it is not a mapping of texts"),
    (read_headers, {"a": 7}, "it is not a mapping of texts"),
    (read_headers, {7: "a"}, "it is not a mapping of texts"),
    (read_headers, {"a b": "c"}, "'a b' cannot be a header"),
    (read_headers, {"": "c"}, "'' cannot be a header"),
    (read_headers, {"a": "b\r\nc: d"}, "'a' cannot be a header"),
    (read_headers, {"a": "é"}, "'a' cannot be a header"),
    (read_headers, {"a": "\x7f"}, "'a' cannot be a header"),
    (read_headers, "no colon here", "a line of it has no colon"),
    *((read_seconds_or_never, value, SECONDS) for value in (-1, True, "soon", "true")),
    *((read_leeway, value, LEEWAY) for value in (121, "121", 1e9, timedelta(hours=1))),
    (read_leeway, -1, SECONDS),
    (read_file, 7, "it is int, not text"),
    (read_seconds, timedelta(0), SECONDS),
]  # fmt: skip


@pytest.mark.parametrize(("read", "value", "expected"), GOOD)
def test_a_value_in_form_is_normalised(read: Any, value: Any, expected: Any) -> None:
    """Text from a file and values from Python come to the same."""
    assert_normalised(read, value, expected)


@pytest.mark.parametrize(("read", "value", "problem"), BAD)
def test_a_value_out_of_form_says_what_is_wrong(read, value, problem) -> None:
    """Each fault has its own problem and a fix, in whole sentences."""
    assert_refused(read, value, problem)


@pytest.mark.parametrize("value", [None, "", " \n", (), []])
def test_what_says_nothing_is_blank(value: Any) -> None:
    """It counts as absent."""
    assert is_blank(value)


@pytest.mark.parametrize("value", ["x", 0, False, ("",), {"a": 1}])
def test_what_says_something_is_not_blank(value: Any) -> None:
    """No is an answer, too."""
    assert not is_blank(value)
