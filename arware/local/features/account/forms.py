"""What is typed on the account page."""

from __future__ import annotations

from arware.kit.canonical import clean_name
from arware.kit.web import Form, forms

from ...texts import NAME_INVALID, _


class DetailsForm(Form):
    """The name."""

    prefix = "details-"

    first_name = forms.text(
        _("First name"),
        "given-name",
        clean=clean_name,
        invalid=NAME_INVALID,
        required=False,
    )
    last_name = forms.text(
        _("Last name"),
        "family-name",
        clean=clean_name,
        invalid=NAME_INVALID,
        required=False,
    )
