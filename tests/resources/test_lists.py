"""Lists as answers hold them."""

from __future__ import annotations

import pytest

from arware.api.answers import Response
from arware.api.calls import Context
from arware.api.client import Client
from arware.resources.org import Org
from arware.resources.reading import ReadList
from tests.api.servers import Api


def test_what_is_no_object_is_passed_over() -> None:
    """A list of AuthRocket's holds objects; anything else in it is passed over."""
    body = b'{"collection": [{"object": "org", "id": "org_1"}, null, 7, "x"]}'
    found = ReadList(Org)(Response(200, {}, body), Context(None))

    assert [org.id for org in found] == ["org_1"]


@pytest.mark.parametrize(
    ("parent", "children"),
    [("event", "notifications"), ("user", "credentials"), ("org", "memberships")],
)
def test_f27_embedded_children_know_their_parents_id(
    api: Api, client: Client, parent: str, children: str
) -> None:
    """It stands in the parent, and the API need not say it twice."""
    api.will({"object": parent, "id": "x_1", children: [{"id": "1"}, {"id": "2"}]})
    found = getattr(client, f"{parent}s").find("x_1")
    listed = getattr(found, children)()

    assert [getattr(child, f"{parent}_id") for child in listed] == ["x_1", "x_1"]
    assert found.attributes[children] == [{"id": "1"}, {"id": "2"}]
