"""What the script gives to the browser, for each occasion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyramid.response import Response

from arware.kit import passkeys
from arware.kit.passkeys import Ceremony
from arware.kit.web import Refused, view_config
from arware.kit.web.refusals import LOGIN_REQUIRED, NOT_FOUND

from .... import steps
from ....models import User
from ....request import RealmRequest
from ....texts import PENDING_OVER
from .. import flow, signup, site
from .signing_up import COOKIE


@view_config(route_name="passkey_options", request_method="GET")
def show(request: RealmRequest) -> Any:
    """Return the options with a new challenge, for this browser."""
    purpose = request.matchdict["purpose"]
    if purpose not in _OPTIONS:
        raise Refused(NOT_FOUND)
    ceremony = site.ceremony(request, purpose)
    challenge = passkeys.new_challenge(request.realm, ceremony, request.now)
    return Response(json=_OPTIONS[purpose](request, ceremony, challenge))


def _login(_: RealmRequest, ceremony: Ceremony, challenge: bytes) -> Any:
    return passkeys.request_options(ceremony, challenge)


def _step(request: RealmRequest, ceremony: Ceremony, challenge: bytes) -> Any:
    waits = steps.waiting(request)
    if waits is None:
        raise Refused(PENDING_OVER)
    known, alone = _known(request, waits[1]), flow.is_alone(waits[1])
    return passkeys.request_options(ceremony, challenge, known, verify=alone)


def _proof(request: RealmRequest, ceremony: Ceremony, challenge: bytes) -> Any:
    known = _known(request, _user(request))
    return passkeys.request_options(ceremony, challenge, known)


def _add(request: RealmRequest, ceremony: Ceremony, challenge: bytes) -> Any:
    user = _user(request)
    return passkeys.creation_options(
        ceremony,
        challenge,
        site=request.realm.settings.name,
        user=(user.id, user.login_name, user.name),
        known=_known(request, user),
    )


def _signup(request: RealmRequest, ceremony: Ceremony, challenge: bytes) -> Any:
    token = request.own_cookie(COOKIE)
    row = signup.look(request.realm, signup.KIND, token, request.now)
    return passkeys.creation_options(
        ceremony,
        challenge,
        site=request.realm.settings.name,
        user=(signup.handle_of(row.data), row.address, row.address),
    )


_OPTIONS: dict[str, Callable[[RealmRequest, Ceremony, bytes], Any]] = {
    "login": _login,
    "step": _step,
    "proof": _proof,
    "add": _add,
    "signup": _signup,
}


def _user(request: RealmRequest) -> User:
    if request.visitor is None:
        raise Refused(LOGIN_REQUIRED)
    return request.visitor.user


def _known(request: RealmRequest, user: User) -> Any:
    with request.realm.reading() as db:
        return flow.of(db, user.id)
