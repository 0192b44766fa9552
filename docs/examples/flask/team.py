from arware.flask import AuthRocket, login_required
from arware.local import Realm
from flask import Blueprint, Flask, render_template_string

pages = Blueprint("pages", __name__)

HOME = """
{% if current_user %}
  <p>Hello {{ current_user.name }}. You act for {{ current_org.name }}.</p>
  <p><a href="/owners">For owners</a> <a href="{{ ar_profile_url() }}">Profile</a>
     <a href="{{ ar_logout_url() }}">Log out</a></p>
{% else %}
  <p>Nobody is logged in.</p>
  <p><a href="{{ ar_login_url() }}">Log in</a>
     <a href="{{ ar_signup_url() }}">Sign up</a></p>
{% endif %}
"""


@pages.get("/")
def home():
    return render_template_string(HOME)


@pages.get("/owners")
@login_required(permission="ar:owner")
def owners():
    return "Only owners see this."


def create_app(**settings):
    if not settings:
        realm = Realm("sqlite:///users.db", url="http://localhost:8000/auth")
        settings = {"local_realm": realm}
    app = Flask(__name__)
    app.register_blueprint(pages)
    AuthRocket(app, **settings)
    return app
