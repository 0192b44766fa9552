"""
Recovery codes: ten codes on paper, for who has lost the other second factor.

A section of the account page, once there is a second factor, makes them and warns when
few are left. A login that asks for a second factor takes one at ``/login/recovery``.
"""

from __future__ import annotations

from arware.kit.web import Config

from ...events import FactorRemoved
from . import flow
from .views import section


def includeme(config: Config) -> None:
    """Join."""
    config.add_route("recovery_codes", "/profile/recovery-codes")
    config.add_route("recovery_step", "/login/recovery")
    config.add_to_page("step.below", "recovery_codes/link.jinja2")
    config.add_to_page(
        "account.section", "recovery_codes/section.jinja2", order=41, load=section
    )
    config.on(FactorRemoved, flow.forget)
    config.scan_views()
