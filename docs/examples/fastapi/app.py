from html import escape

from arware.fastapi import CurrentUser, install
from arware.local import Realm
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI()
realm = Realm("sqlite:///users.db", url="http://localhost:8000/auth")
install(app, local_realm=realm)


@app.get("/", response_class=HTMLResponse)
def home(user: CurrentUser):
    return f'Hello {escape(user.name)}. <a href="/logout">Log out</a>'
