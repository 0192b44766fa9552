"""What both checkers find wrong: an ignore that is not needed is an error too."""

from __future__ import annotations

from arware.testing import Browser, MemoryRealm, login

realm = MemoryRealm()
login(Browser(None), 7)  # type: ignore[arg-type]  # a text
login(Browser(None), realm="rl_1")  # type: ignore[arg-type]  # the realm itself
realm.outage("database")  # type: ignore[arg-type]  # keys or api
realm.travel(hours="2")  # type: ignore[arg-type]  # a number
