"""What an application has that the code brings, too: tables, addresses, a realm."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from .application import Source, called

_METHODS = frozenset(("get", "post", "put", "patch", "delete", "route", "api_route"))
#: What adds an address by a call; the first two are Django's.
_ROUTES = frozenset((
    "path", "re_path", "add_static_view", "add_url_rule", "add_api_route", "mount",
    "Mount", "Route", "route",
))  # fmt: skip
#: The keywords by which routers and blueprints are put below a path.
_PREFIXES = frozenset(("prefix", "url_prefix", "route_prefix", "rule", "pattern"))
_TABLES = frozenset(("Table", "create_table"))
#: What gives a realm of arware's to an adapter: a keyword, a key or a name.
_MOUNTS = frozenset(("local_realm", "authrocket.local_realm", "AUTHROCKET_LOCAL_REALM"))


def tables(found: Sequence[Source], names: Collection[str]) -> Iterator[str]:
    """Yield where *found* declare a table that is called like one of *names*."""
    for source in found:
        for node in ast.walk(source.tree or ast.Module([], [])):
            for value in _declared(node):
                if _text(value) in names:
                    yield f"{source.path}:{value.lineno} has a table {_text(value)}"


def _declared(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if "__tablename__" in names or "db_table" in names:
            yield node.value
    elif isinstance(node, ast.Call) and called(node) in _TABLES and node.args:
        yield node.args[0]


def mounts(found: Sequence[Source]) -> Iterator[str]:
    """Yield where *found* mount arware's own realm, which answers before the code."""
    for source in found:
        for node in ast.walk(source.tree or ast.Module([], [])):
            match node:
                case (
                    ast.keyword(arg=name)
                    | ast.Constant(value=name)
                    | ast.Name(id=name, ctx=ast.Store())
                ) if name in _MOUNTS:
                    yield f"{source.path}:{node.lineno}"


def routes(found: Sequence[Source], prefix: str) -> Iterator[str]:
    """Yield where *found* declare an address at or below *prefix*."""
    for source in found:
        for node in ast.walk(source.tree or ast.Module([], [])):
            for value in _addresses(node):
                address = "/" + _text(value).lstrip("^/")
                if f"{address}/".startswith(f"{prefix}/"):
                    yield f"{source.path}:{value.lineno} has an address {address}"


def _addresses(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for one in node.decorator_list:
            if isinstance(one, ast.Call) and called(one) in _METHODS:
                yield from one.args[:1]
    elif isinstance(node, ast.Call):
        if called(node) in _ROUTES:
            yield from node.args[:1]
        elif called(node) == "add_route":  # Pyramid's has a name before it
            yield from [one for one in node.args[:2] if _text(one)][-1:]
        for keyword in node.keywords:
            if keyword.arg in _PREFIXES:
                yield keyword.value


def _text(node: ast.expr) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text else ""  # type: ignore[attr-defined]
