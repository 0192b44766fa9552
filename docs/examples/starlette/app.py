from html import escape

from arware.local import Realm
from arware.starlette import auth, install
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route


async def home(request):
    name = escape(auth(request).user.name)
    return HTMLResponse(f'Hello {name}. <a href="/logout">Log out</a>')


app = Starlette(routes=[Route("/", home)])
realm = Realm("sqlite:///users.db", url="http://localhost:8000/auth")
install(app, local_realm=realm, require_login=True)
