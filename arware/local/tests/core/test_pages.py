"""Every page serves, whichever features take part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ...app import configured
from ...features import FEATURES
from ...realm import Realm
from ..support import ADA, PASSWORD, Browser


def pages() -> Iterator[str]:
    """Yield the path of each page that a GET reaches, with ``x`` for parameters."""
    config = configured()
    routes = {
        item["introspectable"]["name"]: item["introspectable"]["pattern"]
        for item in config.introspector.get_category("routes") or ()
    }
    for item in config.introspector.get_category("views") or ():
        view = item["introspectable"]
        if view["route_name"] and "GET" in _methods(view):
            yield re.sub(r"\{[^}]*\}|\*\w+", "x", routes[view["route_name"]])


def _methods(view: Any) -> Any:
    methods = view["request_methods"]
    return (methods,) if isinstance(methods, str) else methods or ("GET",)


@pytest.mark.parametrize("who", ["nobody", "a member"])
@pytest.mark.parametrize("path", sorted(set(pages())))
def test_a_page_serves(
    realm: Realm,
    browser: Browser,
    path: str,
    who: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is drawn, leads somewhere, or says what is wrong; none is missing (AK-B19)."""
    if who == "a member" and "password" in FEATURES:
        browser.log_in(ADA, PASSWORD)
    caplog.clear()
    answer = browser.get(path, "*")

    assert answer.status_int < 500 or answer.status_int == 501
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
