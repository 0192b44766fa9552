"""What is typed by who invites, and by who is invited."""

from __future__ import annotations

from arware.kit.web import Form, forms

from ... import people
from ...fields import FIRST_NAME, LAST_NAME
from ...people import NewPassword
from ...request import RealmRequest
from ...texts import _


class InviteForm(Form):
    """Whom to invite."""

    prefix = "invite-"

    email = forms.email(_("E-mail address"), "off")


class AcceptForm(Form):
    """A new account. Its address is that of the invitation."""

    # Its rules say what is wrong with it, also that there is none.
    password = forms.password(_("Password"), "new-password", required=False)
    first_name = FIRST_NAME
    last_name = LAST_NAME

    #: The password, once the rules have let it through.
    chosen_password: NewPassword

    def check_more(self, request: RealmRequest) -> None:
        """Judge the password by what the person has typed beside it."""
        context = (self.typed["first_name"], self.typed["last_name"])
        typed = self.typed["password"]
        self.chosen_password = people.read_password(request.realm, typed, context)
