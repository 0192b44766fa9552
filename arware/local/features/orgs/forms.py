"""What is typed about orgs."""

from __future__ import annotations

from typing import Any

from arware.kit.canonical import clean_name
from arware.kit.web import Field, Form, forms

from ...texts import NAME_INVALID, _


class RenameForm(Form):
    """Another name."""

    name = forms.text(
        _("Name of the organization"),
        "organization",
        clean=clean_name,
        invalid=NAME_INVALID,
    )


class ChoiceForm(Form):
    """The org that is chosen."""

    account = forms.hidden(maxlength=26)


_ORG_NAME = forms.text(
    _("Organization"),
    "organization",
    clean=clean_name,
    invalid=NAME_INVALID,
    required=False,
    hint=_("You will own it, and can rename it later."),
)


def org_name(_request: Any) -> Field[str]:
    """Return the field of the sign-up."""
    return _ORG_NAME
