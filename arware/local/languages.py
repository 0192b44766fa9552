"""The languages that a realm speaks."""

from __future__ import annotations

from arware.kit.web.request import LOCALES
from arware.kit.web.translating import LOCALE, localizers, nearest
from arware.settings import Fault

from .settings import RealmSettings


def spoken(settings: RealmSettings, faults: list[Fault]) -> tuple[str, ...]:
    """
    Return the tags of the languages, like ``es``, the default one first.

    They are what the setting ``locales`` names, else all that there are catalogues of,
    in the package and in the team's folder.
    """
    # Late: it includes all features, which import the realm.
    from .app import configured

    known: tuple[str, ...] = configured().registry[LOCALES]
    if settings.templates is not None:
        try:
            team = localizers([str(settings.templates / LOCALE)])
        except ValueError as fault:
            fix = "Mend the file; pybabel compile shows the lines"
            faults.append(Fault("templates", None, str(fault), fix))
            return known
        known = tuple(dict.fromkeys([*known, *team]))
    chosen = {name: nearest(name, known) for name in settings.locales}
    strange = [name for name, found in chosen.items() if not found]
    if strange:
        problem = f"there is no catalogue of {', '.join(strange)}"
        fix = f"Choose from {', '.join(known)}, or add locale/{strange[0]}.po"
        faults.append(Fault("locales", None, problem, f"{fix} to the templates"))
    return tuple(dict.fromkeys(filter(None, chosen.values()))) or known
