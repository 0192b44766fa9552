"""What somebody types who wants an account."""

from __future__ import annotations

from arware.kit.web import Form, forms

from ... import people
from ...fields import FIRST_NAME, LAST_NAME
from ...people import NewPassword
from ...request import RealmRequest
from ...texts import _


class SignupForm(Form):
    """A new account. Features may add fields."""

    open_to = "signup"

    email = forms.email(_("E-mail address"))
    # Its rules say what is wrong with it, also that there is none.
    password = forms.password(_("Password"), "new-password", required=False)
    first_name = FIRST_NAME
    last_name = LAST_NAME

    #: The password, once the rules have let it through.
    chosen_password: NewPassword

    def check_more(self, request: RealmRequest) -> None:
        """Judge the password by what the person has typed beside it."""
        context = [text for name, text in self.typed.items() if name != "password"]
        typed = self.typed["password"]
        self.chosen_password = people.read_password(request.realm, typed, context)
