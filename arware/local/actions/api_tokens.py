"""API tokens: what programs show in place of a login, made and ended by an operator."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from arware.kit.canonical import canonical_email
from arware.kit.database import after_commit
from arware.kit.secrets import new_id
from arware.kit.web.refusals import Refused
from arware.tokens.api_tokens import is_api_token, new_api_token

from ..models import ApiToken, Membership, Org, User
from ..people import read_name
from ..sessions import TOUCH_SECONDS
from ..texts import english
from ..tokens import login_token
from .accounts import accounts_of

if TYPE_CHECKING:
    from ..realm import Realm

log = logging.getLogger("arware.local")

#: How long a token lives unless something else is asked for, and at most, in days.
USUAL_DAYS = 90
MOST_DAYS = 3650

#: ASVS 5.0 7.2.3 and 11.5.1 ask for 128 random bits; these are 256.
RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Issued:
    """
    What is known of an API token. The token itself is known only to who holds it.

    *email* is its user's, *org* the name of the org that it acts in. Times are seconds
    since the epoch; *expires_at* is ``None`` for one without an end, *last_used_at* is
    noted once a minute at most. *state* is ``active``, ``expired``, ``revoked``, or
    ``inactive`` while its user is disabled, its org is closed or its user is not in it.
    """

    id: str
    user_id: str
    email: str
    org: str | None
    name: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None
    state: str


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token to be made, for the user with *email*; *days* 0 is one without an end."""

    email: str
    name: str
    days: int = USUAL_DAYS
    org: str | None = None


def add(realm: Realm, new: NewToken, now: int) -> str:
    """
    Make an API token and return it; nobody can look it up again.

    It acts in the org *new* names (by id or name), else in the user's only one, as a
    login would. Raises :class:`ValueError`.
    """
    try:
        name = read_name(new.name, "name")
    except Refused as refused:
        raise ValueError(f"name: {english(refused)}") from None
    if not name:
        raise ValueError("name: Say what the token is for.")
    if not 0 <= new.days <= MOST_DAYS:
        raise ValueError(f"days: Give 1 to {MOST_DAYS}, or 0 for no end.")
    asked = select(User).where(User.email == canonical_email(new.email))
    with realm.reading() as db:
        user = db.scalars(asked).first()
    if user is None:
        raise ValueError(f"there is no user {new.email}")
    if user.state != "active":
        raise ValueError(f"{user.email} is disabled")
    token = new_api_token(secrets.token_bytes(RANDOM_BYTES))
    row = ApiToken(
        id=new_id("at"),
        user_id=user.id,
        org_id=_org_id(realm, user, new.org),
        name=name,
        digest=realm.digest("api-token", token),
        created_at=now,
        expires_at=now + new.days * 86_400 if new.days else None,
    )
    with realm.writing() as db:
        db.add(row)
    log.info("api token added token_id=%s user=%s", row.id, user.id)
    return token


def _org_id(realm: Realm, user: User, wanted: str | None) -> str | None:
    """Return the id of the one org that is meant, ``None`` for somebody without any."""
    orgs = [account.org for account in accounts_of(realm, user.id)]
    if wanted is not None:
        named = [org for org in orgs if wanted in (org.id, org.name)]
        if not named:
            raise ValueError(f"org: {user.email} is in no org {wanted}")
        if len(named) > 1:
            ids = ", ".join(org.id for org in named)
            raise ValueError(f"org: several are called {wanted}; give an id: {ids}")
        return named[0].id
    if len(orgs) > 1:
        names = ", ".join(org.name for org in orgs)
        raise ValueError(f"org: {user.email} is in several; name one of: {names}")
    return orgs[0].id if orgs else None


#: A token with its user, and the membership and the active org that it acts in.
_WHOLE = (
    select(ApiToken, User, Membership, Org)
    .join(User, User.id == ApiToken.user_id)
    .outerjoin(
        Membership,
        and_(
            Membership.user_id == ApiToken.user_id,
            Membership.org_id == ApiToken.org_id,
        ),
    )
    .outerjoin(Org, and_(Org.id == Membership.org_id, Org.state == "active"))
)


def listed(realm: Realm, now: int) -> list[Issued]:
    """Return all API tokens, those of the past too, by user and age."""
    asked = _WHOLE.order_by(User.email, ApiToken.created_at, ApiToken.name)
    with realm.reading() as db:
        return [_issued(*row, now=now) for row in db.execute(asked)]


def _issued(
    token: ApiToken, user: User, _: Membership | None, org: Org | None, now: int
) -> Issued:
    if token.revoked_at is not None:
        state = "revoked"
    elif token.expires_at is not None and token.expires_at <= now:
        state = "expired"
    elif user.state != "active" or (token.org_id is not None and org is None):
        state = "inactive"
    else:
        state = "active"
    return Issued(
        id=token.id,
        user_id=user.id,
        email=user.email,
        org=None if org is None else org.name,
        name=token.name,
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
        state=state,
    )


def revoke(realm: Realm, token_id: str, now: int) -> bool:
    """End an API token for good. Returns whether there was one to end."""
    change = (
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(ApiToken.id)
    )
    with realm.writing() as db:
        revoked = db.scalars(change).all()
        for ended in revoked:
            after_commit(db, partial(realm.watchers.tell, session_id=ended))
    if revoked:
        log.info("api token revoked token_id=%s", token_id)
    return bool(revoked)


def redeem(realm: Realm, text: str, now: int) -> str | None:
    """
    Return a login token for the API token *text*, and note that it was used.

    It is made as for a login; its ``sid`` is the API token's id, and it ends with the
    API token at the latest. ``None`` for what is unknown, expired or revoked, and while
    its user is disabled, its org is closed or its user is not in it.
    """
    if not is_api_token(text):
        return None  # made up or mistyped: nothing is looked up
    digests = list(realm.digests("api-token", text))
    asked = _WHOLE.where(
        ApiToken.digest.in_(digests),
        ApiToken.revoked_at.is_(None),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
        User.state == "active",
    )
    with realm.reading() as db:
        # What is joined from outside may be missing, which its type does not say.
        row: Any = db.execute(asked).first()
    if row is None:
        return None
    token, user, membership, org = row
    if token.org_id is not None and org is None:
        return None
    if token.last_used_at is None or token.last_used_at <= now - TOUCH_SECONDS:
        try:
            _touch(realm, token.id, realm.digest("api-token", text), now)
        except SQLAlchemyError as error:
            # It counts all the same: the database may be busy, full or read only.
            log.warning("an API token's use was not noted: %s", type(error).__name__)
    account = None if org is None else (membership, org)
    return login_token(realm, token, user, account, now)


def _touch(realm: Realm, token_id: str, digest: str, now: int) -> None:
    """Note the use; a *digest* of the newest secret outlives the older ones."""
    with realm.writing() as db:
        db.execute(
            update(ApiToken)
            .where(
                ApiToken.id == token_id,
                or_(
                    ApiToken.last_used_at.is_(None),
                    ApiToken.last_used_at <= now - TOUCH_SECONDS,
                ),
            )
            .values(last_used_at=now, digest=digest)
        )
