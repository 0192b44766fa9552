"""The realm: its parts put together, and what a program may ask of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from arware.kit.addresses import Clients
from arware.kit.endings import Watcher, Watchers
from arware.kit.jobs import Job, Jobs
from arware.kit.migrations import migrate
from arware.kit.passwords import Busy, Passwords
from arware.kit.sealing import Sealer
from arware.kit.secrets import keyed_digest
from arware.kit.web.joining import Joined
from arware.kit.web.refusals import Refused
from arware.tokens.keys import KeySet, parse_key_document

from . import events, overview, people, retention, seeding, sessions
from .branding import Brand
from .caller import OPERATOR, Caller, Member
from .events import Event
from .features import FEATURES
from .models import User
from .opening import open_parts
from .scopes import OWNER
from .settings import RealmSettings
from .tables import MIGRATIONS
from .texts import BUSY

if TYPE_CHECKING:
    from .features.api_tokens.flow import Issued

log = logging.getLogger("arware.local")


class Realm:
    """
    A realm of one's own that speaks AuthRocket's protocol.

    Give it the database's URL and further settings as keywords, see
    :class:`~.settings.RealmSettings`, or these settings as one object. A signing key
    and a secret are made if there are none. An SQLite database of a realm on loopback
    is brought up to date; any other has to be so already (``arware realm migrate``),
    unless *migrate* is true. Raises :class:`~arware.errors.ConfigurationError` with all
    that is wrong.

    A realm is made once and may be used by many threads. Close it at the end, or use
    it in a ``with``.
    """

    def __init__(
        self,
        settings: RealmSettings | str | None = None,
        *,
        migrate: bool | None = None,
        **overrides: Any,
    ) -> None:
        if isinstance(settings, str):
            settings = RealmSettings.read(database=settings, **overrides)
        elif settings is None:
            settings = RealmSettings.read(**overrides)
        elif overrides:
            raise TypeError("give either settings or their fields, not both")
        self.settings = settings
        settings.join(self.joined.settings, self.joined.checks)
        parts = open_parts(settings, migrate=migrate)
        self.id = parts.id
        self.secrets = parts.secrets
        self.database = parts.database
        self.keys = parts.keys
        self.password_rules = parts.password_rules
        #: The tags of the languages that it speaks, like ``es``; the first by default.
        self.locales = parts.locales
        self.passwords = Passwords(
            slots=settings.hashing_slots,
            patience=settings.hashing_wait,
            cheap=settings.cheap_hashing,
            sealer=self.sealer,
            sealed=settings.encrypt_password_hashes,
        )
        self.clients = Clients(settings.trusted_proxies, log)
        self.watchers = Watchers()
        self.jobs = Jobs(
            [
                Job(one.name, partial(one.function, self), one.every)
                for one in self.joined.jobs
            ],
            settings.clock,
        )
        self._key_set: tuple[object, KeySet] | None = None

    def __repr__(self) -> str:
        # Also of one that could not be opened, which an error's traceback shows.
        return f"Realm(url={self.url!r})"

    def __enter__(self) -> Realm:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The realm's public address, what applications call ``loginrocket_url``."""
        return f"{self.settings.base_url}/"

    @property
    def issuer(self) -> str:
        """What the tokens name as their issuer."""
        return self.settings.issuer

    @cached_property
    def brand(self) -> Brand:
        """How its pages look like the team's own."""
        return Brand(self.settings.color, self.settings.logo)

    @cached_property
    def wsgi_app(self) -> Any:
        """The realm as a WSGI application."""
        # Late, as below: pages and features import this module.
        from .serving import make_app

        return make_app(self)

    # What flows work with.

    @property
    def now(self) -> int:
        """The time, in whole seconds. Only the edges ask for it."""
        return int(self.settings.clock())

    @property
    def joined(self) -> Joined:
        """What the features have added, the same for all realms of a process."""
        from .app import joined

        return joined()

    def operator(self) -> Caller:
        """Return who asks when it is an operator or a program, now."""
        return Caller("", OPERATOR, self.now)

    def reading(self) -> AbstractContextManager[Session]:
        """Open a transaction that only reads."""
        return self.database.reading()

    @contextmanager
    def writing(
        self, caller: Caller | None = None, *, also_impersonated: bool = False
    ) -> Iterator[Session]:
        """
        Open a transaction that writes, and commits at the end.

        *caller* is who asks for it, ``None`` for what the realm does by itself. Where
        that is a ``Member`` it begins with :func:`.sessions.hold`, which
        raises :class:`Refused` if the session or the account is not what it was, and
        where an operator acts as the user, unless it is *also_impersonated*.

        Raises :class:`RuntimeError` inside another one of the same thread. Hash
        passwords before: nobody else can write meanwhile.
        """
        with self.database.writing() as db:
            if isinstance(caller, Member):
                sessions.hold(db, caller, also_impersonated=also_impersonated)
            yield db

    def record(self, db: Session, event: Event, caller: Caller) -> None:
        """Write down in its transaction what happened, and tell the handlers."""
        events.record(self, db, event, caller)

    def digest(self, purpose: str, text: str) -> str:
        """Return the digest of *text*, made with the secret that signs."""
        return keyed_digest(self.secrets[0], purpose, text)

    def digests(self, purpose: str, text: str) -> list[str]:
        """Return the digests of *text*, one for each secret that still counts."""
        return [keyed_digest(secret, purpose, text) for secret in self.secrets]

    @cached_property
    def sealer(self) -> Sealer:
        """What encrypts the values that the database keeps but may not read."""
        return Sealer(self.secrets)

    def hash_new(self, password: str) -> str:
        """Return the hash of a new *password*. Raises ``Refused`` when too busy."""
        try:
            return self.passwords.hash(password)
        except Busy:
            raise Refused(BUSY, wait=2) from None

    def verify(self, stored: str | None, password: str) -> bool:
        """
        Tell whether *password* is the one of *stored*; with ``None`` it is not.

        The work is the same. Raises ``Refused`` when too busy. It counts nothing: see
        ``proof``.
        """
        try:
            return self.passwords.verify(stored, password)
        except Busy:
            raise Refused(BUSY, wait=2) from None

    # What a program may ask.

    def migrate(self) -> None:
        """Bring the database up to date."""
        migrate(self.database, MIGRATIONS)

    def purge(self) -> dict[str, int]:
        """
        Forget all that was kept long enough, as a job does each hour.

        Returns how many rows that were, by what they were.
        """
        return retention.purge(self, self.now)

    def public_keys(self) -> dict[str, Any]:
        """Return the document that ``/connect/jwks`` serves."""
        return self.keys.document()

    def key_set(self) -> KeySet:
        """Return the keys as adapters read them: one object while they are the same."""
        keys = self.keys.keys
        if self._key_set is None or self._key_set[0] is not keys:
            document = json.dumps(self.public_keys()).encode()
            self._key_set = keys, parse_key_document(document)
        return self._key_set[1]

    def is_session_active(self, session_id: str) -> bool:
        """
        Tell whether the session with this id (``kss_...``) still counts.

        An application in another process asks from time to time, and so learns of the
        sessions that ended elsewhere.
        """
        return sessions.find(self, session_id, self.now) is not None

    def watch(self, watcher: Watcher) -> None:
        """
        Tell *watcher* of the logins that end in this process, as long as it lives.

        Its ``ended`` is called once that is committed, in the thread that did it: with
        ``session_id=`` for a login (``kss_...``) or a revoked API token (``at_...``),
        with ``user_id=`` for all logins of a user who was disabled. It is held weakly.
        Logins that only run out are not told.
        """
        self.watchers.add(watcher)

    def add_user(
        self,
        email: str | None = None,
        password: str | None = None,
        *,
        first_name: str = "",
        last_name: str = "",
        username: str | None = None,
        org: str | None = None,
        permissions: Iterable[str] | None = None,
        orgs: Mapping[str, Iterable[str]] | None = None,
        locale: str | None = None,
        reference: str | None = None,
        custom: Mapping[str, Any] | None = None,
        email_verified: bool = False,
    ) -> str:
        """
        Add a user, as a program or an operator does. Returns the user's id.

        The user has an *email* address, a *username* or both, and logs in with either.
        *org* names an org with *permissions* (by default those of an owner), *orgs*
        maps several to their permissions. An org that exists is named by its id
        (``org_...``, see :meth:`add_org`); any other text is the name of a new one, for
        whoever signs up may have called theirs so. The rules of sign-up hold: raises
        :class:`ValueError` with what is wrong, and then adds nothing.
        """
        accounts = dict(orgs or {})
        if org is not None:
            accounts[org] = OWNER if permissions is None else permissions
        elif permissions is not None:
            raise ValueError("permissions need an org")
        new = seeding.NewUser(
            email=email,
            password=password,
            first_name=first_name,
            last_name=last_name,
            username=username,
            orgs=accounts,
            locale=locale,
            reference=reference,
            custom=custom,
            email_verified=email_verified,
        )
        return seeding.add_user(self, new, self.operator()).user_id

    def add_org(self, name: str) -> str:
        """
        Add an org, and return its id, which :meth:`add_user` takes.

        Raises :class:`ValueError` for what cannot be a name.
        """
        return seeding.add_org(self, name, self.operator())

    def set_user_state(self, name: str, state: Literal["active", "inactive"]) -> bool:
        """
        Let a user log in (``active``), or disable them (``inactive``).

        *name* is their e-mail address or user name.
        Who is disabled is logged out at once, in applications of this process too;
        those in other processes notice at their next check, within 30 seconds where
        they mount the realm. Returns whether there is such a user.
        """
        return self._act_on(name, partial(people.change_state, state=state))

    def derive_secrets(self, purpose: str) -> tuple[str, ...]:
        """
        Return secrets for *purpose*, 64 characters each, derived from the realm's own.

        There is one for each of the realm's: the first is for signing, all verify. They
        are the same in all processes of the realm and tell nothing of the realm's own.
        An adapter that mounts the realm signs its cookies with them, if it is told no
        other secret.
        """
        salt, info = self.id.encode(), f"arware.local.{purpose}".encode()
        return tuple(
            HKDF(SHA256(), 32, salt, info).derive(secret.encode()).hex()
            for secret in self.secrets
        )

    def users(self) -> list[User]:
        """
        Return all users, by what they log in with: the address, or else the user name.

        Changing the rows changes nothing.
        """
        with self.reading() as db:
            return list(overview.users(db))

    def end_waits(self, name: str) -> bool:
        """
        Let a user try passwords and codes again at once, however often they were wrong.

        So an operator helps who cannot wait, and whose password is off after 100
        failures in a row. *name* is the user's e-mail address or user name. Returns
        whether there is such a user.
        """
        return self._act_on(name, people.unlock)

    def _act_on(self, name: str, act: Callable[..., None]) -> bool:
        """Do to the user called *name* what an operator may; tell whether there is."""
        caller = self.operator()
        with self.writing(caller) as db:
            user = people.find_locked(db, name)
            if user is not None:
                act(self, db, user, caller)
        return user is not None

    def add_api_token(
        self,
        user: str,
        name: str,
        *,
        days: int = 90,
        org: str | None = None,
        permissions: Iterable[str] | None = None,
    ) -> str:
        """
        Make an API token (``art_...``) for a user's program, and return it.

        It is shown this once: only a digest is kept. *user* is an e-mail address or a
        user name, *name* says what the token is for, *days* how long it lives (0 for no
        end). It acts in *org* (an id or a name), else in the user's only org; somebody
        in several has to name one. It
        has those *permissions* that its user has there, by default all. Raises
        :class:`ValueError` with what is wrong.
        """
        add, caller = self.feature("api_tokens").add, self.operator()
        token: str = add(
            self, caller, user, name, days=days, org=org, permissions=permissions
        )
        return token

    def api_tokens(self) -> list[Issued]:
        """Return what is known of all API tokens, by user and age."""
        issued: list[Issued] = self.feature("api_tokens").listed(self, self.now)
        return issued

    def revoke_api_token(self, token_id: str) -> bool:
        """
        End the API token with this id (``at_...``) for good.

        Adapters in this process refuse it at once, others within a minute. Returns
        whether there was one to end.
        """
        flow = self.feature("api_tokens")
        return bool(flow.revoke(self, token_id, self.operator()))

    def redeem_api_token(self, text: str) -> str | None:
        """
        Return a login token for the API token *text*, ``None`` if it does not count.

        It does not while its user is disabled, is not in its org any more, or its org
        is closed. The login token is signed as any other; its ``sid`` is the API
        token's id. What is mistyped or made up costs no query, and an unknown one only
        a look-up in an index.
        """
        token: str | None = self.feature("api_tokens").redeem(self, text, self.now)
        return token

    def feature(self, name: str) -> Any:
        """
        Return what decides in a feature, for what a program asks here.

        Raises :class:`LookupError` where it was left out.
        """
        if name not in FEATURES:
            raise LookupError(f"this realm has no {name}: it is not among its features")
        return import_module(f".features.{name}.flow", __package__)

    def close(self) -> None:
        """
        End the jobs of this process and close the database.

        It waits for a mail that is being sent, for 10 seconds at most; the others are
        sent by another process, or when there is one again. The realm serves nothing
        any more.
        """
        self.jobs.stop()
        self.database.close()
