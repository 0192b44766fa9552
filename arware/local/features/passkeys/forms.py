"""What is sent with passkeys."""

from __future__ import annotations

from arware.kit.web import Field, Form, forms

from ...fields import FIRST_NAME, LAST_NAME
from ...texts import _

#: An answer with a key of 2048 bits, a browser's extensions and all, has some 4 KB.
LONGEST = 16_384


def _answer() -> Field[str]:
    return forms.hidden(maxlength=LONGEST)


def _name() -> Field[str]:
    return forms.text(
        _("Name of the passkey"),
        maxlength=100,
        required=False,
        hint=_("So that you know later which one it is, like “My phone”."),
    )


class AnswerForm(Form):
    """What an authenticator answered, at the login or at a fresh proof."""

    answer = _answer()


class StepForm(Form):
    """What one answered, as the second factor of a login. Features may add fields."""

    open_to = "step"

    answer = _answer()


class AddForm(Form):
    """A new passkey."""

    name = _name()
    answer = _answer()


class RemoveForm(Form):
    """Which one is to be removed."""

    passkey = forms.hidden(maxlength=26)


class AskForm(Form):
    """The address of who wants to sign up."""

    email = forms.email(_("E-mail address"))


class SignupForm(Form):
    """A new account with a passkey. Features may add fields."""

    open_to = "signup"

    first_name = FIRST_NAME
    last_name = LAST_NAME
    answer = _answer()
