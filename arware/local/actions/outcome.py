"""What an action returns when it does not do what was asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """
    An action that was not done, and why.

    *reason* is a stable word for programs, *message* a sentence for people, *field*
    the field that is at fault, if one is. *also* holds further faults. *wait* is the
    number of seconds after which trying again makes sense.
    """

    reason: str
    message: str
    field: str | None = None
    also: tuple[Refused, ...] = ()
    wait: int | None = None

    @property
    def all(self) -> tuple[Refused, ...]:
        """The first fault and the further ones."""
        return (self, *self.also)


def together(refusals: list[Refused]) -> Refused | None:
    """Return one refusal that holds them all, ``None`` when there is none."""
    if not refusals:
        return None
    first, *others = refusals
    return Refused(
        first.reason, first.message, first.field, tuple(others), wait=first.wait
    )


#: The answer to all logins that fail, whatever the cause: it tells nothing.
LOGIN_FAILED = Refused(
    "login_failed",
    "The e-mail address or the password is wrong. "
    "After several attempts, wait a while before the next one.",
)


def too_many_tries(seconds: int, field: str | None = None) -> Refused:
    """
    Return the refusal of a password that was not looked at, for so many *seconds*.

    They are rounded up, so that counters cannot be read from them.
    """
    wait, words = 10, "in a few seconds"
    if seconds > 60:
        minutes = -(-seconds // 60)
        wait, words = 60 * minutes, f"in {minutes} minutes"
    elif seconds > 10:
        wait, words = 60, "in a minute"
    message = f"Too many attempts. Try again {words}."
    return Refused("too_many_tries", message, field, wait=wait)


BUSY = Refused("busy", "The server is busy. Try again in a moment.", wait=2)
