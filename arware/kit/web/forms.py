"""Forms, declared once: for the page, for JSON and for the flow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Generic, Self, TypeVar, cast, overload

from markupsafe import Markup

from arware.kit.canonical import canonical_email

from .refusals import (
    CHARACTERS,
    EMAIL_INVALID,
    MISSING,
    TOO_LONG,
    Reason,
    Refused,
    raise_all,
)

T = TypeVar("T")
F = TypeVar("F", bound="Form")

#: What a box that is not ticked may be called.
_NO = frozenset(("", "0", "false", "no", "off"))


class Field(Generic[T]):
    """
    A field of a :class:`Form`; on a form it is the value that *clean* made of the text.

    *clean* may raise :class:`Refused`. *kind* is HTML's type; *autocomplete*,
    *inputmode* and *maxlength* (in characters) are HTML's, too; *label* and *hint* are
    translatable. What is not *required* and not given is cleaned, too: of ``""``.
    *initial* is the text before somebody types.
    """

    name = ""

    def __init__(
        self,
        label: str,
        clean: Callable[[str], T],
        *,
        kind: str = "text",
        autocomplete: str = "off",
        inputmode: str = "",
        maxlength: int = 100,
        required: bool = True,
        hint: str = "",
        initial: str = "",
    ) -> None:
        self.label = label
        self.clean = clean
        self.kind = kind
        self.autocomplete = autocomplete
        self.inputmode = inputmode
        self.maxlength = maxlength
        self.required = required
        self.hint = hint
        self.initial = initial
        #: All attributes of the ``input`` that never change, for the template.
        self.attributes = _attributes(self)

    def __set_name__(self, owner: type[Form], name: str) -> None:
        self.name = name
        owner.fields = {**owner.fields, name: self}

    @overload
    def __get__(self, form: None, owner: type[Form]) -> Self: ...
    @overload
    def __get__(self, form: Form, owner: type[Form]) -> T: ...
    def __get__(self, form: Form | None, owner: type[Form]) -> Self | T:
        if form is None:
            return self
        value: T = form.values[self.name]
        return value

    def read(self, text: str) -> T:
        """Return the value of *text*. Raises :class:`Refused` that names the field."""
        if self.required and not text.strip():
            raise Refused(MISSING, self.name)
        if len(text) > self.maxlength:
            raise Refused(TOO_LONG, self.name, most=self.maxlength)
        if self.kind != "password" and not _is_one_line(text.strip()):
            raise Refused(CHARACTERS, self.name)
        try:
            return self.clean(text)
        except Refused as refused:
            refused.field = self.name
            raise


@dataclass(frozen=True, slots=True)
class FormFault:
    """What is wrong with a form or with a *field* of it, in a person's language."""

    field: str | None
    text: str
    #: The stable word of the reason.
    reason: str = ""


def _attributes(field: Field[Any]) -> Markup:
    is_secret, is_name = field.kind == "password", field.autocomplete == "username"
    found = {"type": field.kind, "autocomplete": field.autocomplete}
    if is_secret or is_name or field.kind == "email":
        found |= {"autocapitalize": "none", "spellcheck": "false"}
    if field.inputmode:
        found["inputmode"] = field.inputmode
    if not is_secret:  # which would be cut without a word
        found["maxlength"] = str(field.maxlength)
    return Markup(" ").join(
        Markup('{}="{}"').format(name, value) for name, value in found.items()
    )


