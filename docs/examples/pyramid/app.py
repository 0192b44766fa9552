from arware.local import Realm
from pyramid.config import Configurator


def home(request):
    return f"Hello {request.current_user.name}. To log out, open /logout"


realm = Realm("sqlite:///users.db", url="http://localhost:8000/auth")
with Configurator(settings={"authrocket.local_realm": realm}) as config:
    config.include("arware")
    config.add_route("home", "/")
    config.add_view(home, route_name="home", renderer="string", require_login=True)
    app = config.make_wsgi_app()
