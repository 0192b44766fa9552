"""What an application depends on for the code that was ejected into it."""

from __future__ import annotations

import re
from importlib import metadata

from .options import Options

_EXTRA = re.compile(r"""(?:;|\s+and)\s*extra == ['"]([\w-]+)['"]$""")


def dependencies(options: Options) -> str:
    """
    Return what is to be declared, as ``pip`` reads it, with commas between.

    A feature that has an extra of its own name needs what that asks for. Vendored code
    needs what arware would have brought, and not arware.
    """
    asked = _requirements()
    extras = ["local", *(name for name in options.features if name in asked)]
    if not options.vendor:
        return f"arware[{','.join(extras)}]"
    return ", ".join(one for name in (*extras, "") for one in asked[name])


def _requirements() -> dict[str, list[str]]:
    """Return what arware requires for each extra, and by the name ``""`` always."""
    found: dict[str, list[str]] = {"": []}
    for line in metadata.requires("arware") or ():
        extra = _EXTRA.search(line)
        name = extra[1] if extra else ""
        found.setdefault(name, []).append(_EXTRA.sub("", line))
    return found
