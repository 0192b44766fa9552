"""
Cookies by which the realm knows the browsers in which a user has logged in before.

Such a browser has tries of its own, so that those of strangers, however many and from
wherever, do not keep the user out (OWASP, "Slow down online guessing attacks with
device cookies"). The cookie opens nothing. It holds a random token for each account
that the browser has logged in to, and outlives the logins.

Of a token only a keyed digest is stored, over the user's credential version, too: a
password change voids them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from arware.kit.forgetting import delete_some
from arware.kit.secrets import new_secret

from .models import DeviceCookie, User

if TYPE_CHECKING:
    from .realm import Realm

#: How many browsers of one user are known: those that logged in last.
MOST_BROWSERS = 8
#: How many accounts one browser is known for.
MOST_ACCOUNTS = 5
#: How long one is known without a login, in seconds: as long as browsers keep cookies.
MEMORY = 400 * 86_400

# Made once: every login asks them.
_COOKIES: Any = DeviceCookie.__table__
_ADD = insert(_COOKIES)
_RENEW = (
    update(_COOKIES)
    .where(_COOKIES.c.digest == bindparam("before"))
    .returning(_COOKIES.c.digest)
)
_THEIRS = _COOKIES.c.user_id == bindparam("owner")
_LAST = (
    select(_COOKIES.c.digest)
    .where(_THEIRS)
    .order_by(_COOKIES.c.used_at.desc(), _COOKIES.c.digest)
    .limit(MOST_BROWSERS)
)
_REMOVE_OLD = delete(_COOKIES).where(_THEIRS, _COOKIES.c.digest.not_in(_LAST))


def find(
    realm: Realm, db: Session, user: User | None, cookie: str, now: int
) -> str | None:
    """
    Return the digest under which *user* knows the browser with *cookie*, or ``None``.

    Without a user the work is the same.
    """
    digests = [
        digest
        for token in _tokens(cookie)
        for digest in realm.digests("device", _named(user, token))
    ]
    if not digests:
        return None
    asked = select(DeviceCookie.digest).where(
        DeviceCookie.digest.in_(digests), DeviceCookie.used_at > now - MEMORY
    )
    return db.scalars(asked).first()


def make(realm: Realm, db: Session, user: User, cookie: str, now: int) -> str:
    """
    Return a new cookie for a browser with *cookie* in which *user* logs in.

    It is known to *user* by a new token, and to others as it was before. What features
    keep of the browser stays with it.
    """
    token = new_secret()
    digest = realm.digest("device", _named(user, token))
    new = {"digest": digest, "user_id": user.id, "used_at": now}
    before = find(realm, db, user, cookie, now)
    renewed = before and db.scalar(_RENEW, {"before": before, **new})
    if not renewed:
        db.execute(_ADD, new)
        db.execute(_REMOVE_OLD, {"owner": user.id})
    others = [one for one in _tokens(cookie) if not _is_of(realm, user, one, before)]
    return ".".join([token, *others[: MOST_ACCOUNTS - 1]])


def forget(db: Session, before: int, most: int) -> int:
    """Remove those that no browser keeps any more: see :data:`MEMORY`."""
    return delete_some(db, DeviceCookie.digest, DeviceCookie.used_at <= before, most)


def _tokens(cookie: str) -> list[str]:
    """Return the tokens in a cookie, without what cannot be one."""
    tokens = cookie.split(".", MOST_ACCOUNTS)[:MOST_ACCOUNTS]
    return [token for token in tokens if 40 <= len(token) <= 64 and token.isascii()]


def _is_of(realm: Realm, user: User, token: str, digest: str | None) -> bool:
    return digest in realm.digests("device", _named(user, token))


def _named(user: User | None, token: str) -> str:
    """Return what is digested, so that a token counts for one account only."""
    return f"{user.id} {user.credential_version} {token}" if user else f"- 0 {token}"
