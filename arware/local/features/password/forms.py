"""What is typed about passwords."""

from __future__ import annotations

from arware.kit.web import Form, forms

from ...texts import _

# None of them says that a field is missing: whatever is wrong with a login gets one
# answer, and the rules of passwords say themselves that there is none.


class LoginForm(Form):
    """Who, and the proof. Features may put another first field in place."""

    open_to = "login"

    email = forms.text(
        _("E-mail address"),
        "username",
        inputmode="email",
        maxlength=254,
        required=False,
    )
    password = forms.password(_("Password"), "current-password", required=False)


class ProofForm(Form):
    """The proof again."""

    password = forms.password(_("Password"), "current-password", required=False)


class PasswordForm(Form):
    """Another password."""

    prefix = "password-"

    current_password = forms.password(
        _("Current password"), "current-password", required=False
    )
    new_password = forms.password(_("New password"), "new-password", required=False)
