"""What is typed on the way to a new password."""

from __future__ import annotations

from arware.kit.web import Form, forms

from ...texts import _


class ChooseForm(Form):
    """The new password."""

    # The rules of passwords say that there is none, and what is wrong with one.
    password = forms.password(_("New password"), "new-password", required=False)
