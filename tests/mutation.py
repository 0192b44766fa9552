"""
Mutation testing: ``python -m tests.mutation [module ...]``.

Each mutant is one small change to one module: a comparison turned, a condition negated,
a constant moved, a statement left out. The tests run against it in a process of their
own, the module's own first: then those of the core, or of the realm for a module like
``local.login``; for one of a feature, like ``local.features.reset.flow``, only that
feature's. A mutant that no test notices has survived; it is shown with its line. The
score is the part that was noticed, over :data:`MODULES` unless others are named.

``--jobs 2`` runs two at a time, ``--floor 90`` is the least score in per cent; below it
the command fails. ``--every 5`` takes one mutant in five, for a quick look. Docstrings,
annotations and what is logged are not mutated.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
import time
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .key_pairs import key_pair

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "arware"
MODULES = (
    "tokens.jwt", "tokens.keys", "web.cookies", "web.urls", "core.credentials",
    "core.state", "core.callback", "core.standing", "core.verdict",
)  # fmt: skip

#: The unit tests that mutants of the core meet, after their module's own.
OTHERS = (
    "core/test_flow.py", "core/test_callback.py", "core/test_responder.py",
    "core/test_credentials.py", "core/test_interleavings.py", "core/test_clocks.py",
    "web/test_browser.py", "web/test_paths.py", "tokens/test_jwt.py",
    "tokens/test_claims.py", "test_links.py",
)  # fmt: skip

#: The tests that mutants of the realm's core meet, after their module's own.
REALM = PACKAGE / "local" / "tests"
REALM_OTHERS = (
    "core/test_login.py", "core/test_sessions.py", "core/test_fresh.py",
    "password/test_change.py", "password/test_owners.py", "reset/test_reset.py",
    "totp/test_flow.py", "sessions",
)  # fmt: skip

#: A mutant that computes longer than this, in seconds, hangs, and so was noticed; one
#: that waits does after ten times as long, on a clock that counts what else runs, too.
PATIENCE = 120

TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
SWAPPED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed module: what was changed, where, and its code."""

    module: str
    line: int
    change: str
    tree: ast.Module


def path_of(module: str) -> Path:
    """Return where *module* stands."""
    place = PACKAGE.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def mutants_of(module: str) -> Iterator[Mutant]:
    """Yield every mutant of *module*."""
    source = path_of(module).read_text("utf-8")
    tree = ast.parse(source)
    skipped = untouched(tree)
    places = [node for node in ast.walk(tree) if node not in skipped]
    for number, node in enumerate(places):
        for variant in range(len(list(changes(copy.deepcopy(node))))):
            changed = ast.parse(source)
            left_out = untouched(changed)
            twin = [n for n in ast.walk(changed) if n not in left_out][number]
            change = list(changes(twin))[variant]
            before = ast.unparse(twin).partition("\n")[0]
            replace(changed, twin, change)
            after = ast.unparse(change).partition("\n")[0]
            ast.fix_missing_locations(changed)
            text = f"{before}  ->  {after}"
            yield Mutant(module, getattr(node, "lineno", 0), text, changed)


def untouched(tree: ast.Module) -> set[ast.AST]:
    """Return the nodes of *tree* that make no difference to what it does."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        for silent in silent_parts(node):
            found.update(ast.walk(silent))
        if isinstance(node, ast.AnnAssign) and node.value is None:
            found.add(node)
    return found


def silent_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what of *node* is form: docstrings, types, imports, what is logged."""
    yield from getattr(node, "decorator_list", ())
    match node:
        case (
            ast.Expr(value=ast.Constant(value=str()))
            | ast.If(test=ast.Name(id="TYPE_CHECKING"))
            | ast.Import()
            | ast.ImportFrom()
            | ast.ClassDef(bases=[*_, ast.Name(id="Protocol")])
            | ast.Assign(targets=[ast.Name(id="log" | "__all__" | "__slots__")])
            | ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log"))))
        ):
            yield node
        case ast.FunctionDef(returns=silent) | ast.AsyncFunctionDef(returns=silent):
            yield from filter(None, [silent])
        case ast.arg(annotation=silent) | ast.AnnAssign(annotation=silent):
            yield from filter(None, [silent])


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what *node* may be changed into."""
    if isinstance(node, ast.expr):
        yield from changed_expressions(node)
    elif isinstance(node, ast.stmt):
        yield from changed_statements(node)


def changed_expressions(node: ast.expr) -> Iterator[ast.AST]:
    """Yield what the expression *node* may be changed into."""
    match node:
        case ast.Compare(ops=[op]):
            yield altered(node, ops=[TURNED[type(op)]()])
        case ast.BoolOp(op=op):
            yield altered(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            yield from (fewer(node, number) for number in range(len(node.values)))
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield copy.deepcopy(operand)
        case ast.BinOp(op=op) if type(op) in SWAPPED:
            yield altered(node, op=SWAPPED[type(op)]())
        case ast.Constant(value=value):
            yield from (ast.Constant(other) for other in other_values(value))
        case ast.IfExp(test=test):
            yield altered(node, test=ast.UnaryOp(ast.Not(), test))


def changed_statements(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield what the statement *node* may be changed into."""
    match node:
        case ast.If(test=test) | ast.While(test=test):
            yield altered(node, test=ast.UnaryOp(ast.Not(), test))
        case (
            ast.Return(value=ast.Constant(value=None | False)) | ast.Return(value=None)
        ):
            return  # whoever asks for a truth cannot tell these apart
        case ast.Return():
            yield ast.Return(ast.Constant(None))
        case ast.Raise() | ast.Expr() | ast.AugAssign():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()


