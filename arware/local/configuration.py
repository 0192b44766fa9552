"""
Where an application's realm is configured: an ini file, the environment, or nowhere.

The file is the one that ``REALM_CONFIG`` names, else ``realm.ini`` in the current
folder. ``REALM_DATABASE``, ``REALM_SECRET`` and so on win over it; of a feature's, two
underscores stand for the dot: ``REALM_MAIL__HOST`` is ``mail.host``. Where none of them
says anything the realm is one for development: SQLite, on loopback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arware.kit.inis import NoSection, read_ini

from .naming import PREFIX

if TYPE_CHECKING:
    from .realm import Realm

FILE = "realm.ini"
SECTION, APPLICATION = "realm", "app:main"
#: What names in the environment begin with; the one that names the file.
VARIABLES, CONFIG = "REALM_", "REALM_CONFIG"
#: How like one of ours a name is that is taken for it, of 1.
LIKENESS = 0.8

#: Any port will do: on loopback a realm goes by what the browser calls it.
DEVELOPMENT_URL = f"http://localhost:8000{PREFIX}"


def file_here(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file that configures the realm, ``None`` if there is none."""
    named = environ.get(CONFIG)
    if named:
        return Path(named)
    return Path(FILE) if Path(FILE).exists() else None


def values_in(path: Path) -> dict[str, str]:
    """
    Return what the file at *path* says: in ``[realm]``, or as ``realm.*`` of Pyramid's.

    Raises :class:`~arware.kit.inis.InvalidIni`.
    """
    try:
        return read_ini(path, SECTION)
    except NoSection:
        values = of_pyramid(read_ini(path, APPLICATION))
        if not values:
            raise
        return values


def of_pyramid(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what *settings* say of the realm: ``realm.url``, ``realm.mail.host``."""
    mark = f"{SECTION}."
    return {n.removeprefix(mark): v for n, v in settings.items() if n.startswith(mark)}


def of_environ(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """
    Return what the environment says: ``REALM_URL``, ``REALM_MAIL__HOST``.

    Other variables may begin like these. Raises
    :class:`~arware.errors.ConfigurationError` for one that is nearly one of ours: it
    was misspelt, and without it a realm for development would start.
    """
    from arware.errors import ConfigurationError
    from arware.settings.faults import unknown

    from .settings import RealmSettings

    own = {
        item.name: f"{VARIABLES}{item.name.upper()}" for item in fields(RealmSettings)
    }
    found, faults = {}, []
    for name, value in environ.items():
        setting = name.removeprefix(VARIABLES).lower().replace("__", ".")
        if not name.startswith(VARIABLES) or name == CONFIG:
            continue
        if setting in own or "." in setting:
            found[setting] = value
        elif get_close_matches(setting, own, 1, LIKENESS):
            faults.append(unknown(name, setting, own))
    if faults:
        raise ConfigurationError(faults)
    return found


def is_command() -> bool:
    """
    Tell whether this process is a command of this package: ``python -m`` its name.

    That imports the application first, whose realm may be what the command is to mend.
    """
    return ("-m", __package__) in pairwise(sys.orig_argv)


def open_realm(values: Mapping[str, Any] | None = None) -> Realm:
    """
    Open the application's realm.

    *values* are settings that the application itself gives; the environment wins over
    them, and they over the file. Raises :class:`~arware.errors.ConfigurationError`
    with all that is wrong.
    """
    from arware.errors import ConfigurationError
    from arware.settings import Fault

    from .realm import Realm

    path = file_here()
    given: dict[str, Any] = {"url": DEVELOPMENT_URL}
    given |= values_in(path) if path else {}
    given |= values or {}
    given |= of_environ()
    realm = Realm(**given)
    if not realm.settings.base_path:
        realm.close()
        problem = "its path is empty, so that the pages would take the whole site"
        fix = f"Give it one, like {realm.settings.url.origin}{PREFIX}"
        raise ConfigurationError([Fault("url", None, problem, fix)])
    return realm
