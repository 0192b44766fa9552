"""Sending what is in an outbox: claim, hand over, strike off; each a step by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Literal

from sqlalchemy.orm import Session

from arware.kit.mail import (
    MailDelayed,
    Mailer,
    MailRefused,
    ServerUnavailable,
    make_message,
)
from arware.kit.outbox import Claim, Outbox
from arware.kit.sealing import CannotOpen

log = logging.getLogger("arware.kit.delivery")

Result = Literal["sent", "delayed", "failed"]
Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    Hands what is due in *outbox* to *mailer*, in the name of *sender*.

    *reading* and *writing* open transactions; none is open while a server is spoken
    to. *clock* tells the UTC seconds. Any number of threads and processes may deliver
    from one outbox: each mail is one's, and that of another one after a lease if the
    first is killed.
    """

    outbox: Outbox
    mailer: Mailer
    sender: Address
    reading: Transaction
    writing: Transaction
    clock: Callable[[], float]

    def run(
        self, most: int = 100, stopping: Callable[[], bool] = lambda: False
    ) -> dict[Result, int]:
        """
        Deliver up to *most* mails; return how many were sent, delayed and given up.

        It ends early once *stopping* says so, between two mails, or the server takes
        nothing at all: those that were not tried keep their turn.
        """
        counts: dict[Result, int] = {"sent": 0, "delayed": 0, "failed": 0}
        with self.reading() as db:
            due = self.outbox.due(db, self._now(), most)
        for id in due:
            if stopping():
                break
            claim = self._claim(id)
            if claim is None:
                continue
            result, is_available = self._deliver(claim)
            counts[result] += 1
            if not is_available:
                break
        return counts

    def _now(self) -> int:
        return int(self.clock())

    def _claim(self, id: str) -> Claim | None:
        with self.writing() as db:
            return self.outbox.claim(db, id, self._now())

    def _deliver(self, claim: Claim) -> tuple[Result, bool]:
        """Return what became of the mail, and whether the server takes others."""
        try:
            self._hand_over(claim)
        except MailRefused as error:
            return self._give_up(claim, error.reason), True
        except MailDelayed as error:
            is_available = not isinstance(error, ServerUnavailable)
            return self._delay(claim, error.reason), is_available
        with self.writing() as db:
            self.outbox.sent(db, claim, self._now())
        log.info("mail %s was sent", claim.id)
        return "sent", True

    def _hand_over(self, claim: Claim) -> None:
        try:
            mail = self.outbox.open(claim)
            message = make_message(
                mail, sender=self.sender, id=claim.id, made_at=claim.made_at
            )
        except CannotOpen:
            # Another process may have the secret that this one does not know yet.
            raise MailDelayed("unreadable") from None
        except ValueError:
            raise MailRefused("no message") from None
        try:
            self.mailer.send(message)
        except (MailRefused, MailDelayed):
            raise
        except Exception as error:  # noqa: BLE001
            # One mail must not stop the others. The error's text may hold what it says.
            log.error("mail %s: fault %s", claim.id, type(error).__qualname__)  # noqa: TRY400
            raise MailDelayed("internal") from None

    def _give_up(self, claim: Claim, reason: str) -> Result:
        with self.writing() as db:
            self.outbox.failed(db, claim, self._now(), reason)
        return self._told(claim, reason)

    def _delay(self, claim: Claim, reason: str) -> Result:
        with self.writing() as db:
            waits = self.outbox.delayed(db, claim, self._now(), reason)
        if not waits:
            return self._told(claim, reason)
        log.warning("mail %s was not sent, and waits: %s", claim.id, reason)
        return "delayed"

    def _told(self, claim: Claim, reason: str) -> Result:
        log.error("mail %s was given up: %s", claim.id, reason)
        return "failed"
