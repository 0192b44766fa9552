"""Back to the application with a token, and the keys that tokens are verified with."""

from __future__ import annotations

import logging
from typing import Any

from pyramid.response import Response

from arware.errors import AuthRocketError
from arware.kit.urls import parse, without_parameter
from arware.kit.web import view_config
from arware.web.urls import with_parameter

from ...redirects import redirect
from ...request import RealmRequest
from ...scopes import scope_of
from ...sessions import Visitor
from ...tokens import login_token

log = logging.getLogger("arware.local")

_NO_API = {
    "error": "This realm does not serve the API. Ask it through its pages, its command "
    "or arware.local.Realm, or set AUTHROCKET_URL to a service that does."
}


def hand_over(request: RealmRequest, visitor: Visitor) -> Any:
    """Send somebody back to the application with a new token."""
    realm, session = request.realm, visitor.session
    with realm.reading() as db:
        scope = scope_of(realm, db, visitor.user.id, session.org_id)
    token = login_token(realm, session, visitor.user, scope, request.now)
    target = request.application_url
    clean = _to_adapter(request, target, token)
    return redirect(clean or with_parameter(target, "token", token))


def _to_adapter(request: RealmRequest, target: str, token: str) -> str | None:
    """
    Log in through the adapter in whose process we are, so that no URL holds a token.

    Returns where to go then, ``None`` if there is no such adapter.
    """
    auth = request.adapter_auth
    address = parse(target)
    if auth is None or address is None or address.origin != request.origin:
        return None
    try:
        auth.login(token)
    except AuthRocketError as error:
        # The adapter's own page tells what is wrong when it meets the token.
        log.warning("auth refused the login reason=%s", error.reason)
        return None
    # The adapter's mark of a login that it asked for; it takes it out with a token.
    return str(without_parameter(address, "ar_state"))


@view_config(route_name="jwks", request_method="GET", any_redirect=True)
def keys(request: RealmRequest) -> Any:
    """
    Answer with the key set. It is public, so caches may keep it, for a short while.

    A new key signs at once; adapters that do not know it ask again after 30 seconds.
    """
    return Response(
        json_body=request.realm.public_keys(),
        content_type="application/json",
        headerlist=None,
        cache_control="public, max-age=30",
    )


@view_config(route_name="api", require_csrf=False, any_redirect=True)
@view_config(route_name="api_below", require_csrf=False, any_redirect=True)
def no_api(_request: RealmRequest) -> Any:
    """Say that there is none: a 404 would tell a client that a record is gone."""
    return Response(status=501, json_body=_NO_API, content_type="application/json")
