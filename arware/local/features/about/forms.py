"""What people may say of themselves."""

from __future__ import annotations

import re
import unicodedata

from arware.kit.characters import is_honest
from arware.kit.urls import parse
from arware.kit.web import Form, Reason, forms

from ...texts import _

WEBSITE_INVALID = Reason(
    "website_invalid", _("Enter an address like https://example.com.")
)
PHONE_INVALID = Reason(
    "phone_invalid",
    _("Enter a phone number with its country code, like +44 20 7946 0000."),
)
BIO_INVALID = Reason("bio_invalid", _("Use ordinary characters only."))

#: As many characters as the few words may have: each login token carries them.
LONGEST_BIO = 300


def _bio(text: str) -> str | None:
    words = " ".join(unicodedata.normalize("NFC", text).split())
    return words if is_honest(words) else None


def _website(text: str) -> str | None:
    """Return an address of the web: whoever shows it can make a link of it."""
    address = text.strip()
    if not address:
        return ""
    found = parse(address if "://" in address else f"https://{address}")
    return None if found is None or "." not in found.host else str(found)


def _phone_number(text: str) -> str | None:
    """Return a number as of ITU-T E.164: a plus and at most 15 digits."""
    if not text.strip():
        return ""
    number = re.sub(r"[ ()./-]", "", text.strip())
    return number if re.fullmatch(r"\+[1-9][0-9]{6,14}", number) else None


FIELDS = {
    "bio": forms.text(
        _("About you"),
        clean=_bio,
        invalid=BIO_INVALID,
        maxlength=LONGEST_BIO,
        required=False,
    ),
    "website": forms.text(
        _("Website"),
        "url",
        clean=_website,
        invalid=WEBSITE_INVALID,
        inputmode="url",
        maxlength=300,
        required=False,
    ),
    "phone_number": forms.text(
        _("Phone number"),
        "tel",
        clean=_phone_number,
        invalid=PHONE_INVALID,
        inputmode="tel",
        maxlength=40,
        required=False,
    ),
}


class AboutForm(Form):
    """What the realm asks for."""

    prefix = "about-"
    open_to = "about"
