"""An object without a call can feed a form library; WTForms stands for them."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateTimeLocalField, Form, StringField, validators

from arware.api.client import Client
from arware.resources.membership import Membership
from arware.resources.org import Org
from tests.api.servers import Api


class OrgForm(Form):
    """A form of an org's fields."""

    name = StringField(validators=[validators.InputRequired()])
    reference = StringField()
    created_at = DateTimeLocalField(validators=[validators.Optional()])


class MembershipForm(Form):
    """A form with a field that is true or false."""

    selected = BooleanField()


def test_an_empty_object_makes_an_empty_form() -> None:
    """``Org()`` has every field, and each is empty."""
    form = OrgForm(obj=Org())

    assert form.data == {"name": None, "reference": None, "created_at": None}
    assert 'value=""' in str(form.name())


def test_an_object_fills_a_form() -> None:
    """With converted values."""
    form = OrgForm(obj=Org(name="Acme & Co", created_at=1735689600))

    assert "Acme &amp; Co" in str(form.name())
    assert "2025-01-01 00:00:00" in str(form.created_at())
    assert MembershipForm(obj=Membership(selected=True)).selected.data


def test_a_form_creates_and_updates(api: Api, client: Client) -> None:
    """Its data are the fields, and refused ones are shown again."""
    form = OrgForm(MultiDict({"name": "Acme", "reference": "r"}), obj=Org())
    assert form.validate()
    data: dict[str, Any] = {n: v for n, v in form.data.items() if v is not None}
    api.will({"errors": ["Name is taken"]}, 422)
    refused = client.orgs.create(**data)
    again = OrgForm(obj=refused)
    api.will({"object": "org", "id": "org_1", "name": "Acme", "reference": "r"})
    org = client.orgs.create(**data)

    assert refused.errors == ["Name is taken"]
    assert again.name.data == "Acme"
    assert api.last.json == {"org": {"name": "Acme", "reference": "r"}}
    assert org.update(**data)


def test_populate_obj_is_told_to_use_update() -> None:
    """An assignment would be lost, so it raises and says what to do."""
    form = OrgForm(MultiDict({"name": "Acme"}))
    with pytest.raises(AttributeError, match=r"\.update\(name="):
        form.populate_obj(Org())