class Form:
    """
    What was typed, what it means, and what is wrong with it.

    *typed* has texts by the names of the fields; those that are absent or ``None`` are
    ``""``, what is no field's is left out. Values are there after :meth:`check`.
    """

    fields: ClassVar[dict[str, Field[Any]]] = {}
    #: Put before the ids of the fields, where a page has several forms.
    prefix: ClassVar[str] = ""
    #: The name under which features may add fields, see ``add_field``.
    open_to: ClassVar[str] = ""

    def __init__(self, typed: Mapping[str, str | None] | None = None) -> None:
        typed = typed or {}
        self.typed = {name: typed.get(name) or "" for name in self.fields}
        self.values: dict[str, Any] = {}
        #: What is wrong, once it was refused: first with the form, then in the order
        #: of its fields.
        self.faults: tuple[FormFault, ...] = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.fields)})"

    def blame(self, faults: Iterable[FormFault]) -> None:
        """Keep what is wrong."""
        places = {name: place for place, name in enumerate(self.fields, 1)}
        found = sorted(faults, key=lambda one: places.get(one.field or "", 0))
        self.faults = tuple(found)

    def error(self, name: str) -> str:
        """Return what is wrong with a field, ``""`` if nothing is."""
        return next((one.text for one in self.faults if one.field == name), "")

    def check(self, request: Any = None) -> None:
        """
        Read all fields. Raises :class:`Refused` that holds all that is wrong.

        With a *request*, :meth:`check_more` has its say, too.
        """
        wrong = []
        for name, field in self.fields.items():
            try:
                self.values[name] = field.read(self.typed[name])
            except Refused as refused:
                wrong.append(refused)
        if request is not None:
            try:
                self.check_more(request)
            except Refused as refused:
                wrong.append(refused)
        raise_all(wrong)

    def check_more(self, request: Any) -> None:
        """
        Raise :class:`Refused` for what no field can tell: what depends on the realm.

        A form may say more here. Fields that are wrong have no value then.
        """


def with_fields(kind: type[F], added: tuple[tuple[str, Field[Any]], ...]) -> type[F]:
    """Return the form *kind* with the fields *added*, by name, at its end."""
    whole: type[F] = _with_fields(cast("Any", kind), added)
    return whole


@lru_cache(64)
def _with_fields(kind: Any, added: tuple[tuple[str, Field[Any]], ...]) -> Any:
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, **dict(added)})


def _is_one_line(text: str) -> bool:
    """Tell whether *text* has no control character and no half of a pair."""
    return text.isprintable() or not any(
        letter < " " or "\x7f" <= letter <= "\x9f" or "\ud800" <= letter <= "\udfff"
        for letter in text
    )


def text(
    label: str,
    autocomplete: str = "off",
    *,
    clean: Callable[[str], str | None] = str.strip,
    invalid: Reason = CHARACTERS,
    **options: Any,
) -> Field[str]:
    """Declare a line of text; where *clean* returns ``None`` it is *invalid*."""

    def cleaned(given: str) -> str:
        found = clean(given)
        if found is None:
            raise Refused(invalid)
        return found

    return Field(label, cleaned, autocomplete=autocomplete, **options)


def email(label: str, autocomplete: str = "username", **options: Any) -> Field[str]:
    """Declare an e-mail address. Its value is canonical; ``""`` if none is needed."""

    def cleaned(given: str) -> str:
        if not given.strip():
            return ""
        found = canonical_email(given)
        if found is None:
            raise Refused(EMAIL_INVALID)
        return found

    options.setdefault("maxlength", 254)
    return Field(label, cleaned, kind="email", autocomplete=autocomplete, **options)


def password(label: str, autocomplete: str, **options: Any) -> Field[str]:
    """Declare a password: whatever was typed. It is never drawn again."""
    options.setdefault("maxlength", 1024)
    return Field(label, str, kind="password", autocomplete=autocomplete, **options)


def code(label: str, **options: Any) -> Field[str]:
    """Declare a code that is read off: its value is without blanks and hyphens."""

    def cleaned(given: str) -> str:
        return "".join(given.split()).replace("-", "")

    return Field(
        label,
        cleaned,
        **{
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "maxlength": 50,
            **options,
        },
    )


def hidden(*, maxlength: int = 4096) -> Field[str]:
    """Declare what a page carries on. It may be absent."""
    return Field("", str, kind="hidden", maxlength=maxlength, required=False)


def checkbox(label: str, *, hint: str = "", ticked: bool = False) -> Field[bool]:
    """Declare a box to tick, which may be *ticked* already."""

    def cleaned(given: str) -> bool:
        return given.strip().lower() not in _NO

    initial = "true" if ticked else ""
    return Field(
        label, cleaned, kind="checkbox", required=False, hint=hint, initial=initial
    )
