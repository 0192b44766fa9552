"""``arware realm operator``: the only way to become an operator (RQ-N3)."""

from __future__ import annotations

import pytest

from ... import operators
from ...features.operator.commands import add, list_all, remove
from ...realm import Realm
from ..conftest import find
from ..operating import said
from ..support import ADA


def run(realm: Realm, action: str, *words: str) -> list[str]:
    """Run the command; return the lines."""
    actions = {"add": add, "remove": remove, "list": list_all}
    lines = said(realm, actions[action], *words)
    return [getattr(line, "text", line) for line in lines]


def is_operator(realm: Realm) -> bool:
    """Tell whether Ada is one."""
    with realm.reading() as db:
        return operators.is_one(db, find(realm, ADA).id)


def test_rq_n3_nobody_is_an_operator_from_the_beginning(realm: Realm) -> None:
    """The command makes the first one, and every other."""
    assert run(realm, "list") == ["There are no operators."]
    assert run(realm, "add", "ADA@example.com")[0] == "ADA@example.com is an operator."
    assert is_operator(realm)
    assert run(realm, "add", ADA)[0] == f"{ADA} is an operator already."
    assert [ADA in line for line in run(realm, "list")] == [True]


def test_rq_n3_an_operator_becomes_an_ordinary_user_again(realm: Realm) -> None:
    """Only somebody who was one."""
    run(realm, "add", ADA)
    run(realm, "remove", ADA)

    assert not is_operator(realm)
    with pytest.raises(ValueError, match=f"there is no operator {ADA}"):
        run(realm, "remove", ADA)


def test_only_a_user_becomes_operator(realm: Realm) -> None:
    """The command says who is none."""
    with pytest.raises(ValueError, match="there is no user eve"):
        run(realm, "add", "eve")
