"""Fields that forms of several features have."""

from __future__ import annotations

from typing import Any

from arware.kit.canonical import clean_name
from arware.kit.web import Field, Form, forms

from .people import Names
from .texts import NAME_INVALID, _


def name(label: str, autocomplete: str, **options: Any) -> Field[str]:
    """Declare a name of somebody or something. Its value is cleaned."""
    return forms.text(
        label, autocomplete, clean=clean_name, invalid=NAME_INVALID, **options
    )


FIRST_NAME = name(_("First name"), "given-name", required=False)
LAST_NAME = name(_("Last name"), "family-name", required=False)


def names_in(form: Form) -> Names:
    """Return what was typed into these two fields of a *form*."""
    return {name: form.values[name] or None for name in ("first_name", "last_name")}
