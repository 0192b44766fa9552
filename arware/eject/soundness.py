"""What git cannot see: that changes at two places do not go together."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterator


def problem(path: str, merged: bytes, *versions: bytes) -> str:
    """
    Return why the file at *path* cannot be right, "" if nothing is known.

    It is known of Python that does not compile with the running version, and of a
    function, a class or a method that is new on both sides and now stands there twice,
    so that one hides the other. *versions* are the base, if there is one, yours and
    theirs, from which *merged* comes.
    """
    if not path.endswith(".py"):
        return ""
    try:
        names = _defined(merged)
    except (SyntaxError, ValueError) as error:
        return f"both changes together are no Python: {error}"
    *base, yours, theirs = map(_names, versions)
    new = (yours.keys() & theirs.keys()).difference(*base)
    twice = [name for name in new if names[name] > max(yours[name], theirs[name])]
    return f"both changes define {', '.join(sorted(twice))}" if twice else ""


def _names(content: bytes) -> Counter[str]:
    """Return how often each name is defined; in what is no Python, none is."""
    try:
        return _defined(content)
    except (SyntaxError, ValueError):
        return Counter()


def _defined(content: bytes) -> Counter[str]:
    """Return how often each name is defined; raise if it does not compile."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(content, "merged", "exec", dont_inherit=True)
        return Counter(_definitions(ast.parse(content).body))


def _definitions(body: list[ast.stmt], inside: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield inside + node.name
        if isinstance(node, ast.ClassDef):
            yield from _definitions(node.body, f"{inside}{node.name}.")
