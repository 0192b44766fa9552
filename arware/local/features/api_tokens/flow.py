"""API tokens: made, listed, ended, and redeemed for login tokens."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from arware.kit.database import after_commit
from arware.kit.secrets import new_id
from arware.kit.web.refusals import Refused
from arware.tokens.api_tokens import is_api_token, new_api_token

from ... import people
from ...caller import Caller
from ...models import User
from ...scopes import Scope, scope_of, scopes_of
from ...texts import english
from ...tokens import login_token
from .events import ApiTokenCreated, ApiTokenRevoked
from .models import ApiToken

if TYPE_CHECKING:
    from ...realm import Realm

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

    *user* is its user's e-mail address, without one the user name, *org* the name of
    the org that it acts in, *permissions* are those of its user's there that it has,
    ``None`` for all. Times are seconds since the epoch; *expires_at* is ``None``
    for one without an end, *last_used_at* is noted once a minute at most. *state* is
    ``active``, ``expired``, ``revoked``, or ``inactive`` while its user is disabled,
    its org is closed or its user is not in it.
    """

    id: str
    user_id: str
    user: str
    org: str | None
    name: str
    permissions: tuple[str, ...] | None
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None
    state: str


def add(
    realm: Realm,
    caller: Caller,
    whose: str,
    name: str,
    *,
    days: int = USUAL_DAYS,
    org: str | None = None,
    permissions: Iterable[str] | None = None,
) -> str:
    """
    Make an API token and return it; nobody can look it up again.

    It is for who is called *whose*; with 0 *days* it has no end. It acts in *org* (an
    id or a name), else in the user's only one, as a login would, and has those
    *permissions* that its user has there, by default all. Raises :class:`ValueError`.
    """
    name = _checked_name(name)
    if not 0 <= days <= MOST_DAYS:
        raise ValueError(f"days: Give 1 to {MOST_DAYS}, or 0 for no end.")
    with realm.writing(caller) as db:
        user = people.find(db, whose)
        if user is None:
            raise ValueError(f"there is no user {whose}")
        if user.state != "active":
            raise ValueError(f"{whose} is disabled")
        scopes = scopes_of(realm, db, [user.id]).get(user.id, ())
        row = ApiToken(
            user_id=user.id,
            org_id=_org_id(whose, scopes, org),
            name=name,
            permissions=None if permissions is None else [*permissions],
            expires_at=caller.now + days * 86_400 if days else None,
        )
        return issue(realm, db, caller, row)


def issue(realm: Realm, db: Session, caller: Caller, row: ApiToken) -> str:
    """Add *row*, which says whose a token is and what for, and return the token."""
    token = new_api_token(secrets.token_bytes(RANDOM_BYTES))
    row.id, row.created_at = new_id("at"), caller.now
    row.digest = realm.digest("api-token", token)
    db.add(row)
    event = ApiTokenCreated(user_id=row.user_id, token_id=row.id, name=row.name)
    realm.record(db, event, caller)
    log.info("api token added token_id=%s user=%s", row.id, row.user_id)
    return token


def _checked_name(text: str) -> str:
    try:
        name = people.read_name(text, "name")
    except Refused as refused:
        raise ValueError(f"name: {english(refused)}") from None
    if not name:
        raise ValueError("name: Say what the token is for.")
    return name


def _org_id(user: str, scopes: tuple[Scope, ...], wanted: str | None) -> str | None:
    """Return the id of the one org that is meant, ``None`` for somebody without any."""
    if wanted is not None:
        named = [one for one in scopes if wanted in (one.org_id, one.name)]
        if not named:
            raise ValueError(f"org: {user} is in no org {wanted}")
        if len(named) > 1:
            ids = ", ".join(one.org_id for one in named)
            raise ValueError(f"org: several are called {wanted}; give an id: {ids}")
        return named[0].org_id
    if len(scopes) > 1:
        names = ", ".join(one.name for one in scopes)
        raise ValueError(f"org: {user} is in several; name one of: {names}")
    return scopes[0].org_id if scopes else None


def listed(realm: Realm, now: int, *which: ColumnElement[bool]) -> list[Issued]:
    """Return the API tokens that are *which*, also ended ones, by user and age."""
    asked = (
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(*which)
        .order_by(*people.BY_LOGIN_NAME, ApiToken.created_at, ApiToken.name)
    )
    with realm.reading() as db:
        rows = db.execute(asked).all()
        scopes = scopes_of(realm, db, {user.id for _, user in rows})
    return [_issued(token, user, scopes.get(user.id, ()), now) for token, user in rows]


def _issued(token: ApiToken, user: User, scopes: tuple[Scope, ...], now: int) -> Issued:
    acts_in = [one.name for one in scopes if one.org_id == token.org_id]
    if token.revoked_at is not None:
        state = "revoked"
    elif token.expires_at is not None and token.expires_at <= now:
        state = "expired"
    elif user.state != "active" or (token.org_id is not None and not acts_in):
        state = "inactive"
    else:
        state = "active"
    return Issued(
        id=token.id,
        user_id=user.id,
        user=user.login_name,
        org=acts_in[0] if acts_in else None,
        name=token.name,
        permissions=None if token.permissions is None else (*token.permissions,),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
        state=state,
    )


def revoke(
    realm: Realm, token_id: str, caller: Caller, *which: ColumnElement[bool]
) -> bool:
    """End an API token for good, if it is *which*. Returns whether there was one."""
    with realm.writing(caller) as db:
        return _revoke(realm, db, and_(ApiToken.id == token_id, *which), caller) > 0


def revoke_all(realm: Realm, db: Session, user_id: str, caller: Caller) -> int:
    """End all API tokens of a user for good. Returns how many there were."""
    return _revoke(realm, db, ApiToken.user_id == user_id, caller)


def _revoke(
    realm: Realm, db: Session, which: ColumnElement[bool], caller: Caller
) -> int:
    change = (
        update(ApiToken)
        .where(which, ApiToken.revoked_at.is_(None))
        .values(revoked_at=caller.now)
        .returning(ApiToken.id, ApiToken.user_id)
    )
    revoked = db.execute(change).all()
    for token_id, user_id in revoked:
        event = ApiTokenRevoked(user_id=user_id, token_id=token_id)
        realm.record(db, event, caller)
        after_commit(db, partial(realm.watchers.tell, session_id=token_id))
        log.info("api token revoked token_id=%s", token_id)
    return len(revoked)


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
    asked = (
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(
            ApiToken.digest.in_(digests),
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
            User.state == "active",
        )
    )
    with realm.reading() as db:
        row = db.execute(asked).first()
        if row is None:
            return None
        token, user = row
        scope = scope_of(realm, db, user.id, token.org_id)
    if token.org_id is not None and scope is None:
        return None
    before = now - realm.settings.touch_seconds
    if token.last_used_at is None or token.last_used_at <= before:
        try:
            _touch(realm, token.id, realm.digest("api-token", text), now)
        except SQLAlchemyError as error:
            # It counts all the same: the database may be busy, full or read only.
            log.warning("an API token's use was not noted: %s", type(error).__name__)
    return login_token(realm, token, user, token.narrowed(scope), now)


def _touch(realm: Realm, token_id: str, digest: str, now: int) -> None:
    """Note that a token was used, and its *digest* by the newest secret."""
    before = now - realm.settings.touch_seconds
    with realm.writing() as db:
        db.execute(
            update(ApiToken)
            .where(
                ApiToken.id == token_id,
                or_(
                    ApiToken.last_used_at.is_(None),
                    ApiToken.last_used_at <= before,
                ),
            )
            .values(last_used_at=now, digest=digest)
        )
