from html import escape

from arware.asgi import Middleware
from arware.local import Realm


async def home(scope, receive, send):
    name = escape(scope["authrocket.user"].name)
    page = f'Hello {name}. <a href="/logout">Log out</a>'
    headers = [(b"content-type", b"text/html; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": page.encode()})


realm = Realm("sqlite:///users.db", url="http://localhost:8000/auth")
app = Middleware(home, local_realm=realm, require_login=True)
