"""What a type checker knows about a login; it is only ever type-checked."""

from __future__ import annotations

from typing import Any, reveal_type

from arware.testing import Browser, MemoryRealm, login, signed_in

app: Any = None
realm = MemoryRealm()
reveal_type(login(Browser(app)))  # Browser
reveal_type(login(Browser(app), "bob", permissions=["x"]).get("/").status)  # int
reveal_type(signed_in(app, realm, "alice", org="acme").last)  # Response | None
with realm.travel(hours=2), realm.outage("api"):
    reveal_type(realm.token(lifetime=60))  # str
