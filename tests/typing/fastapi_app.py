"""What a type checker knows of FastAPI's dependencies; it is only type-checked."""

from typing import Annotated, reveal_type

from fastapi import APIRouter, Depends, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.requests import Request

from arware import Settings, User
from arware.fastapi import (
    CurrentAuth,
    CurrentOrg,
    CurrentUser,
    OptionalUser,
    auth,
    current_user,
    install,
    require,
)
from arware.starlette import auth as starlette_auth
from arware.starlette import install as starlette_install

app = FastAPI()
install(app)
install(app, Settings(), require_login=["/x"], exempt={"/x/y"}, logout_path=None)
starlette_install(Starlette(), require_login=True)
router = APIRouter(dependencies=[Depends(current_user), Depends(require())])
Writer = Annotated[User, Depends(require(permission=["a", "b"], org="org_id"))]


def view(
    auth: CurrentAuth,
    user: CurrentUser,
    visitor: OptionalUser,
    org: CurrentOrg,
    writer: Writer,
) -> None:
    """Reveal what a view is given."""
    reveal_type(auth)  # Auth
    reveal_type(user)  # User
    reveal_type(visitor)  # User | None
    reveal_type(org)  # Org
    reveal_type(writer)  # User


async def page(request: Request, websocket: WebSocket) -> None:
    """Reveal what there is without a dependency."""
    reveal_type(auth(request))  # Auth
    reveal_type(starlette_auth(websocket))  # Auth
    reveal_type(await require(permission="a")(request))  # User


app.get("/")(view)
app.dependency_overrides[require(permission="a")] = lambda: User(id="usr_1")
