"""
Passwords: to log in with, to prove oneself anew, and to be changed.

Words: a *password* proves who one is; every wrong one is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arware.kit.web import Config

from ...models import User
from ...request import RealmRequest
from .forms import LoginForm, PasswordForm, ProofForm

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ...realm import Realm


def includeme(config: Config) -> None:
    """Add the forms to the pages of login, proof and account."""
    config.add_way_in("password", has_one)
    config.add_route("password", "/profile/password")
    config.add_to_page("login.form", "password/form.jinja2", values=login_form)
    config.add_to_page("proof.form", "password/proof.jinja2", values=proof_form)
    config.add_to_page(
        "account.section", "password/section.jinja2", order=30, values=section
    )
    config.scan_views()


def has_one(_realm: Realm, _db: Session, user: User) -> bool:
    """Tell whether *user* has a password."""
    return user.password_hash is not None


def login_form(request: RealmRequest) -> dict[str, Any]:
    """Return what the form needs; the page may be told who is about to log in."""
    return {"form": request.form(LoginForm, email=request.login_hint)}


def proof_form(request: RealmRequest) -> dict[str, Any] | None:
    """Return what the form needs, nothing for somebody without a password."""
    user = request.member.user
    if user.password_hash is None:
        return None
    return {"form": request.form(ProofForm), "user": user}


def section(request: RealmRequest) -> dict[str, Any] | None:
    """Return what the section needs, nothing for somebody without a password."""
    user = request.member.user
    if user.password_hash is None:
        return None
    least = request.realm.settings.password_minimum
    return {"form": request.form(PasswordForm), "user": user, "least": least}
