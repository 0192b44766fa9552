"""
The tables. Times are whole seconds since the epoch, in UTC.

Their names begin with ``ar_`` so that the realm may share an application's database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from arware.kit.database import COUNTED
from arware.kit.one_time import OneTimeTokenColumns
from arware.kit.outbox import OutboxColumns
from arware.kit.personal import Personal
from arware.kit.throttle import ThrottleColumns
from arware.kit.time_zones import find_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

ID = String(26)


class Base(DeclarativeBase):
    """What all tables share: the names of constraints, so migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class RealmRow(Base):
    """The realm itself: one row, whose id all tokens carry."""

    __tablename__ = "ar_realm"
    __table_args__ = (CheckConstraint("number = 1", name="single"),)

    number: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=False, default=1
    )
    id: Mapped[str] = mapped_column(ID)
    created_at: Mapped[int] = mapped_column(BigInteger)


class User(Base):
    """
    A person. *email* and *username* are in their one canonical form, and so can be
    unique. One of the two is there.
    """

    __tablename__ = "ar_users"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'inactive')", name="state"),
        UniqueConstraint("email"),
        UniqueConstraint("username"),
    )
    personal = Personal("user", ("password_hash", "credential_version"), of="id")

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254))
    email_verified: Mapped[bool] = mapped_column(Boolean, default=False)
    username: Mapped[str | None] = mapped_column(String(62))
    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    locale: Mapped[str | None] = mapped_column(String(35))
    reference: Mapped[str | None] = mapped_column(String(255))
    custom: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(String(10), default="active")
    password_hash: Mapped[str | None] = mapped_column(String(400))
    #: Counts up with each change of a proof: what was sent out before it is void.
    credential_version: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[int] = mapped_column(BigInteger)
    last_login_at: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def name(self) -> str:
        """The name to show: first and last, or else what the user logs in with."""
        parts = (self.first_name, self.last_name)
        return " ".join(part for part in parts if part) or self.login_name

    @property
    def login_name(self) -> str:
        """What the user logs in with: the e-mail address, without one the user name."""
        return self.email or self.username or self.id

    @property
    def time_zone(self) -> str:
        """The name of the time zone, a custom attribute; ``""`` for none."""
        name = (self.custom or {}).get("time_zone")
        return name if isinstance(name, str) else ""

    @property
    def zone(self) -> ZoneInfo | None:
        """The time zone, ``None`` without one that there is."""
        return find_zone(self.time_zone)

    @property
    def is_unconfirmed(self) -> bool:
        """Whether there is an address, and nobody has shown that mail there arrives."""
        return self.email is not None and not self.email_verified

    @property
    def proved_email(self) -> str | None:
        """The address once somebody has shown that mail there arrives, else none."""
        return self.email if self.email_verified else None


class OperatorRow(Base):
    """A user with the permission ``realm:operator``: see :mod:`.operators`."""

    __tablename__ = "ar_operators"
    personal = Personal("operator")

    user_id: Mapped[str] = mapped_column(
        ID, ForeignKey("ar_users.id", ondelete="CASCADE"), primary_key=True
    )
    created_at: Mapped[int] = mapped_column(BigInteger)


