"""What is ejected: where it goes, and which features."""

from __future__ import annotations

import keyword
import re
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from .errors import EjectError

#: The presets, by the features that are in them as far as a release has them.
MINIMAL = frozenset(("password", "signup", "account", "reset", "confirm"))
AUTHKIT = MINIMAL | {
    "about", "api_tokens", "audit", "email_change", "explain", "exports", "imports",
    "lockdown", "lockout", "recovery_codes", "remember", "security_mail", "sessions",
    "sudo", "suspension", "terms", "time_zones", "totp", "tracking", "usernames",
}  # fmt: skip
#: What an application needs only where it shares its login with others.
SHARED = frozenset(("protocol",))
PRESETS = ("minimal", "authkit", "full")
#: What an application can be made with.
FRAMEWORKS = ("pyramid", "bottle", "flask", "django", "fastapi", "wsgi")


class InvalidOption(EjectError):
    """What was asked for makes no sense; the message is for a person."""


@dataclass(frozen=True, slots=True)
class Options:
    """
    What was asked for. A release and these make the same files each time.

    *package* is the dotted name under which the application imports the code, *folder*
    where that stands in the project, *features* are in the order of ``FEATURES``. With
    *vendor* all that the code imports of arware is copied too. The application serves
    the pages below *prefix*; it is made with *framework*, ``""`` if that is not known.
    *pages* are templates that stand by themselves in *pages_folder*; without a
    *package* there is no more.
    """

    package: str = ""
    folder: str = ""
    features: tuple[str, ...] = ()
    vendor: bool = False
    prefix: str = "/auth"
    framework: str = ""
    pages: tuple[str, ...] = ()
    pages_folder: str = ""


def prefix_path(text: str) -> str:
    """Return *text* if the pages can stand below it, else raise."""
    if not re.fullmatch(r"(/[a-z0-9_-]+)+", text):
        raise InvalidOption(f"{text!r} is no prefix, like /auth")
    return text


def package_name(text: str) -> str:
    """Return *text* if a package can have this dotted name, else raise."""
    parts = text.split(".")
    if not all(part.isidentifier() and part.isascii() for part in parts):
        raise InvalidOption(f"{text!r} is no name of a package, like myapp.auth")
    bad = next((part for part in parts if keyword.iskeyword(part)), None)
    if bad:
        raise InvalidOption(f"{bad!r} is a word of Python's own")
    if parts[0] == "arware" or parts[0] in sys.stdlib_module_names:
        raise InvalidOption(f"{parts[0]!r} is imported by others already")
    return text


def possible_folders(package: str) -> list[str]:
    """Return where *package* can stand in a project, the usual place first."""
    folder = package.replace(".", "/")
    return [folder, f"src/{folder}"] if "." in package else [folder]


def chosen_features(
    known: Sequence[str],
    preset: str = "authkit",
    added: Collection[str] = (),
    dropped: Collection[str] = (),
) -> tuple[str, ...]:
    """
    Return the features of *preset* with *added* and without *dropped*.

    They are in the order of *known*, the release's. Raises :class:`InvalidOption` for
    a feature that it does not have, and for one that is asked for and left out.
    """
    for name in (*added, *dropped):
        if name not in known:
            raise InvalidOption(f"there is no feature {name!r}: {', '.join(known)}")
        if name in added and name in dropped:
            raise InvalidOption(f"{name!r} is both asked for and left out")
    sets = {"minimal": MINIMAL, "authkit": AUTHKIT, "full": {*known} - SHARED}
    chosen = (sets[preset] | {*added}) - {*dropped}
    return tuple(name for name in known if name in chosen)
