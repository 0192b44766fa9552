"""The box that is ticked."""

from __future__ import annotations

from functools import lru_cache

from arware.kit.web import Field, Form, Reason, Refused

from ...texts import _

NEEDED = Reason("terms_needed", _("Accept the terms of service to go on."))

#: What programs say that have no page with a version.
_YES = "true"


@lru_cache(16)
def box(version: str) -> Field[str]:
    """
    Return the box for *version*.

    A page sends the version that it has shown: one that was drawn before there were new
    terms accepts none of them.
    """

    def clean(text: str) -> str:
        if text not in (version, _YES):
            raise Refused(NEEDED)
        return version

    return Field(_("Terms of service"), clean, kind="checkbox", required=False)


class TermsForm(Form):
    """The present terms; the box is that of the realm's version."""

    open_to = "terms"
