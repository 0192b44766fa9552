"""What templates get: who is there, and the link helpers under the gem's names."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def authrocket(request: HttpRequest) -> dict[str, Any]:
    """
    Return the variables for a template; none where our middleware did not run.

    For ``"context_processors"`` in ``TEMPLATES``. Django calls the link helpers:
    ``{{ ar_login_url }}``.
    """
    auth = getattr(request, "authrocket", None)
    if auth is None:
        return {}
    links = auth.links
    return {
        "current_user": auth.user,
        "current_org": auth.org,
        "current_membership": auth.membership,
        "current_session": auth.session,
        "ar_login_url": links.login_url,
        "ar_signup_url": links.signup_url,
        "ar_profile_url": links.profile_url,
        "ar_account_url": links.account_url,
        "ar_accounts_url": links.accounts_url,
        "ar_logout_url": links.application_logout_url,
    }
