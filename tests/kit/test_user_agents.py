"""Browsers are called what their owners call them."""

from __future__ import annotations

import pytest

from arware.kit.user_agents import browser_of

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT}"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT}"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36", "Chrome", "Windows"),
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge", "Windows"),
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 OPR/120.0", "Opera", "Windows"),
        (f"{ANDROID} Chrome/140.0 Mobile Safari/537.36 EdgA/140.0", "Edge", "Android"),
        (f"{ANDROID} SamsungBrowser/28.0 Chrome/130.0", "Samsung Internet", "Android"),
        (f"{MAC} {WEBKIT} Version/18.1 Safari/605.1.15", "Safari", "macOS"),
        (f"{IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1", "Chrome", "iOS"),
        (f"{IPHONE} FxiOS/140.0 Mobile/15E148 Safari/604.1", "Firefox", "iOS"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0",
            "Firefox",
            "Linux",
        ),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/140.0", "Chrome", "ChromeOS"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0)",
            "Internet Explorer",
            "Windows",
        ),
        ("curl/8.5.0", "curl", ""),
        ("python-requests/2.32", "python-requests", ""),
        ("operator", "operator", ""),
        ("Mozilla/5.0", "", ""),
        ("x" * 255, "x" * 40, ""),
        ("", "", ""),
    ],
)
def test_a_browser_is_called_by_its_name(
    user_agent: str, browser: str, system: str
) -> None:
    """Whatever other names it gives itself, too."""
    assert browser_of(user_agent) == (browser, system)
