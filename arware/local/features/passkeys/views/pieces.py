"""What stands on other pages: the login, the proof, the account, other steps."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from arware.kit.web import Config

from .... import steps
from ....request import RealmRequest
from .. import flow, site
from ..forms import AnswerForm


def add(config: Config) -> None:
    """Add the pieces to their pages."""
    config.add_to_page("login.form", "passkeys/login.jinja2", values=login)
    config.add_to_page("proof.form", "passkeys/proof.jinja2", load=proof)
    config.add_to_page("step.below", "passkeys/link.jinja2", load=link)
    config.add_to_page("signup.below", "passkeys/signup_link.jinja2", values=signup)
    config.add_to_page(
        "account.section", "passkeys/section.jinja2", order=35, load=section
    )


def login(request: RealmRequest) -> dict[str, Any] | None:
    """Return what the button needs, and the list of the field for the name."""
    return {"form": request.form(AnswerForm)} if site.is_here(request) else None


def proof(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Return what the button needs, of somebody who has a passkey."""
    if not site.is_here(request) or not flow.has_one(
        request.realm, db, request.member.user
    ):
        return None
    return {"form": request.form(AnswerForm)}


def link(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Draw the way to a passkey from other second factors, for who has one."""
    waits, is_own = steps.waiting(request), request.matched_route.name == "passkey_step"
    is_theirs = waits is not None and flow.has_one(request.realm, db, waits[1])
    return {} if is_theirs and not is_own and site.is_here(request) else None


def signup(request: RealmRequest) -> dict[str, Any] | None:
    """Draw the way to sign up."""
    is_open = request.realm.settings.signup == "open"
    return {} if is_open and site.is_here(request) else None


def section(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """
    Return what the section of the account page says, if there is one.

    Where the package is not installed nobody is told but who has a passkey, and whoever
    develops.
    """
    passkeys = flow.of(db, request.member.user.id)
    is_local = request.realm_address.is_loopback
    if not (passkeys or is_local or site.is_installed()):
        return None
    return {
        "passkeys": passkeys,
        "is_here": site.is_here(request),
        "is_local": is_local,
        "is_installed": site.is_installed(),
    }
