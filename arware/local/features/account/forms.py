"""What is typed on the account page."""

from __future__ import annotations

from arware.kit.web import Form

from ...fields import FIRST_NAME, LAST_NAME


class DetailsForm(Form):
    """The name."""

    prefix = "details-"

    first_name = FIRST_NAME
    last_name = LAST_NAME
