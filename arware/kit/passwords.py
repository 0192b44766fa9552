"""Passwords: normalised, hashed with Argon2id, a bounded number at once."""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

import argon2
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from arware.fork import PerProcess

from .foreign_hashes import check_of, native
from .sealing import PREFIX, CannotOpen, Sealer

#: Against denial of service only; nothing is ever cut off.
LONGEST_BYTES = 1024

#: Of a hash that is taken from elsewhere, in characters. Sealed it has 393.
LONGEST_HASH = 255
_PURPOSE = "password"


class Busy(Exception):
    """More passwords are being hashed than the realm has room for."""


def normalise(password: str) -> str:
    """
    Return the one form of *password* that is hashed: NFC, and nothing else changed.

    Keyboards differ in how they send é; people do not see the difference.
    """
    return unicodedata.normalize("NFC", password)


class Passwords:
    """
    Hashes and verifies passwords, *slots* at once at the most.

    Who finds no slot waits *patience* seconds for one. With *sealed* a hash is stored
    as *sealer* seals it: who has got hold of the database alone cannot even guess at
    passwords (RQ-H3, NIST SP 800-63B-4 3.1.1.2). Either way what is sealed is opened.
    """

    def __init__(
        self,
        *,
        slots: int = 0,
        patience: float = 3,
        cheap: bool = False,
        sealer: Sealer | None = None,
        sealed: bool = False,
    ) -> None:
        self._patience = patience
        self._sealer = sealer
        #: How what is stored has to begin, ``""`` where it is not sealed.
        self.prefix = sealer.prefix if sealer is not None and sealed else ""
        self._hasher = (
            argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
            if cheap
            else argon2.PasswordHasher(type=Type.ID)
        )
        most = slots or os.cpu_count() or 1
        self._slots = PerProcess(lambda: threading.BoundedSemaphore(most))
        # Somebody unknown costs the same work as somebody known.
        self._unknown = self._hasher.hash(os.urandom(16))

    def hash(self, password: str) -> str:
        """Return the hash to store. Raises :class:`Busy`."""
        with self._slot():
            return self.closed(self._hasher.hash(_bytes(password)))

    def verify(
        self, stored: str | None, password: str, decoy: str | None = None
    ) -> bool:
        """
        Tell whether *password* is the one of *stored*.

        With ``None`` the answer is no, after the work that *decoy* costs, a hash of
        somebody else, or one of our own. What another library made is compared as that
        does it: see :mod:`.foreign_hashes`. Raises :class:`Busy`.
        """
        own = self.opened(stored)
        hashed = native(own or self.opened(decoy) or self._unknown)
        foreign = check_of(hashed)
        with self._slot():
            if foreign is not None:
                is_right = foreign(cut(password).encode("utf-8", "surrogatepass"))
            else:
                is_right = self._is_ours(hashed, password)
        return is_right and bool(own)

    def _is_ours(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    def needs_rehash(self, stored: str) -> bool:
        """Tell whether *stored* was made otherwise than today, or elsewhere."""
        own = self.opened(stored) or ""
        try:
            return self._hasher.check_needs_rehash(own)
        except InvalidHashError:
            return check_of(native(own)) is not None or native(own) != own

    def closed(self, hashed: str) -> str:
        """Return *hashed* as it is to be stored."""
        if not self.prefix or self._sealer is None:
            return hashed
        # It is of no row: who may write to the database can make any account theirs
        # without it, say by giving it a login of their own.
        return self._sealer.seal(hashed, purpose=_PURPOSE, row="")

    def opened(self, stored: str | None) -> str | None:
        """
        Return the hash in *stored*, sealed or not.

        ``None`` is for none, and for one whose secret is gone.
        """
        if not stored or not stored.startswith(PREFIX) or self._sealer is None:
            return stored
        try:
            return self._sealer.open(stored, purpose=_PURPOSE, row="")
        except CannotOpen:
            return None

    @contextmanager
    def _slot(self) -> Iterator[None]:
        slots = self._slots.get()
        if not slots.acquire(timeout=self._patience):
            raise Busy
        try:
            yield
        finally:
            slots.release()


def _bytes(password: str) -> bytes:
    # What is too long was never stored; cut, it costs no more than others do.
    data = normalise(cut(password)).encode("utf-8", "surrogatepass")
    return data[: LONGEST_BYTES + 1]


def cut(password: str) -> str:
    """
    Return *password*, or so much of it that it is certainly too long.

    Normalising takes the square of some lengths. What fits into the longest password
    is at most half as many characters more before it.
    """
    return password[: 2 * LONGEST_BYTES]
