from html import escape

from arware.fastapi import CurrentAuth, install, require
from arware.local import Realm
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import HTMLResponse

pages = APIRouter(default_response_class=HTMLResponse)


@pages.get("/")
def home(auth: CurrentAuth):
    links = auth.links
    if auth.user is None:
        return f"""
            <p>Nobody is logged in.</p>
            <p><a href="{escape(links.login_url())}">Log in</a>
               <a href="{escape(links.signup_url())}">Sign up</a></p>
            """
    org = auth.org.name if auth.org else "yourself"
    return f"""
        <p>Hello {escape(auth.user.name)}. You act for {escape(org)}.</p>
        <p><a href="/owners">For owners</a>
           <a href="{escape(links.profile_url())}">Profile</a>
           <a href="{escape(links.logout_path)}">Log out</a></p>
        """


@pages.get("/owners", dependencies=[Depends(require(permission="ar:owner"))])
def owners():
    return "Only owners see this."


def create_app(**settings):
    if not settings:
        realm = Realm("sqlite:///users.db", url="http://localhost:8000/auth")
        settings = {"local_realm": realm}
    app = FastAPI()
    app.include_router(pages)
    install(app, **settings)
    return app
