from arware.flask import AuthRocket, current_user, login_required
from arware.local import Realm
from flask import Flask
from markupsafe import escape

app = Flask(__name__)
realm = Realm("sqlite:///users.db", url="http://localhost:8000/auth")
AuthRocket(app, local_realm=realm)


@app.get("/")
@login_required
def home():
    return f'Hello {escape(current_user.name)}. <a href="/logout">Log out</a>'
