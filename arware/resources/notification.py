"""Notifications: what became of an event's hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .associations import Parent
from .base import Resource
from .fields import moment, number, text

if TYPE_CHECKING:
    from .event import Event
    from .hook import Hook


class Notification(Resource):
    """What became of one hook for one event. It comes with the event."""

    __slots__ = ()
    _kind = "notification"

    event_id = text()
    hook_id = text()
    hook_type = text()
    attempts = number()
    last_destination = text()
    last_result = text()
    state = text()
    last_attempt_at = moment()

    event: Parent[Event] = Parent()
    hook: Parent[Hook] = Parent()
