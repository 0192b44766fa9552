from html import escape

from arware.bottle import Plugin
from arware.local import Realm
from bottle import Bottle, request

app = Bottle()
realm = Realm("sqlite:///users.db", url="http://localhost:8000/auth")
app.install(Plugin(local_realm=realm))


@app.get("/", require_login=True)
def home():
    return f'Hello {escape(request.current_user.name)}. <a href="/logout">Log out</a>'
