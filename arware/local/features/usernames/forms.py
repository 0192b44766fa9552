"""What is typed about user names."""

from __future__ import annotations

import re

from arware.kit.canonical import LONGEST_USERNAME, clean_username
from arware.kit.web import Field, Form, Reason, Refused, forms

from ...texts import _

INVALID = Reason(
    "username_invalid",
    _(
        "Use letters and digits, with single dots, hyphens or underscores between "
        "them, and at most ${most} characters."
    ),
)
RESERVED = Reason("username_reserved", _("This user name cannot be chosen."))

#: Whom people would take for those who look after the site, or for a machine of it
#: (RQ-N4): RFC 2142's mailboxes, the names of accounts that systems have, and what a
#: site calls itself. Programs may give them: see ``Realm.add_user``.
_RESERVED = frozenset((
    "abuse", "admin", "administrator", "anonymous", "api", "billing", "contact",
    "daemon", "everyone", "help", "helpdesk", "hostmaster", "info", "localhost",
    "mail", "mailerdaemon", "moderator", "nobody", "noc", "noreply", "official",
    "operator", "owner", "postmaster", "root", "sales", "security", "service",
    "staff", "support", "sys", "sysadmin", "system", "team", "webmaster", "www",
))  # fmt: skip


def _clean(text: str) -> str:
    """
    Return the one spelling that is stored, ``""`` for none (AK-D03, AK-B16).

    Raises ``Refused`` for what cannot be one, or would pass for somebody official.
    """
    if not text.strip():
        return ""
    name = clean_username(text)
    if name is None:
        raise Refused(INVALID, most=LONGEST_USERNAME)
    if re.sub("[._-]", "", name) in _RESERVED:
        raise Refused(RESERVED)
    return name


def _field(*, required: bool, autocomplete: str = "nickname") -> Field[str]:
    return Field(
        _("User name"),
        _clean,
        autocomplete=autocomplete,
        maxlength=LONGEST_USERNAME,
        required=required,
        hint=_("You can log in with it. Others may see it."),
    )


def _login_name(*, required: bool) -> Field[str]:
    label = _("E-mail address or user name")
    return forms.text(label, "username", maxlength=254, required=required)


# The fields that there are, by the mode.

USERNAME = {
    "optional": _field(required=False),
    "required": _field(required=True),
    "instead": _field(required=True, autocomplete="username"),
}
ADDRESS = {
    "instead": forms.email(
        _("E-mail address"),
        "email",
        required=False,
        hint=_("Without one we cannot send you a link when you forget your password."),
    )
}
LOGIN_NAME = dict.fromkeys(USERNAME, _login_name(required=False))
RESET_NAME = dict.fromkeys(USERNAME, _login_name(required=True))


class UsernameForm(Form):
    """Another user name; its field is that of the realm's mode."""

    prefix = "username-"
    open_to = "username"
