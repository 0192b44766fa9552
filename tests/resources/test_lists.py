"""Lists as answers hold them."""

from __future__ import annotations

from arware.api.answers import Response
from arware.api.calls import Context
from arware.resources.org import Org
from arware.resources.reading import ReadList


def test_what_is_no_object_is_passed_over() -> None:
    """A list of AuthRocket's holds objects; anything else in it is nobody's fault."""
    body = b'{"collection": [{"object": "org", "id": "org_1"}, null, 7, "x"]}'
    found = ReadList(Org)(Response(200, {}, body), Context(None))

    assert [org.id for org in found] == ["org_1"]
