"""
Closing one's account, and a copy of all that the realm holds about one.

Words: who has *closed* the account is logged out everywhere, and after
``realm.close_account.days`` a job deletes all that is held about them. Whoever logs in
before that, with a second factor where there is one, is asked whether to keep it. Both
pages need a fresh proof; neither is open to an operator who acts as somebody.
"""

from __future__ import annotations

from arware.kit.web import Config, Phase

from . import flow
from .settings import CloseAccount
from .views import section

HOUR = 3600


def includeme(config: Config) -> None:
    """Add the pages, the question at the login, and the deletion by a job."""
    config.add_feature_settings(CloseAccount)
    config.add_route("export", "/profile/export")
    config.add_route("close", "/profile/close")
    config.add_route("keep", "/login/keep")
    config.add_login_step(
        flow.STEP, phase=Phase.CONSENT, route="keep", needed=flow.is_needed
    )
    config.add_to_page(
        "account.section", "close_account/section.jinja2", order=95, values=section
    )
    config.set_leaving(flow.leaving)
    config.add_job(flow.delete_those_due, every=HOUR)
    config.scan_views()
