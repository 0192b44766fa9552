"""What both checkers find wrong: an ignore that is not needed is an error too."""

from __future__ import annotations

from starlette.applications import Starlette

from arware import Settings
from arware.asgi import Middleware

app = Starlette()
Settings(exmpt=["/x"])  # type: ignore[call-arg]  # no such setting
Settings(cookie_secret=7)  # type: ignore[arg-type]  # a text, or several
Settings(unsolicited_login="maybe")  # type: ignore[arg-type]  # none of the three
Settings("https://a.example/")  # type: ignore[call-arg]  # by name only
Settings().realm = "rl_1"  # type: ignore[misc]  # frozen
Settings(render=len)  # type: ignore[arg-type]  # it draws nothing
Middleware(app, exmpt=["/x"])  # type: ignore[call-arg]  # no such setting
app.add_middleware(Middleware, remote_user=[])  # type: ignore[arg-type]  # a bool