def altered(node: ast.AST, **fields: object) -> ast.AST:
    """Return a copy of *node* with other *fields*."""
    twin = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(twin, name, copy.deepcopy(value))
    return twin


def fewer(node: ast.BoolOp, number: int) -> ast.expr:
    """Return *node* without one of its parts."""
    values = [copy.deepcopy(v) for n, v in enumerate(node.values) if n != number]
    return values[0] if len(values) == 1 else ast.BoolOp(node.op, values)


def other_values(value: object) -> Iterator[object]:
    """Yield what the constant *value* may be changed into."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, str):
        yield f"XX{value}" if value else "XX"
    elif isinstance(value, bytes):
        yield b"XX" + value
    elif value is None:
        yield ""


def replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    """Put *new* in the place of *old* below *tree*."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                return
            if isinstance(value, list):
                for number, item in enumerate(value):
                    if item is old:
                        value[number] = new
                        return
    raise LookupError(ast.dump(old))


# --- Running -----------------------------------------------------------------------


def tests_for(module: str) -> list[list[str]]:
    """Return the tests for mutants of *module*: its own, then the others."""
    folder, _, name = module.rpartition(".")
    match module.split("."):
        case ["local", "features", feature, *_]:
            own, others = REALM / feature, ()
        case ["local", *_]:
            own = REALM / "core" / f"test_{name}.py"
            others = tuple(map(REALM.joinpath, REALM_OTHERS))
        case _:
            own = TESTS / folder / f"test_{name}.py"
            others = tuple(map(TESTS.joinpath, OTHERS))
    groups = ([own] if own.exists() else []), [path for path in others if path != own]
    return [[str(path) for path in group] for group in groups]


class Changed(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Imports the *mutant* where its module is asked for."""

    def __init__(self, mutant: Mutant) -> None:
        path = path_of(mutant.module)
        super().__init__(f"arware.{mutant.module}", str(path))
        self._code = compile(mutant.tree, self.path, "exec")

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        """Return how to load the module of the mutant, and no other one."""
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def get_code(self, fullname: str) -> types.CodeType:
        """Return the code of the mutant."""
        return self._code


def is_noticed(mutant: Mutant) -> bool:
    """Run the tests against *mutant* in this process; tell whether one fails."""
    import pytest

    quick = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider"]
    # Those of pyproject.toml are for plugins that are not loaded.
    quick += ["-o", "addopts=--import-mode=importlib"]
    try:
        sys.meta_path.insert(0, Changed(mutant))
        groups = filter(None, tests_for(mutant.module))
        return any(pytest.main([*quick, *paths]) for paths in groups)
    except BaseException:  # noqa: BLE001 - whatever it does, it was noticed
        return True


def baseline(module: str) -> Mutant:
    """Return *module* as it is, which must survive."""
    tree = ast.parse(path_of(module).read_text("utf-8"))
    return Mutant(module, 0, "nothing was changed", tree)


def start(mutant: Mutant) -> int:
    """Test *mutant* in a child process; return its process id."""
    child = os.fork()
    if child == 0:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        signal.setitimer(signal.ITIMER_PROF, PATIENCE)
        signal.alarm(10 * PATIENCE)
        os._exit(1 if is_noticed(mutant) else 0)
    return child


def run(mutants: list[Mutant], jobs: int) -> list[Mutant]:
    """Return those of *mutants* that survive."""
    survivors: list[Mutant] = []
    waiting = list(mutants)
    running: dict[int, Mutant] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop(0)
            running[start(mutant)] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        if status == 0:
            survivors.append(mutant)
            say(f"  survived: {mutant.module}:{mutant.line}  {mutant.change}")
    return survivors


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


#: What all mutants need and none changes.
COMMON = (
    "alembic.command",
    "cryptography.x509",
    "dogpile.cache.region",
    "jwt.algorithms",
    "pyramid.config",
    "pytest",
    "requests",
    "sqlalchemy.orm",
    "webob.cookies",
    "webtest",
)


def preload() -> None:
    """Import and make what takes its time, so that each mutant starts quickly."""
    for name in COMMON:
        importlib.import_module(name)
    for name, bits in (("realm", 2048), ("strange", 2048), ("weak", 1024)):
        key_pair(name, bits)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("modules", nargs="*", default=MODULES, metavar="module")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--floor", type=float, default=90.0)
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    # Plugins that a developer has installed take longer than the tests.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    preload()
    noticed = total = 0
    for module in options.modules:
        began = time.monotonic()
        mutants = list(mutants_of(module))[:: options.every]
        if not run([baseline(module)], 1):
            say(f"{module}: its tests fail, or it cannot be loaded")
            return 1
        survivors = run(mutants, options.jobs)
        killed = len(mutants) - len(survivors)
        noticed, total = noticed + killed, total + len(mutants)
        seconds = time.monotonic() - began
        say(f"{module}: {killed} of {len(mutants)} noticed ({seconds:.0f} s)")
    score = 100 * noticed / total
    say(f"in all: {noticed} of {total}, {score:.1f} %")
    return 0 if score >= options.floor else 1


if __name__ == "__main__":
    sys.exit(main())
