"""The core's pages: each reads a request, lets a flow decide, and says the result."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Refused

from .. import factors, operators
from ..redirect_uri import wanted
from ..redirects import READING, impersonated_deriver, wanted_deriver
from ..request import RealmRequest
from ..sessions import Visitor
from ..texts import IMPERSONATED
from . import mailbox


def includeme(config: Any) -> None:
    """Add the core's routes and permissions."""
    config.add_view_deriver(wanted_deriver, "redirect_uri", under="strict")
    config.add_view_deriver(impersonated_deriver, "impersonated", under="strict")
    config.add_permission_rule("member", is_member, route="login")
    config.add_permission_rule("fresh", is_fresh, route="proof")
    config.add_permission_rule("proven", is_proven, route="proof")
    config.add_permission_rule(operators.PERMISSION, is_operator, route="proof")
    config.add_carried("redirect_uri", wanted)
    config.add_route("brand_style", "/brand.css")
    config.add_route("brand_logo", "/brand/logo")
    config.add_route("entry", "/")
    config.add_route("login", "/login")
    config.add_route("proof", "/proof")
    config.add_route("proof_by_factor", "/proof/factor")
    config.add_route("logout", "/logout")
    config.include(mailbox)


def is_member(_request: RealmRequest, _visitor: Visitor) -> bool:
    """Let everybody in who is logged in."""
    return True


def is_fresh(request: RealmRequest, visitor: Visitor) -> bool:
    """
    Tell whether the last whole proof is of the last minutes (RQ-S7).

    An operator who acts as somebody has given no proof of theirs.
    """
    if visitor.session.impersonator is not None:
        raise Refused(IMPERSONATED)
    seconds = 60 * request.realm.settings.fresh_minutes
    return visitor.session.auth_at > request.now - seconds


def is_proven(request: RealmRequest, visitor: Visitor) -> bool:
    """
    Let those in whose form asks for the password, unless that is not all it takes.

    Who has a second factor needs a fresh proof: in a browser that was left open the
    password alone takes no account over (ASVS 5.0 7.5.1). So does who has no password:
    the form cannot ask for it.
    """
    if is_fresh(request, visitor):
        return True
    if visitor.user.password_hash is None:
        return False
    with request.realm.reading() as db:
        return not factors.has_one(request.realm, db, visitor.user)


def is_operator(request: RealmRequest, visitor: Visitor) -> bool:
    """
    Let operators in whose login took a second factor; to others there is no such page.

    What they send takes a fresh proof, too (RQ-S7).
    """
    with request.realm.reading() as db:
        operators.check(request.realm, db, visitor)
    reads = request.method in READING
    return not factors.is_needed(visitor.session) and (
        reads or is_fresh(request, visitor)
    )
