"""Why something is not done: a stable word for programs, a text for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyramid.i18n import TranslationString


@dataclass(frozen=True, slots=True)
class Reason:
    """
    Why something is refused.

    *word* is stable and for programs, *text* a translatable sentence for people, which
    may name parameters (``${minutes}``); *title* heads a page that says nothing else.
    *status* is that of the answer. The kit's own reasons have no text: the product says
    it, see ``add_reasons``.
    """

    word: str
    text: str = ""
    status: int = 422
    title: str = ""

    def __post_init__(self) -> None:
        REASONS.setdefault(self.word, self)


#: All that were made, by their words.
REASONS: dict[str, Reason] = {}


class Refused(Exception):
    """
    What was asked is not done.

    *field* names the field of the form that is at fault, if one is. *wait* is the
    number of seconds after which trying again makes sense; it becomes ``Retry-After``.
    Further keywords are parameters of the reason's text. Nothing of it is logged.
    """

    def __init__(
        self,
        reason: Reason,
        field: str | None = None,
        *,
        wait: int | None = None,
        **params: object,
    ) -> None:
        super().__init__(reason.word)
        self.reason = reason
        self.field = field
        self.wait = wait
        self.params = params
        self.also: tuple[Refused, ...] = ()
        self.cause = self.about = ""

    def because(self, cause: str, about: str = "") -> Refused:
        """
        Note what the one who is refused must not learn, for the operator; return it.

        *cause* is a stable word, *about* the id of whom it concerns. What was noted
        before stays.
        """
        self.cause, self.about = self.cause or cause, self.about or about
        return self

    @property
    def all(self) -> tuple[Refused, ...]:
        """The first fault, and those that were found with it."""
        return (self, *self.also)

    @property
    def text(self) -> str:
        """What a person reads, still to be translated."""
        return with_params(self.reason.text, self.params)


def with_params(text: str, params: dict[str, object]) -> str:
    """Return *text* with the parameters that it names, still to be translated."""
    if not params:
        return text
    if not isinstance(text, TranslationString):
        text = TranslationString(text)
    filled: str = text % {name: str(value) for name, value in params.items()}
    return filled


def raise_all(found: Iterable[Refused]) -> None:
    """Raise one :class:`Refused` that holds all of *found*, if there is any."""
    each = [one for refused in found for one in refused.all]
    if each:
        each[0].also = tuple(each[1:])
        raise each[0]


#: Of fields.
MISSING = Reason("missing")
TOO_LONG = Reason("too_long")
EMAIL_INVALID = Reason("email_invalid")
CHARACTERS = Reason("characters")
#: Of requests that cannot be read.
GARBLED = Reason("garbled", status=400)
TWICE = Reason("twice", status=400)
TOO_LARGE = Reason("too_large", status=413)
WRONG_TYPE = Reason("wrong_type", status=415)
#: Of who asks.
FORM_EXPIRED = Reason("form_expired", status=403)
FROM_ELSEWHERE = Reason("from_elsewhere", status=403)
LOGIN_REQUIRED = Reason("login_required", status=403)
PROOF_REQUIRED = Reason("proof_required", status=403)
#: Of pages.
NOT_FOUND = Reason("not_found", status=404)
WRONG_METHOD = Reason("wrong_method", status=405)
HTTP_FAULT = Reason("http_fault", status=400)
BROKEN = Reason("broken", status=500)
UNAVAILABLE = Reason("unavailable", status=503)
KEY_GONE = Reason("key_gone", status=503)

#: All that the product must have a text for.
OF_THE_KIT = (
    MISSING, TOO_LONG, EMAIL_INVALID, CHARACTERS,
    GARBLED, TWICE, TOO_LARGE, WRONG_TYPE,
    FORM_EXPIRED, FROM_ELSEWHERE, LOGIN_REQUIRED, PROOF_REQUIRED,
    NOT_FOUND, WRONG_METHOD, HTTP_FAULT, BROKEN, UNAVAILABLE,
    KEY_GONE,
)  # fmt: skip
