from arware.django import login_required
from arware.local import Realm
from django.http import HttpResponse
from django.urls import path
from django.utils.html import escape

DEBUG, SECRET_KEY, ROOT_URLCONF = True, "only for this computer", "app"
MIDDLEWARE = ["arware.django.Middleware"]
AUTHROCKET_LOCAL_REALM = Realm("sqlite:///users.db", url="http://localhost:8000/auth")


@login_required
def home(request):
    return HttpResponse(escape(f"Hello {request.current_user.name}. Leave: /logout"))


urlpatterns = [path("", home)]
