"""Reasons to refuse something that the core and several features have, with texts."""

from __future__ import annotations

from pyramid.i18n import TranslationString, TranslationStringFactory

from arware.kit.web.refusals import Reason, Refused

#: Not the package's name: that changes when an application takes the realm over, and
#: the catalogues would not be found.
DOMAIN = "realm"

_ = TranslationStringFactory(DOMAIN)

BUSY = Reason("busy", _("The server is busy. Try again in a moment."), 503)
#: The answer to all logins that fail, whatever the cause: it tells nothing.
LOGIN_FAILED = Reason(
    "login_failed",
    _(
        "The login name or password is wrong. After several wrong attempts you have "
        "to wait a while."
    ),
)
PASSWORD_WRONG = Reason(
    "password_wrong",
    _(
        "This is not your current password. "
        "After several wrong attempts you have to wait a while."
    ),
)
PASSWORD_NEEDED = Reason("password_needed", _("Enter your current password."))
PENDING_OVER = Reason("pending_over", _("That took too long. Log in again."), 403)
PROOF_NEEDED = Reason("proof_needed", _("Log in again to confirm that it is you."), 403)
TOKEN_INVALID = Reason(
    "token_invalid",
    _("This link is not valid any more. Ask for a new one."),
)
#: Somebody else was faster: by a reset, perhaps, or in another window.
ACCOUNT_CHANGED = Reason(
    "account_changed",
    _("Your account changed while you were here. Check it, and try again."),
    409,
)
#: See :func:`.sessions.hold`.
IMPERSONATED = Reason(
    "impersonated",
    _("You are using somebody else's account. Only its owner may change it."),
    403,
    _("Not in somebody else's account"),
)
EMAIL_MISSING = Reason("email_missing", _("Enter your e-mail address."))
EMAIL_INVALID = Reason(
    "email_invalid", _("Enter an e-mail address like name@example.com.")
)
EMAIL_TAKEN = Reason(
    "email_taken",
    _("There is already an account with this e-mail address. Log in instead."),
)
USERNAME_TAKEN = Reason("username_taken", _("This user name is taken."))
NAME_INVALID = Reason(
    "name_invalid", _("Enter a name of at most 100 ordinary characters.")
)
#: What is wrong with a new password, by the words of the rules.
PASSWORD_FLAWS = {
    "missing": Reason("password_missing", _("Choose a password.")),
    "too_short": Reason(
        "password_too_short",
        _("Use at least ${least} characters. Several words are easiest to remember."),
    ),
    "too_long": Reason(
        "password_too_long",
        _(
            "This password is too long. It may have ${most} bytes: as many Latin "
            "letters, or a third of them in other scripts."
        ),
    ),
    "common": Reason(
        "password_common",
        _(
            "This password is too common: attackers try it first. Use several "
            "unrelated words."
        ),
    ),
    "context": Reason(
        "password_context",
        _(
            "This password is little more than your name, your address or the name of "
            "this site. Use one that nobody can guess from them."
        ),
    ),
    "guessable": Reason(
        "password_guessable",
        _(
            "This password is easy to guess. Avoid common words, repetitions, dates "
            "and neighbouring keys. Use several unrelated words."
        ),
    ),
    "breached": Reason(
        "password_breached",
        _(
            "This password was found in a data leak. Use another one here, and "
            "wherever else you use it."
        ),
    ),
}

_SECONDS = Reason(
    "too_many_tries", _("Too many attempts. Try again in a few seconds."), 429
)
_MINUTE = Reason("too_many_tries", _("Too many attempts. Try again in a minute."), 429)
_MINUTES = Reason(
    "too_many_tries", _("Too many attempts. Try again in ${minutes} minutes."), 429
)
_OFF = Reason(
    "too_many_tries",
    _("Too many attempts. Try again after choosing a new password, or ask for help."),
    429,
)
_DAY = 86_400


def too_many_tries(seconds: int, field: str | None = None) -> Refused:
    """
    Return the refusal of a try that was not looked at, for so many *seconds*.

    They are rounded up, so that counters cannot be read from them. After more than a
    day time does not help.
    """
    if seconds > _DAY:
        return Refused(_OFF, field, wait=_DAY)
    if seconds > 60:
        minutes = -(-seconds // 60)
        return Refused(_MINUTES, field, wait=60 * minutes, minutes=minutes)
    if seconds > 10:
        return Refused(_MINUTE, field, wait=60)
    return Refused(_SECONDS, field, wait=10)


def english(refused: Refused) -> str:
    """Return the text of a refusal as it was written, for a terminal or a program."""
    return plain_english(refused.text)


def plain_english(text: str) -> str:
    """Return a text as it was written."""
    return text.interpolate() if isinstance(text, TranslationString) else text
