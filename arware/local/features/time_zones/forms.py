"""What is chosen of languages and time zones."""

from __future__ import annotations

from babel import Locale

from arware.kit.time_zones import find_zone
from arware.kit.web import Field, Form, Reason, Refused, forms

from ...request import RealmRequest
from ...texts import _

UNKNOWN = Reason(
    "time_zone_unknown",
    _("There is no such time zone. Choose one from the list, like Europe/Paris."),
)
NOT_SPOKEN = Reason("locale_unknown", _("Choose a language from the list."))


def _zone(text: str) -> str:
    """Return the name of a zone of the IANA database, ``""`` for none."""
    name = text.strip()
    if name and find_zone(name) is None:
        raise Refused(UNKNOWN)
    return name


#: What a script read of a browser that signs up. It may be anything: see the flow.
GUESS = forms.hidden(maxlength=100)


class RegionForm(Form):
    """The language and the time zone."""

    locale = forms.text(_("Language"), "language", maxlength=35, required=False)
    time_zone = Field(_("Time zone"), _zone, required=False)

    def check_more(self, request: RealmRequest) -> None:
        """Refuse a language that the realm does not speak."""
        if self.values.get("locale", "") not in ("", *request.locales):
            raise Refused(NOT_SPOKEN, "locale")


def language_name(tag: str) -> str:
    """Return what those who speak a language call it, as it is written by itself."""
    name = Locale.parse(tag, sep="-").get_display_name() or tag
    return name[:1].upper() + name[1:]
