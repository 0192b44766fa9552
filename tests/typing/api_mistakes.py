"""What a type checker finds wrong: an ignore that is not needed is an error too."""

from __future__ import annotations

from arware.resources.org import Org
from arware.resources.user import User

length = len(User().email)  # type: ignore[arg-type]  # it may be None
typo = User().emial  # type: ignore[attr-defined]  # no such field
Org().name = "x"  # type: ignore[assignment]  # assigned by update() only
Org.find(7)  # type: ignore[arg-type]  # an id is a text
User().create_membership("org_1")  # type: ignore[call-arg]  # its fields have names
str(User().created_at.year)  # type: ignore[union-attr]  # it may be None
number: int = Org(id="org_1").update(name="x").bit_count()
text: str = Org.update("org_1", name="x")  # type: ignore[assignment]  # it returns an Org
