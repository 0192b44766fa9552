"""The rules of the house: who may import whom, and how large a thing may grow."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "arware"

#: From the ground up. A unit may import what stands before it, and itself; units of
#: one line stand side by side and may not import one another. A package is one unit,
#: but for modules of it that are named with a dot.
LADDER = (
    ("version", "seats", "base64url", "known_secrets"),
    ("errors",),
    ("forms",),
    ("settings",),
    ("api.answers",),
    ("api.calls",),
    ("resources",),
    ("urls",),
    ("cookies",),
    ("keys",),
    ("tokens",),
    ("recent", "states"),
    ("request", "responses", "needs"),
    ("links",),
    ("auth",),
    ("pages",),
    ("credentials",),
    ("paths", "browser"),
    ("callback", "departure"),
    ("flow",),
    ("drive",),
    ("sealing", "forks", "heads"),
    ("guarded",),
    ("downloads", "regions", "memcached", "retry_queue"),
    ("stores",),
    ("api",),
    ("sessions",),
    ("api_tokens",),
    ("authenticator",),
    ("api.provider",),
    ("wsgi", "asgi"),
    ("pyramid", "bottle"),
    ("local",),
    ("testing",),
    ("demo",),
    ("eject",),
    ("cli",),
    ("__main__",),
)
HEIGHT = {unit: height for height, units in enumerate(LADDER) for unit in units}
#: A name of the package itself may come from anywhere below.
PUBLIC = HEIGHT["local"]

SEALED = (
    "seats",
    "errors",
    "forms",  # part of settings
    "settings",
    "api.answers",  # what a resource's calls are, and what their answers mean
    "api.calls",
    "resources",
    "base64url",
    "urls",
    "cookies",
    "keys",
    "tokens",
    # The flow's own parts.
    "recent",
    "states",
    "request",
    "responses",
    "needs",
    "links",
    "auth",
    "pages",
    "credentials",
    "paths",
    "browser",
    "callback",
    "departure",
    "flow",
)
ADAPTERS = ("wsgi", "asgi", "pyramid", "bottle")
#: Pyramid and Bottle are WSGI underneath and may use that adapter's reading of an environ.
MAY_READ_LIKE_WSGI = ("pyramid", "bottle")

#: What would let a sealed module see a socket, a thread, the environment or a clock.
OUTSIDE_WORLD = frozenset(
    (
        "_thread",
        "aiohttp",
        "asyncio",
        "calendar",
        "concurrent",
        "dogpile",
        "ftplib",
        "http.client",
        "http.server",
        "httpx",
        "multiprocessing",
        "os",
        "pathlib",
        "platform",
        "queue",
        "requests",
        "sched",
        "select",
        "selectors",
        "signal",
        "smtplib",
        "socket",
        "socketserver",
        "sqlalchemy",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
        "urllib3",
        "zoneinfo",
    )
)
#: Modules that know the time but also hold plain values; only their clocks are barred.
CLOCKS = frozenset(("now", "utcnow", "today"))

FRAMEWORKS = (
    "aiohttp",
    "bottle",
    "django",
    "fastapi",
    "flask",
    "jinja2",
    "pyramid",
    "sqlalchemy",
    "starlette",
    "webtest",
)
SLOW_TO_IMPORT = ("requests", "jwt", "dogpile.cache", "cryptography")

UNPICKLERS = frozenset(
    (
        "_pickle",
        "cloudpickle",
        "dill",
        "jsonpickle",
        "marshal",
        "pickle",
        "shelve",
    )
)

#: The house habit is 300 and 50; the rest is room for a table or a long signature.
MODULE_LINES = 320
FUNCTION_LINES = 50

SOURCES = sorted(PACKAGE.rglob("*.py"))
#: The package itself hands out names from every height, so it has none of its own.
RUNGS = [path for path in SOURCES if path != PACKAGE / "__init__.py"]


def module_name(path: Path) -> str:
    """Return the dotted name of the module that stands in *path*."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def unit_of(name: str) -> str:
    """Return the rung of a module's dotted name: ``flow`` for ``arware.core.flow``."""
    parts = name.split(".")[1:]
    pair = ".".join(parts[:2])
    return pair if pair in HEIGHT else "".join(parts[:1])


def imports_of(path: Path) -> Iterator[tuple[str, int, ast.AST]]:
    """Yield every absolute module name that *path* imports, with line and node."""
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, node
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{stem}.{alias.name}", node.lineno, node


