from html import escape

from arware.local import Realm
from arware.wsgi import Middleware


def home(environ, start_response):
    name = escape(environ["authrocket.user"].name)
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [f'Hello {name}. <a href="/logout">Log out</a>'.encode()]


realm = Realm("sqlite:///users.db", url="http://localhost:8000/auth")
app = Middleware(home, local_realm=realm, require_login=True)
