"""What is different in a copy that an application owns: its command, its path."""

from __future__ import annotations

#: How its commands are called.
COMMAND = "arware realm"

#: Where an application that says nothing else serves the pages.
PREFIX = "/auth"

#: Whether this is such a copy: it is called otherwise than the library's own.
IS_COPY = not __name__.startswith("arware.")
