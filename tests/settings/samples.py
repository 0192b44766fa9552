"""Values that are good in any settings, and what holds for the reading of any."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arware.settings.values import InvalidValue

SECRET = "Yk3-a0b1c2d3e4f5g6h7i8j9k0l1m2n3o4p5"
OTHER_SECRET = "Zz9_q8w7e6r5t4y3u2i1o0p9a8s7d6f5g4h3"
LOGINROCKET = "https://example.e2.loginrocket.com/"
JSK = "jsk_" + "0123456789" * 3


class MountedRealm:
    """As much of a realm in this process as the settings look at."""

    def __init__(self, url: str = "http://127.0.0.1:8000/auth/") -> None:
        self.url = url


def assert_normalised(read: Callable[[Any], Any], value: Any, expected: Any) -> None:
    """Show that *value* is read as *expected*, of the same type."""
    assert read(value) == expected
    assert type(read(value)) is type(expected)


def assert_refused(read: Callable[[Any], Any], value: Any, problem: str) -> None:
    """Show that *value* has that *problem*, and that a fix is told."""
    with pytest.raises(InvalidValue) as caught:
        read(value)

    assert (caught.value.problem, str(caught.value)) == (problem, problem)
    assert caught.value.fix[0].isupper()
