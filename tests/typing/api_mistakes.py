"""What a type checker finds wrong: an ignore that is not needed is an error too."""

from __future__ import annotations

from arware.resources.org import Org
from arware.resources.user import User

length = len(User().email)  # type: ignore[arg-type]  # wrong
typo = User().emial  # type: ignore[attr-defined]  # wrong
Org().name = "x"  # type: ignore[assignment]  # wrong
Org.find(7)  # type: ignore[arg-type]  # wrong
User().create_membership("org_1")  # type: ignore[call-arg]  # wrong
str(User().created_at.year)  # type: ignore[union-attr]  # wrong
number: int = Org(id="org_1").update(name="x").bit_count()
text: str = Org.update("org_1", name="x")  # type: ignore[assignment]  # wrong
