"""What an operator types."""

from __future__ import annotations

from arware.kit.web import Form, forms

from ...fields import FIRST_NAME, LAST_NAME
from ...texts import _


class NewUserForm(Form):
    """An account for somebody else. They choose the password themselves."""

    email = forms.email(_("E-mail address"), "off")
    first_name = FIRST_NAME
    last_name = LAST_NAME
