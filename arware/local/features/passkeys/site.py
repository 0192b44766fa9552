"""Where passkeys can be used: at a host name, by https or on this machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from arware.kit.passkeys import Ceremony, covers
from arware.kit.web import Reason, Refused
from arware.settings import Fault

from ...texts import _
from .settings import Passkeys

if TYPE_CHECKING:
    from ...request import RealmRequest
    from ...settings import RealmSettings

log = logging.getLogger("arware.local")

NOT_HERE = Reason(
    "passkeys_unavailable", _("Passkeys cannot be used at this address."), 403
)


@cache
def is_installed() -> bool:
    """Tell whether the package is there that checks passkeys."""
    return find_spec("webauthn") is not None


def check(settings: RealmSettings) -> Iterator[Fault]:
    """Yield what is wrong with ``rp_id``; log why passkeys are not offered."""
    rp_id, url = settings[Passkeys].rp_id, settings.url
    name = "passkeys.rp_id"
    if rp_id is None:
        if not covers(url.host, url.host):
            log.info("no passkeys: they need a host name, as http://localhost has")
        elif not is_installed():
            log.info('no passkeys: pip install "arware[passkeys]"')
    elif not is_installed():
        fix = 'Run: pip install "arware[passkeys]"'
        yield Fault(name, None, "webauthn is not installed", fix)
    elif not covers(rp_id, url.host):
        problem = f"browsers refuse passkeys of {rp_id} at {url.origin}"
        fix = "Take it out, or name the host of the url or a domain that it ends with"
        if not covers(url.host, url.host):
            fix = "Give a url with a host name; to develop, http://localhost"
        yield Fault(name, None, problem, fix)


def ceremony(request: RealmRequest, purpose: str) -> Ceremony:
    """Return the ceremony for *purpose*. Raises ``Refused`` if there can be none."""
    if not is_here(request):
        raise Refused(NOT_HERE)
    return Ceremony(_rp_id(request), request.origin, request.browser, purpose)


def is_here(request: RealmRequest) -> bool:
    """Tell whether passkeys can be used where this browser is."""
    host = request.realm_address.host
    return is_installed() and covers(_rp_id(request), host)


def _rp_id(request: RealmRequest) -> str:
    return request.realm.settings[Passkeys].rp_id or request.realm_address.host
