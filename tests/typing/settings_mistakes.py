"""What both checkers find wrong: an ignore that is not needed is an error too."""

from __future__ import annotations

from starlette.applications import Starlette

from arware import Settings
from arware.asgi import Middleware

app = Starlette()
Settings(exmpt=["/x"])  # type: ignore[call-arg]  # wrong
Settings(cookie_secret=7)  # type: ignore[arg-type]  # wrong
Settings(unsolicited_login="maybe")  # type: ignore[arg-type]  # wrong
Settings("https://a.example/")  # type: ignore[call-arg]  # wrong
Settings().realm = "rl_1"  # type: ignore[misc]  # wrong
Middleware(app, exmpt=["/x"])  # type: ignore[call-arg]  # wrong
app.add_middleware(Middleware, remote_user=[])  # type: ignore[arg-type]  # wrong