class LoginSession(Base):
    """
    A login of one browser. Of its cookie only a keyed digest is stored.

    *factors* are the proofs that were given at *auth_at*, which a later proof renews
    (RQ-M9); that is 0 while a second factor was not asked for, in a browser that is
    trusted. It ends at *expires_at*, and *idle_seconds* after it was last seen: both
    are settled when it is opened. *remembered* is for a browser that is to keep it
    when it is closed, *impersonator* the id of the operator who acts as the user.
    *org_id* is the org that the next token names, where there are orgs.
    """

    __tablename__ = "ar_sessions"
    __table_args__ = (
        UniqueConstraint("digest"),
        Index(None, "user_id"),
        Index(None, "expires_at"),
    )
    personal = Personal("sessions", ("digest",))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(ForeignKey("ar_users.id", ondelete="CASCADE"))
    org_id: Mapped[str | None] = mapped_column(ID)
    factors: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    remembered: Mapped[bool] = mapped_column(Boolean, default=False)
    impersonator: Mapped[str | None] = mapped_column(ID)
    auth_at: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    idle_seconds: Mapped[int] = mapped_column(Integer, server_default="7200")
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    ip: Mapped[str] = mapped_column(String(45), default="")
    client: Mapped[str] = mapped_column(String(255), default="")

    @property
    def claims(self) -> dict[str, Any]:
        """
        What its tokens tell of it (RQ-M9).

        ``auth_time`` is when somebody last proved who they are, if they wholly have,
        ``amr`` by what (OpenID Connect Core 2), ``act`` which operator acts as the user
        (RFC 8693 4.1). A cookie of a session that is not ``remembered`` is to end with
        the browser.
        """
        acting = {"act": {"sub": self.impersonator}} if self.impersonator else {}
        proved = {"auth_time": self.auth_at} if self.auth_at else {}
        return {
            **proved,
            "amr": list(self.factors),
            "remembered": self.remembered,
            **acting,
        }


class PendingLogin(Base):
    """
    A login that lacks a step. Of its cookie only a keyed digest is stored.

    *factors* are the proofs so far, *passed* the steps, *ticked* the boxes of the
    forms, *then* where the person was going. It is over when the user's
    *credential_version* is another. One with a *session_id* opens none in the end, but
    proves that one anew.
    """

    __tablename__ = "ar_pending_logins"
    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))
    personal = Personal("pending_logins", ("digest", "credential_version"))

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("ar_users.id", ondelete="CASCADE"))
    credential_version: Mapped[int] = mapped_column(Integer)
    factors: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    passed: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    ticked: Mapped[list[str]] = mapped_column(
        JSON(none_as_null=True), server_default="[]"
    )
    then: Mapped[str] = mapped_column(Text, default="")
    session_id: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger)


class EventRow(Base):
    """
    Something that happened: the audit log, in the order of *number*.

    It names a user who may be gone, so there is no foreign key. *data* is what the
    type of event has beside; never a secret.
    """

    __tablename__ = "ar_events"
    __table_args__ = (
        UniqueConstraint("id"),
        Index(None, "user_id", "number"),
        Index(None, "type", "at"),
    )
    personal = Personal(
        "events", ("number",), emptied={"ip": "", "client": "", "data": None}
    )

    number: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    id: Mapped[str] = mapped_column(ID)
    type: Mapped[str] = mapped_column(String(62))
    user_id: Mapped[str | None] = mapped_column(ID)
    session_id: Mapped[str | None] = mapped_column(ID)
    at: Mapped[int] = mapped_column(BigInteger)
    ip: Mapped[str] = mapped_column(String(45))
    client: Mapped[str] = mapped_column(String(255))
    data: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class OneTimeToken(OneTimeTokenColumns, Base):
    """What a link in a message carries, good once."""

    __tablename__ = "ar_one_time_tokens"
    personal = Personal("links", ("selector", "digest", "version", "data"))


class Throttle(ThrottleColumns, Base):
    """How often something failed of late."""

    __tablename__ = "ar_throttles"


class DeviceCookie(Base):
    """A browser in which a user has logged in. Of its cookie a digest is stored."""

    __tablename__ = "ar_device_cookies"
    __table_args__ = (Index(None, "user_id"), Index(None, "used_at"))
    personal = Personal("known_browsers", ("digest",))

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("ar_users.id", ondelete="CASCADE"))
    used_at: Mapped[int] = mapped_column(BigInteger)


class MailRow(OutboxColumns, Base):
    """A mail: one that waits, or that one was sent or has failed."""

    __tablename__ = "ar_mails"
    personal = Personal(
        "mails",
        ("body", "tries", "due_at", "claimed_until", "last_error"),
        of="recipient",
        # Who only signed up with an address learns nothing of what its owner is sent,
        # and takes none of it away.
        by="proved_email",
    )
