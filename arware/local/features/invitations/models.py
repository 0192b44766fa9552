"""The table of the invitations."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from arware.kit.one_time import OneTimeTokenColumns
from arware.kit.personal import Personal

from ...models import ID, Base


class Invitation(OneTimeTokenColumns, Base):
    """
    An invitation, and what its link is known by.

    *user_id* is who invited, *address* who was, *data* what the page says of it. It is
    to the org *org_id*, with *permissions* there, or else to the realm. *used_at* is
    when it was accepted, by *accepted_by*, or else taken back.
    """

    __tablename__ = "ar_invitations"
    __table_args__ = (UniqueConstraint("id"), Index(None, "address"))
    personal = Personal(
        "invitations",
        ("selector", "digest", "kind", "own", "version", "data"),
        of="address",
        # Who only signed up with an address learns nothing of its owner, and a closed
        # account takes no invitation of the owner's away.
        by="proved_email",
    )

    id: Mapped[str] = mapped_column(ID)
    org_id: Mapped[str | None] = mapped_column(ID, index=True)
    permissions: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    accepted_by: Mapped[str | None] = mapped_column(String(26))
    created_at: Mapped[int] = mapped_column(BigInteger)
