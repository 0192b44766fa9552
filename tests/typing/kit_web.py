"""What a type checker knows of forms, settings and directives."""

from dataclasses import dataclass
from typing import Any, assert_type

from arware.kit.web import Config, Field, Form, Phase, forms


@dataclass(frozen=True)
class Reset:
    """Settings of a feature."""

    minutes: int = 30


class Person(Form):
    """A form."""

    email = forms.email("E-mail address")
    agrees = forms.checkbox("I agree")
    age = Field("Age", int)


def use(form: Person) -> None:
    """A field is a declaration on the class, and a value on the form."""
    assert_type(form.email, str)
    assert_type(form.agrees, bool)
    assert_type(form.age, int)
    assert_type(Person.age, Field[int])


def needed(_realm: Any, _db: Any, _user: Any, _pending: Any) -> bool:
    """A step that is always needed."""
    return True


def includeme(config: Config) -> None:
    """Directives are checked."""
    config.add_feature_settings(Reset)
    config.add_token_kind("tpw", minutes=lambda settings: settings[Reset].minutes)
    config.add_login_step("totp", phase=Phase.FACTOR, route="totp", needed=needed)
    config.add_login_step("x", phase=1, route="x", needed=needed)  # type: ignore[arg-type]
    config.add_token_kind("x", minutes=lambda settings: settings[Reset].hours)  # type: ignore[attr-defined]
    config.add_settings({})  # type: ignore[attr-defined]
