"""The texts of the kit's reasons, and reasons that a whole page explains."""

from __future__ import annotations

from arware.kit.web import Reason, refusals

from .texts import EMAIL_INVALID, _


def _worded(reason: Reason, text: str, title: str = "") -> Reason:
    return Reason(reason.word, text, reason.status, title)


#: The texts of the kit's reasons.
REASONS = (
    _worded(refusals.MISSING, _("Fill this in.")),
    _worded(refusals.TOO_LONG, _("Use at most ${most} characters.")),
    _worded(refusals.CHARACTERS, _("Use ordinary characters only.")),
    EMAIL_INVALID,
    _worded(
        refusals.GARBLED,
        _("The address or the form cannot be read."),
        _("Bad request"),
    ),
    _worded(refusals.TWICE, _("The same field was sent twice."), _("Bad request")),
    _worded(refusals.TOO_LARGE, _("Our own forms are smaller."), _("Form too large")),
    _worded(
        refusals.WRONG_TYPE,
        _("Send the form as application/x-www-form-urlencoded."),
        _("Unsupported content type"),
    ),
    _worded(
        refusals.FORM_EXPIRED,
        _(
            "Go back, reload the page and try again. If that does not help, allow "
            "cookies for this site in your browser."
        ),
        _("This page has expired"),
    ),
    _worded(
        refusals.FROM_ELSEWHERE,
        _("Send it from our own pages at ${origin}."),
        _("This form was sent from another site"),
    ),
    _worded(refusals.LOGIN_REQUIRED, _("Log in to use this page."), _("Please log in")),
    _worded(
        refusals.PROOF_REQUIRED,
        _("Confirm that it is you to use this page."),
        _("Please confirm that it is you"),
    ),
    _worded(
        refusals.NOT_FOUND,
        _("Check the address, or go back to where you came from."),
        _("Page not found"),
    ),
    _worded(
        refusals.WRONG_METHOD,
        _("This page accepts ${methods}."),
        _("Method not allowed"),
    ),
    _worded(refusals.HTTP_FAULT, _("Try again."), _("Bad request")),
    _worded(
        refusals.BROKEN,
        _("The error was recorded. Try again later."),
        _("Sorry, there is a problem"),
    ),
    _worded(
        refusals.KEY_GONE,
        _(
            "This site lacks a setting that your account needs. Tell its "
            "administrators, or log in another way."
        ),
        _("Sorry, there is a problem"),
    ),
    _worded(
        refusals.UNAVAILABLE,
        _("The database cannot be reached. Try again in a moment."),
        _("Sign-in is temporarily unavailable"),
    ),
)

NOT_LOADED = Reason(
    "prefetch", _("Open this page to use it."), 503, _("Page not loaded")
)
EMBEDDED = Reason(
    "embedded",
    _("You are logged in. Open this page in a window of its own to go on."),
    403,
    _("This page cannot be embedded"),
)
#: For programs; people are sent to the step.
STEP_REQUIRED = Reason(
    "step_required",
    _("The login is not finished: another step is needed."),
    403,
    _("One more step"),
)
