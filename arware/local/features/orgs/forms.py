"""What is typed about orgs."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Field, Form, forms

from ... import fields
from ...texts import _


class RenameForm(Form):
    """Another name."""

    name = fields.name(_("Name of the organization"), "organization")


class ChoiceForm(Form):
    """The org that is chosen."""

    account = forms.hidden(maxlength=26)


_ORG_NAME = fields.name(
    _("Organization"),
    "organization",
    required=False,
    hint=_("You will own it, and can rename it later."),
)


def org_name(_request: Any) -> Field[str]:
    """Return the field of the sign-up."""
    return _ORG_NAME
