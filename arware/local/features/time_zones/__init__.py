"""
The language and the time zone of each person.

Both are guessed at the sign-up, by the page's language and what a script reads of the
browser, and people can change them. The zone is a custom attribute, ``time_zone``: so
login tokens have it in ``cs``, and it is ``auth.zone`` in an application.
"""

from __future__ import annotations

from typing import Any

from arware.kit.web import Config

from ...request import RealmRequest
from . import flow, forms


def includeme(config: Config) -> None:
    """Add the page, the way to it, and the guess at the sign-up."""
    config.add_route("region", "/profile/region")
    config.add_field(
        "signup", "time_zone", lambda _: forms.GUESS, write=flow.write_guess
    )
    config.add_to_page("signup.fields", "time_zones/guess.jinja2", order=90)
    config.add_to_page(
        "account.section", "time_zones/section.jinja2", order=17, values=section
    )
    config.scan_views()


def section(request: RealmRequest) -> dict[str, Any]:
    """Return what the section says."""
    user = request.member.user
    return {
        "language": forms.language_name(user.locale or request.locale_name),
        "zone": user.time_zone if user.zone else "UTC",
        "time": flow.time_there(user.zone, request.now),
    }
