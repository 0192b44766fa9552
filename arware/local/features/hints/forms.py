"""What is typed, as far as it is."""

from __future__ import annotations

from arware.kit.web import Form, forms


class HintForm(Form):
    """Fields of other forms, half typed: nothing is required or too long yet."""

    email = forms.hidden(maxlength=1000)
    username = forms.hidden(maxlength=1000)
    password = forms.password("", "new-password", required=False)
    first_name = forms.hidden(maxlength=1000)
    last_name = forms.hidden(maxlength=1000)
