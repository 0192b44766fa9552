"""Which browser it was, as its owner would say it: Firefox on Android."""

from __future__ import annotations

# What comes first is looked for first: browsers call themselves by the names of others,
# too, and Chrome's and Safari's are in nearly all.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("Trident/", "Internet Explorer"),
)
_SYSTEMS = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> tuple[str, str]:
    """
    Return the names of the browser and of its system; ``""`` for what is not known.

    For people to recognise their own devices by, and for nothing else: it says what
    the client says. Of a program that is no browser it is the program's name, without
    its version.
    """
    browser = _first(_BROWSERS, user_agent)
    if not browser and not user_agent.startswith("Mozilla/"):
        browser = user_agent.partition("/")[0].strip()[:40]
    return browser, _first(_SYSTEMS, user_agent)


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for sign, name in names if sign in user_agent), "")
