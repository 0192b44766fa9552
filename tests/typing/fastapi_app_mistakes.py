"""What both checkers find wrong: an ignore that is not needed is an error too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI

from arware.asgi import Middleware
from arware.fastapi import install, require

if TYPE_CHECKING:
    from arware.fastapi import CurrentOrg, OptionalUser

app = FastAPI()
install(app, exmpt=["/x"])  # type: ignore[call-arg]  # no such setting
install(app, remote_user=[])  # type: ignore[arg-type]  # a bool
install(Middleware(app))  # type: ignore[arg-type]  # no Starlette
require("docs:write")  # type: ignore[call-arg]  # conditions have names
require(permission=7)  # type: ignore[arg-type]  # a text, a pattern, or several
require(org=7)  # type: ignore[arg-type]  # an Org, or a text


def view(visitor: OptionalUser, org: CurrentOrg) -> None:
    """Use what may not be there, and what is never there."""
    assert org.id
    assert org.nmae  # type: ignore[attr-defined]  # no such field
    assert visitor.id  # type: ignore[union-attr]  # it may be None