def type_checking_lines(path: Path) -> set[int]:
    """Return the lines of *path* that only a type checker reads."""
    return {
        line
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def is_at_or_below(name: str, modules: frozenset[str] | tuple[str, ...]) -> bool:
    """Tell whether the dotted *name* is one of *modules* or lies inside one."""
    parts = name.split(".")
    return any(".".join(parts[:n]) in modules for n in range(1, len(parts) + 1))


def test_every_unit_has_a_place_on_the_ladder() -> None:
    """A new module of the package must be given its height before it can be used."""
    units = {unit_of(module_name(path)) for path in RUNGS}

    assert units - HEIGHT.keys() == set()


@pytest.mark.parametrize("path", RUNGS, ids=module_name)
def test_imports_only_go_down(path: Path) -> None:
    """No module imports one that stands beside it or above it."""
    unit = unit_of(module_name(path))
    types = type_checking_lines(path)
    climbs = [
        f"line {line}: {name}"
        for name, line, _ in imports_of(path)
        if name.startswith("arware.")
        and unit_of(name) != unit
        and HEIGHT.get(unit_of(name), PUBLIC) >= HEIGHT[unit]
        # Two parts of the sealed core may know each other's types.
        and not (line in types and {unit, unit_of(name)} <= set(SEALED))
    ]

    assert climbs == []


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if unit_of(module_name(path)) in SEALED],
    ids=module_name,
)
def test_a_sealed_module_sees_nothing_of_the_outside_world(path: Path) -> None:
    """The sealed core knows no sockets, threads, environment and clock."""
    leaks = [
        f"line {line}: {name}"
        for name, line, _ in imports_of(path)
        if is_at_or_below(name, OUTSIDE_WORLD) or is_at_or_below(name, FRAMEWORKS)
    ]
    leaks += [
        f"line {node.lineno}: .{node.func.attr}()"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CLOCKS
    ]

    assert leaks == []


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_doors_do_not_import_one_another(adapter: str) -> None:
    """A adapter knows the authenticator, but no other adapter; two may read an environ as WSGI."""
    path = PACKAGE / f"{adapter}.py"
    others = {unit_of(name) for name, _, _ in imports_of(path) if "arware." in name}
    allowed = {"wsgi"} if adapter in MAY_READ_LIKE_WSGI else set()

    assert (others & set(ADAPTERS)) - {adapter} - allowed == set()


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if unit_of(module_name(path)) == "local"],
    ids=module_name,
)
def test_the_realm_can_be_moved_into_an_application(path: Path) -> None:
    """The realm names itself only relatively, and knows no flow and no adapter."""
    strangers = {"flow", "drive", "authenticator", "testing", "demo", "cli", *ADAPTERS}
    faults = [
        f"line {line}: {name}"
        for name, line, node in imports_of(path)
        if (name.startswith("arware.") and unit_of(name) in strangers)
        or (name.startswith("arware.local") and not getattr(node, "level", 0))
    ]

    assert faults == []


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_nothing_is_ever_unpickled(path: Path) -> None:
    """No module can read a pickle: what a cache holds is data, never code."""
    found = [
        f"line {line}: {name}"
        for name, line, _ in imports_of(path)
        if is_at_or_below(name, UNPICKLERS)
    ]

    assert found == []


def test_the_core_loads_nothing_that_reaches_outside() -> None:
    """The sealed core, all of it, comes without a framework and without a client."""
    modules = ", ".join(f"arware.{unit}" for unit in SEALED)
    loaded = loaded_by(f"import {modules}", [*FRAMEWORKS, "requests", "dogpile"])

    assert loaded == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    """``import arware`` brings in no framework and no library that takes its time."""
    loaded = loaded_by("import arware", [*FRAMEWORKS, *SLOW_TO_IMPORT])

    assert loaded == []


def loaded_by(statement: str, names: list[str]) -> list[str]:
    """Run *statement* in a fresh Python; return which of the modules *names* it has."""
    program = (
        f"import sys\n{statement}\n"
        f"print(*[name for name in {names!r} if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    return result.stdout.split()


def code_lines(source: str) -> set[int]:
    """Return the numbers of the lines that are not blank, comment or docstring."""
    silent = (
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    )
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in silent:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - docstring_lines(ast.parse(source))


def docstring_lines(tree: ast.Module) -> set[int]:
    """Return the numbers of the lines that docstrings take."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False):
            text = node.body[0]
            lines.update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return lines


#: A migration is a list of tables from top to bottom; nothing is gained by cutting it.
LISTS = PACKAGE / "local" / "migrations" / "versions"


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.parent != LISTS], ids=module_name
)
def test_modules_and_functions_stay_small(path: Path) -> None:
    """A module can be read in one sitting, a function without scrolling."""
    source = path.read_text("utf-8")
    lines = code_lines(source)
    long_functions = [
        f"{node.name}: {count}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (count := len(lines & set(range(node.lineno, node.end_lineno + 1))))
        > FUNCTION_LINES
    ]

    assert len(lines) <= MODULE_LINES
    assert long_functions == []
