"""What actions work with: the settings, the database, the hasher and the keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from arware.kit.database import Database
from arware.kit.jwt import sign
from arware.kit.keyring import KeyRing
from arware.kit.password_rules import PasswordRules
from arware.kit.passwords import Passwords
from arware.kit.secrets import keyed_digest

from .models import ApiToken, LoginSession, Membership, Org, User
from .settings import RealmSettings
from .tokens import claims_for


@dataclass(frozen=True, slots=True)
class Store:
    """Everything that lives as long as the realm. It holds nothing of a request."""

    settings: RealmSettings
    secrets: tuple[str, ...] = field(repr=False)
    realm_id: str
    database: Database
    passwords: Passwords
    keys: KeyRing
    password_rules: PasswordRules

    @property
    def now(self) -> int:
        """The time, in whole seconds. Only the edges ask for it."""
        return int(self.settings.clock())

    def reading(self) -> AbstractContextManager[Session]:
        """Open a transaction that only reads."""
        return self.database.reading()

    def writing(self) -> AbstractContextManager[Session]:
        """Open a transaction that writes, and commits at the end."""
        return self.database.writing()

    def digest(self, purpose: str, text: str) -> str:
        """Return the digest of *text*, made with the secret that signs."""
        return keyed_digest(self.secrets[0], purpose, text)

    def digests(self, purpose: str, text: str) -> Iterator[str]:
        """Return the digests of *text*, one for each secret that still counts."""
        return (keyed_digest(secret, purpose, text) for secret in self.secrets)

    def token(
        self,
        session: LoginSession | ApiToken,
        user: User,
        account: tuple[Membership, Org] | None,
        now: int,
    ) -> str:
        """Return a new login token for *session*, or what stands for one."""
        claims = claims_for(
            session,
            user,
            account,
            realm_id=self.realm_id,
            settings=self.settings,
            now=now,
        )
        return sign(self.keys.signer, claims)
