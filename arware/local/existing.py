"""Link the application's own table of users to the users of the realm."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

if TYPE_CHECKING:
    from .current import CurrentUser

T = TypeVar("T", bound="HasLogin")


class HasLogin:
    """
    A mixin for the application's model of users: which user of the realm a row is.

    It adds a column that may be empty, and its index: the migration only adds::

        class Person(HasLogin, Base): ...

        person = db.scalars(Person.logged_in(request.current_user)).one_or_none()
    """

    # An index has a name: a constraint without one cannot be added on SQLite.
    realm_user_id: Mapped[str | None] = mapped_column(
        String(26), unique=True, index=True
    )

    @classmethod
    def logged_in(cls: type[T], user: CurrentUser) -> Select[T]:
        """Return the query of the row of *user*."""
        return select(cls).where(cls.realm_user_id == user.id)
