"""Secrets are compared in constant time, and no log line is given one (T18, T37)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "arware"
#: What an assertion of a test compares is no secret.
TESTS = PACKAGE / "local" / "tests"
SOURCES = sorted(
    path for path in PACKAGE.rglob("*.py") if not path.is_relative_to(TESTS)
)

#: Names of what must not be compared by ``==``, as a whole word of a longer name.
SECRET = re.compile(
    r"(^|_)(sig|signature|mac|hmac|digest|token|secret|password|api_key|code)s?$"
)
#: What is called like a secret and is none.
HARMLESS = re.compile(r"(^|_)(status|country|language|exit|error|return)_?code$")

#: Where ``==`` gives nothing away, and why.
HARMLESS_COMPARISONS = {
    # Somebody types the same new password twice at a terminal of their own.
    "getpass.getpass('Again: ') != password",
}

LOGGERS = ("log", "logger", "logging")
LEVELS = ("debug", "info", "warning", "error", "exception", "critical", "log")
#: What may hold a credential: a token, a cookie, a whole request, its query, a secret.
CREDENTIAL = re.compile(
    r"(^|_)(token|secret|password|cookie|cookies|query|authorization|authorizations|"
    r"api_key|jwt_key|ar_state|claims|header|headers|body|environ|scope|request|text)s?$"
)


def found_in_sources(search: Callable[[ast.AST], Iterator[str]]) -> list[str]:
    """Return all that *search* finds in the package, each with its file."""
    return [
        f"{path.relative_to(PACKAGE)}, {found}"
        for path in SOURCES
        for found in search(ast.parse(path.read_text("utf-8")))
    ]


def names_in(node: ast.expr) -> Iterator[str]:
    """Yield what *node* itself is called; not what is asked about it."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            yield name
        case ast.Call(func=ast.Attribute(value=inner, attr="encode" | "strip")):
            yield from names_in(inner)


def is_constant(node: ast.expr) -> bool:
    """Tell whether *node* is written down in the code, so that it is no secret."""
    return isinstance(node, ast.Constant | ast.Tuple | ast.List) or (
        isinstance(node, ast.Name) and node.id.isupper()
    )


def is_column(node: ast.expr) -> bool:
    """Tell whether *node* is a column of a table, which the database compares."""
    match node:
        case ast.Attribute(value=ast.Name(id=owner)):
            return owner[:1].isupper() and not owner.isupper()
        case ast.Attribute(value=ast.Attribute(attr="c")):
            return True
    return False


def comparisons(tree: ast.AST) -> Iterator[str]:
    """Yield each comparison by ``==`` or ``!=`` of something called like a secret."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        if not any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            continue
        if any(is_constant(side) or is_column(side) for side in sides):
            continue
        for name in (name for side in sides for name in names_in(side)):
            text, word = ast.unparse(node), name.lower()
            if text in HARMLESS_COMPARISONS or HARMLESS.search(word):
                continue
            if SECRET.search(word):
                yield f"line {node.lineno}: {text}"


def test_t18_no_secret_is_compared_by_equality() -> None:
    """``==`` stops at the first difference, and so tells where it is."""
    assert found_in_sources(comparisons) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("a.token == b", True),
        ("given['api_key'] != kept", True),
        ("secret.encode() == other", True),
        ("x == signature", True),
        ("token == ''", False),
        ("response.status_code == other", False),
        ("token is None", False),
        ("len(token) == other", False),
        ("a == b", False),
        ("Session.digest == before.digest", False),
        ("_COOKIES.c.digest == bindparam('before')", False),
    ],
)
def test_t18_the_search_finds_what_it_is_for(code: str, found: bool) -> None:
    """A test that finds nothing must be one that could."""
    assert bool(list(comparisons(ast.parse(code)))) is found


@pytest.mark.parametrize("name", ["core/state.py", "cache/signing.py"])
def test_t18_what_we_compare_ourselves_is_compared_in_constant_time(name: str) -> None:
    """States and signed values; cookies and tokens are left to WebOb and PyJWT."""
    calls = [
        node.func.attr
        for node in ast.walk(ast.parse((PACKAGE / name).read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]

    assert "compare_digest" in calls


def log_calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield each call of a logger."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LEVELS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in LOGGERS
        ):
            yield node


def leaks(tree: ast.AST) -> Iterator[str]:
    """Yield each log line whose text is put together, or that gets a credential."""
    for call in log_calls(tree):
        message, *arguments = call.args
        if not (isinstance(message, ast.Constant) and isinstance(message.value, str)):
            yield f"line {call.lineno}: the text is not a constant"
        for argument in arguments:
            for name in names_in(argument):
                if CREDENTIAL.search(name.lower()):
                    yield f"line {call.lineno}: {ast.unparse(argument)}"


def test_t37_no_log_line_is_given_a_credential() -> None:
    """The text is a constant, the rest are reasons, names of errors and numbers."""
    assert found_in_sources(leaks) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("log.debug('x %s', token)", True),
        ("log.debug('x %s', self.request.query)", True),
        ("log.debug(f'x {token}')", True),
        ("log.debug('x %s', failure.reason)", False),
        ("log.debug('x')", False),
    ],
)
def test_t37_the_search_finds_what_it_is_for(code: str, found: bool) -> None:
    """A test that finds nothing must be one that could."""
    assert bool(list(leaks(ast.parse(code)))) is found
