"""A user is locked first: whoever changes one waits for the other, and no two do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ... import locking, one_time
from ...realm import Realm
from ..conftest import find
from ..locks import meanwhile
from ..support import ADA, needs

HERE = Path(__file__).parents[2]


@needs("reset")
def test_a_link_that_is_used_while_another_is_made(any_realm: Realm) -> None:
    """Who asks for the next link voids the one that is being used: in this order."""
    ada, now = find(any_realm, ADA), any_realm.now
    with any_realm.writing() as db:
        token = one_time.make(any_realm, db, "tpw", ada, now)

    def use() -> None:
        with pytest.raises(Exception, match="token_invalid"), any_realm.writing() as db:
            one_time.consume(any_realm, db, "tpw", token, now)

    with ExitStack() as stack, any_realm.writing() as db:
        assert locking.lock(db, ada.id) is not None
        stack.enter_context(meanwhile(any_realm, use))
        one_time.make(any_realm, db, "tpw", ada, now)


def bare_transactions(path: Path) -> Iterator[str]:
    """Yield where a function that knows who asks opens a transaction for nobody."""
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        given = {argument.arg for argument in function.args.args}
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or node.args:
                continue
            is_bare = ast.unparse(node.func).endswith("realm.writing")
            if is_bare and given & {"caller", "member", "request"}:
                yield f"{path.relative_to(HERE)}:{node.lineno}"


def test_whoever_asks_is_who_a_transaction_is_for() -> None:
    """So none that a member asks for forgets to look whether the session holds."""
    tests = HERE / "tests"
    sources = [path for path in HERE.rglob("*.py") if tests not in path.parents]
    places = [place for path in sources for place in bare_transactions(path)]

    assert sources
    assert places == []
