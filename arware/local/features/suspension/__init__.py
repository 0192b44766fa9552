"""
Suspending somebody: for a reason, perhaps until a day.

Words: who is *suspended* is logged out at once, everywhere, and cannot log in: that
looks like a wrong password to whoever tries (RQ-E1). The state of the user is
``inactive``, so API tokens, links and whatever else asks for it refuse as well. The
person is told the reason by mail. It is lifted by a job at its end, or by enabling the
account. ``arware realm user suspend`` and ``unsuspend`` do it, and the operator's
pages.
"""

from __future__ import annotations

from arware.kit.web import Config

from ...events import UserUpdated
from . import flow
from .commands import suspend
from .views import action, fact

MINUTE = 60


def includeme(config: Config) -> None:
    """Add the commands, the pieces of the operator's page, and the end by a job."""
    config.add_route("suspend", "/operator/suspensions/{id}")
    config.add_to_page("operator.fact", "suspension/fact.jinja2", load=fact)
    config.add_to_page("operator.section", "suspension/form.jinja2", load=action)
    config.add_operator_command("user suspend", suspend)
    config.add_operator_action("unsuspend", flow.UNSUSPEND)
    config.add_job(flow.lift_those_over, every=MINUTE)
    config.on(UserUpdated, flow.follow)
    config.scan_views()
