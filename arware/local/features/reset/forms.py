"""What is typed on the way to a new password."""

from __future__ import annotations

from arware.kit.web import Form, forms

from ...texts import _


class AskForm(Form):
    """Whose password it is. Features may put another field in place."""

    open_to = "reset"

    email = forms.text(
        _("E-mail address"), "username", inputmode="email", maxlength=254
    )


class ChooseForm(Form):
    """The new password."""

    # The rules of passwords say that there is none, and what is wrong with one.
    password = forms.password(_("New password"), "new-password", required=False)
