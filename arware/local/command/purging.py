"""``arware realm purge``: forget at once what has been kept long enough."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from arware.kit.jobs import Incomplete
from arware.kit.operator import Line, NotDone, Remark, Run

from ..retention import purge as forget

if TYPE_CHECKING:
    from ..realm import Realm


def purge(_parser: argparse.ArgumentParser) -> Run:
    """Forget what has been kept long enough, as a job does each hour."""
    return _purge


def _purge(realm: Realm, _arguments: argparse.Namespace) -> Iterator[str | Line]:
    try:
        removed = forget(realm, realm.now)
    except Incomplete as error:
        said = f"the rest was forgotten, but {error}; see above"
        raise NotDone(said, "job_failed") from None
    for what, count in removed.items():
        text = f"{count:8}  {what}" if count else ""
        yield Line(text, {"what": what, "removed": count})
    if not any(removed.values()):
        yield Remark("There was nothing to forget: see the settings retention.*.")
