"""The realm: its parts put together, and what a program may ask of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from alembic.util import CommandError
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from arware.errors import ConfigurationError
from arware.kit.breached_passwords import BreachedPasswords
from arware.kit.database import Database, make_file
from arware.kit.endings import Watcher
from arware.kit.files import is_open_to_all, make_once
from arware.kit.keyring import KeyFault, KeyRing
from arware.kit.migrations import migrate
from arware.kit.password_rules import PasswordRules, read_list
from arware.kit.passwords import Passwords
from arware.kit.secrets import new_id, new_secret
from arware.settings import SECRET_BYTES, Fault
from arware.tokens.keys import KeySet, parse_key_document

from .actions import api_tokens, seeding, sessions
from .models import RealmRow, User
from .settings import RealmSettings
from .store import Store

log = logging.getLogger("arware.local")

MIGRATIONS = Path(__file__).parent / "migrations"


class Realm:
    """
    A realm of one's own that speaks AuthRocket's protocol.

    Give it the database's URL and further settings as keywords, see
    :class:`~.settings.RealmSettings`, or these settings as one object. The database is
    brought up to date, and a signing key and a secret are made if there are none.
    Raises :class:`~arware.errors.ConfigurationError` with all that is wrong.

    A realm is made once and may be used by many threads. Close it at the end, or use
    it in a ``with``.
    """

    def __init__(
        self, settings: RealmSettings | str | None = None, **overrides: Any
    ) -> None:
        if isinstance(settings, str):
            settings = RealmSettings.read(database=settings, **overrides)
        elif settings is None:
            settings = RealmSettings.read(**overrides)
        elif overrides:
            raise TypeError("give either settings or their fields, not both")
        settings.join(())
        self.settings = settings
        self._key_set: tuple[object, KeySet] | None = None
        faults: list[Fault] = []
        secrets = settings.secret or _kept_secret(settings, faults)
        keys = _key_ring(settings, faults)
        rules = _password_rules(settings, faults)
        database = _opened(settings, faults)
        realm_id = ""
        if database is not None and not faults:
            realm_id = _realm_id(database, settings, faults)
        if faults or keys is None or database is None:
            if database is not None:
                database.close()
            raise ConfigurationError(faults)
        self.store = Store(
            settings=settings,
            secrets=secrets,
            realm_id=realm_id,
            database=database,
            passwords=Passwords(
                slots=settings.hashing_slots,
                patience=settings.hashing_wait,
                cheap=settings.cheap_hashing,
            ),
            keys=keys,
            password_rules=rules,
        )
        # Who forks now leaves no connection open: SQLite's must not cross a fork.
        database.close()

    def __repr__(self) -> str:
        return f"Realm({self.id!r}, url={self.url!r})"

    def __enter__(self) -> Realm:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def id(self) -> str:
        """The realm's id (``rl_...``), which every token carries."""
        return self.store.realm_id

    @property
    def url(self) -> str:
        """The realm's public address, what applications call ``loginrocket_url``."""
        return f"{self.settings.base_url}/"

    @property
    def issuer(self) -> str:
        """What the tokens name as their issuer."""
        return self.settings.issuer

    @cached_property
    def wsgi_app(self) -> Any:
        """The realm as a WSGI application."""
        from .app import make_app

        return make_app(self)

    def migrate(self) -> None:
        """Bring the database up to date. It is done at start, too."""
        migrate(self.store.database, MIGRATIONS)

    def public_keys(self) -> dict[str, Any]:
        """Return the document that ``/connect/jwks`` serves."""
        return self.store.keys.document()

    def key_set(self) -> KeySet:
        """Return the keys as adapters read them: one object while they are the same."""
        keys = self.store.keys.keys
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
        return sessions.find(self.store, session_id, self.store.now) is not None

    def watch(self, watcher: Watcher) -> None:
        """
        Tell *watcher* of the logins that end in this process, as long as it lives.

        Its ``ended`` is called once that is committed, in the thread that did it: with
        ``session_id=`` for a login (``kss_...``) or a revoked API token (``at_...``),
        with ``user_id=`` for all logins of a user who was disabled. It is held weakly.
        Logins that only run out are not told.
        """
        self.store.database.watchers.add(watcher)

    def add_user(
        self,
        email: str,
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

        *org* names an org with *permissions* (by default those of an owner), *orgs*
        maps several names to their permissions. An org is found by its name, or made.
        The rules of sign-up hold: raises :class:`ValueError` with what is wrong.
        """
        accounts = dict(orgs or {})
        if org is not None:
            accounts[org] = (
                ("ar:owner", "ar:admin") if permissions is None else (permissions)
            )
        elif permissions is not None:
            raise ValueError("permissions need an org")
        return seeding.add_user(
            self.store,
            seeding.NewUser(
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
            ),
            self.store.now,
        )

    def set_user_state(self, email: str, state: Literal["active", "inactive"]) -> bool:
        """
        Let a user log in (``active``), or disable them (``inactive``).

        Who is disabled is logged out at once, in applications of this process too;
        those in other processes notice at their next check, within 30 seconds where
        they mount the realm. Returns whether there is such a user.
        """
        return seeding.set_state(self.store, email, state, self.store.now)

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
            for secret in self.store.secrets
        )

    def users(self) -> list[User]:
        """Return all users, by e-mail address. Changing the rows changes nothing."""
        return seeding.list_users(self.store)

    def add_api_token(
        self,
        email: str,
        name: str,
        *,
        days: int = api_tokens.USUAL_DAYS,
        org: str | None = None,
    ) -> str:
        """
        Make an API token (``art_...``) for a user's program, and return it.

        It is shown this once: only a digest is kept. *name* says what it is for,
        *days* how long it lives (0 for no end). It acts in *org* (an id or a name),
        else in the user's only org; somebody in several has to name one. Raises
        :class:`ValueError` with what is wrong.
        """
        new = api_tokens.NewToken(email, name, days, org)
        return api_tokens.add(self.store, new, self.store.now)

    def api_tokens(self) -> list[api_tokens.Issued]:
        """Return what is known of all API tokens, by user and age."""
        return api_tokens.listed(self.store, self.store.now)

    def revoke_api_token(self, token_id: str) -> bool:
        """
        End the API token with this id (``at_...``) for good.

        Adapters in this process refuse it at once, others within a minute. Returns
        whether there was one to end.
        """
        return api_tokens.revoke(self.store, token_id, self.store.now)

    def redeem_api_token(self, text: str) -> str | None:
        """
        Return a login token for the API token *text*, ``None`` if it does not count.

        It does not while its user is disabled, is not in its org any more, or its org
        is closed. The login token is signed as any other; its ``sid`` is the API
        token's id. What is mistyped or made up costs no query, and an unknown one only
        a look-up in an index.
        """
        return api_tokens.redeem(self.store, text, self.store.now)

    def close(self) -> None:
        """Close the database. The realm serves nothing any more."""
        self.store.database.close()


def _kept_secret(settings: RealmSettings, faults: list[Fault]) -> tuple[str, ...]:
    """Return the secret that is kept beside the key; make it at the first start."""
    path = settings.secret_path
    try:
        make_once(path, new_secret() + "\n")
        secrets = tuple(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        faults.append(_file_fault("secret", path, error))
        return ()
    if is_open_to_all(path):
        fix = f"Run: chmod 600 {path}"
        faults.append(Fault("secret", None, f"others may read {path}", fix))
    if not secrets or any(len(secret) < SECRET_BYTES for secret in secrets):
        problem = f"{path} holds less than {SECRET_BYTES} bytes"
        faults.append(Fault("secret", None, problem, "Delete it to have one made"))
    return secrets


def _key_ring(settings: RealmSettings, faults: list[Fault]) -> KeyRing | None:
    name = "key_file" if settings.key is None else "key"
    source = settings.key if isinstance(settings.key, str) else settings.key_path
    try:
        return KeyRing(source, make=settings.key is None, clock=settings.clock)
    except OSError as error:
        faults.append(_file_fault(name, settings.key_path, error))
    except KeyFault as fault:
        fix = "Give an RSA private key of 2048 bits or more as PEM, mode 0600"
        faults.append(Fault(name, None, str(fault), fix))
    return None


def _password_rules(settings: RealmSettings, faults: list[Fault]) -> PasswordRules:
    refused, path = frozenset[bytes](), settings.refused_passwords
    if path is not None:
        try:
            refused = read_list(path)
        except OSError as error:
            faults.append(_file_fault("refused_passwords", path, error))
    url = settings.breached_passwords_url
    breached = None if url is None else BreachedPasswords(url)
    return PasswordRules(settings.password_minimum, refused, breached)


def _file_fault(setting: str, path: Path, error: Exception) -> Fault:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Fault(
        setting,
        None,
        f"{path} cannot be used ({reason})",
        "Name a file that the realm may read, in a folder it may write to",
    )


def _opened(settings: RealmSettings, faults: list[Fault]) -> Database | None:
    """Return the database, opened and brought up to date."""
    database = None
    try:
        make_file(settings.database)
        database = Database(settings.database)
        migrate(database, MIGRATIONS)
    except OSError as error:
        path = Path(str(settings.database.database))
        faults.append(_file_fault("database", path, error))
    except ImportError:
        fix = "Install it: pip install 'arware[postgresql]'"
        faults.append(Fault("database", None, "its driver is not installed", fix))
    except (SQLAlchemyError, CommandError) as error:
        log.debug("database not usable", exc_info=True)
        place = settings.database.render_as_string(hide_password=True)
        kind = type(getattr(error, "orig", None) or error).__name__
        problem = f"{place} cannot be opened or brought up to date ({kind})"
        fix = "Check the URL, that the server runs, and what its user may do"
        faults.append(Fault("database", None, problem, fix))
    return database


def _realm_id(database: Database, settings: RealmSettings, faults: list[Fault]) -> str:
    """Return the id kept in the database; the first of all processes writes it."""
    row = {
        "number": 1,
        "id": settings.realm_id or new_id("rl"),
        "created_at": int(settings.clock()),
    }
    with database.reading() as session:
        found = session.scalar(select(RealmRow.id))
    if found is None:
        try:
            with database.writing() as session:
                session.execute(insert(RealmRow).values(row))
        except IntegrityError:
            log.debug("another process was first to name the realm")
        with database.reading() as session:
            found = str(session.scalar(select(RealmRow.id)))
    if settings.realm_id is not None and found != settings.realm_id:
        faults.append(
            Fault(
                "realm_id",
                None,
                f"the database belongs to {found}",
                "Leave it out, or use another database",
            )
        )
    return found
