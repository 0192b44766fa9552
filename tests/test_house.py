"""The rules of the house: who may import whom, and how large a thing may grow."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from tests.code_size import code_lines

PACKAGE = Path(__file__).parent.parent / "arware"

# --- The rules of imports ----------------------------------------------------------

#: From the ground up: a room may import itself and what stands before it. Rooms of one
#: line stand side by side and may not import one another.
ROOMS = """
version errors
settings tokens
logs
web
api.calls api.answers
resources
links
auth
core
fork
bridge
cache
api
runtime
framework_session
exchange
wsgi asgi
bottle flask django pyramid starlette
fastapi
kit
local
service
testing
demo
eject
cli
__main__
"""
#: They decide, and see no socket, thread, environment or clock, with one exception.
SEALED = set(ROOMS.partition("core")[0].split()) | {"core"}
OPEN = {("arware.settings.sources", "os")}
#: What each adapter may use of others: that which it is underneath.
ADAPTERS = {"wsgi": "", "asgi": "", "starlette": "asgi", "fastapi": "asgi starlette"}
ADAPTERS |= dict.fromkeys(("bottle", "flask", "django", "pyramid"), "wsgi")
#: What the realm, which moves into applications, knows nothing of.
STRANGE_TO_LOCAL = {
    "core",
    "api",
    "runtime",
    "exchange",
    "framework_session",
    *ADAPTERS,
}
#: Imports that go up: the default client, which the first call of a resource's class
#: loads, with its type; and that a client verifies tokens as adapters do.
UP = {("arware.api.calls", "arware.api.provider"),
      ("arware.api.calls", "arware.api.namespace"),
      ("arware.api.verification", "arware.runtime.verify")}  # fmt: skip

# -----------------------------------------------------------------------------------

LEVELS = enumerate(line.split() for line in ROOMS.splitlines())
HEIGHT = {room: height for height, level in LEVELS for room in level}
#: A name of the package itself, as applications import it, comes from below here.
HEIGHT[""] = HEIGHT["runtime"]

#: What would let a sealed module see a socket, a thread, the environment or a clock.
OUTSIDE_WORLD = frozenset((
    "_thread", "aiohttp", "anyio", "asyncio", "bottle", "calendar", "concurrent",
    "django", "dogpile", "fastapi", "flask", "ftplib", "http.client", "http.server",
    "httpcore", "httpx", "jinja2", "multiprocessing", "os", "pathlib", "platform",
    "pyramid", "queue", "requests", "sched", "select", "selectors", "signal", "smtplib",
    "socket", "socketserver", "sqlalchemy", "ssl", "starlette", "subprocess",
    "tempfile", "threading", "time", "trio", "urllib.request", "urllib3", "webtest",
    "zoneinfo",
))  # fmt: skip
#: Modules that know the time but also hold plain values; only their clocks are barred.
CLOCKS = frozenset(("now", "utcnow", "today"))
HEAVY = (
    "aiohttp", "anyio", "bottle", "cryptography", "django", "dogpile.cache", "fastapi",
    "flask", "httpx", "jinja2", "jwt", "pyramid", "requests", "sqlalchemy",
    "starlette", "webtest",
)  # fmt: skip
UNPICKLERS = frozenset((
    "_pickle", "cloudpickle", "dill", "jsonpickle", "marshal", "pickle", "shelve",
))  # fmt: skip

#: Words that were ours alone, and what the field says.
WORDS = {
    "mouth": "representation", "face": "integration", "enter": "process_request",
    "leave": "process_response", "seat": "adapter", "seats": "registry",
    "door": "adapter", "doors": "adapters", "landing": "callback", "visit": "auth",
    "departure": "response", "guard": "authenticator", "gate": "flow",
    "judge": "credentials", "notices": "pages", "replies": "responses",
    "nobody": "anonymous", "needs": "effects", "drive": "driver", "mend": "fix",
    "sealing": "signing", "seal": "signature", "guests": "frameworks",
    "crumbs": "cookie options", "witness": "observer", "recent": "lru",
    "courier": "retry queue", "forks": "fork", "zones": "time_zones",
    "devices": "sessions", "misfit": "invalid value",
}  # fmt: skip
#: Names that other libraries gave, or in which the word has its usual meaning.
USUAL = frozenset((
    "TypeGuard", "enter_context", "needs_rehash", "check_needs_rehash",
    # What is encrypted and authenticated in one is sealed: HPKE, RFC 9180 5.2.
    "seal", "sealing",
    # What Authkit's columns are called.
    "first_visit_at", "last_visit_at",
))  # fmt: skip

MODULE_LINES, MODULE_MEDIAN = 300, 120
FUNCTION_LINES, FUNCTION_MEDIAN = 50, 7
ADAPTER_LINES = 130
#: At the top of the package.
TOP_FILES = 16

SOURCES = sorted(PACKAGE.rglob("*.py"))


def is_test(path: Path) -> bool:
    """Tell whether *path* is of the realm's own tests, whose names are sentences."""
    return PACKAGE / "local" / "tests" in path.parents


#: The package itself hands out names from every height, so it has none of its own.
PLACED = [path for path in SOURCES if path != PACKAGE / "__init__.py"]


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the parsed source of *path*."""
    return ast.parse(path.read_text("utf-8"))


@cache
def lines_of(path: Path) -> set[int]:
    """Return the numbers of the lines of *path* that are code."""
    return code_lines(path)


def module_name(path: Path) -> str:
    """Return the dotted name of the module that stands in *path*."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(name: str) -> str:
    """Return the room of a dotted name: ``core`` for ``arware.core.flow.Flow``."""
    parts = name.split(".")[1:]
    pair, first = ".".join(parts[:2]), "".join(parts[:1])
    return pair if pair in HEIGHT else first if is_room(first) else ""


def is_room(name: str) -> bool:
    """Tell whether *name* is a module or a folder of the package."""
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


def imports_of(path: Path) -> Iterator[tuple[str, int, ast.AST]]:
    """Yield every absolute name that *path* imports anywhere, with line and node."""
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, node
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield f"{stem}.{alias.name}", node.lineno, node


def of_ours(path: Path) -> Iterator[tuple[str, str, int]]:
    """Yield what *path* imports of the package: the room, the name and the line."""
    for name, line, _ in imports_of(path):
        if name.startswith("arware."):
            yield room_of(name), name, line


def type_checking_lines(path: Path) -> set[int]:
    """Return the lines of *path* that only a type checker reads."""
    return {
        line
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def is_at_or_below(name: str, modules: frozenset[str]) -> bool:
    """Tell whether the dotted *name* is one of *modules* or lies inside one."""
    parts = name.split(".")
    return any(".".join(parts[:n]) in modules for n in range(1, len(parts) + 1))


def faults_in(
    paths: Iterable[Path], faults: Callable[[Path], Iterable[str]]
) -> list[str]:
    """Return all *faults* of *paths*, each with the module that it is in."""
    return [f"{module_name(path)}, {fault}" for path in paths for fault in faults(path)]


def is_listed(path: Path, name: str, table: set[tuple[str, str]]) -> bool:
    """Tell whether *table* lets *path* import *name*."""
    allowed = {there for here, there in table if here == module_name(path)}
    return is_at_or_below(name, frozenset(allowed))


def test_every_room_has_its_height() -> None:
    """A new room of the package must be given its place before it can be used."""
    rooms = {room_of(module_name(path)) for path in PLACED}

    assert rooms - HEIGHT.keys() == set()


def climbs(path: Path) -> Iterator[str]:
    """Yield what *path* imports from beside its room or above it."""
    own, types = room_of(module_name(path)), type_checking_lines(path)
    for room, name, line in of_ours(path):
        if (
            room != own
            and HEIGHT[room] >= HEIGHT[own]
            and not is_listed(path, name, UP)
            and not (line in types and {own, room} <= SEALED)
        ):
            yield f"line {line}: {name}"


def test_imports_only_go_down() -> None:
    """No module imports from a room that stands beside its own or above it."""
    assert faults_in(PLACED, climbs) == []


def leaks(path: Path) -> Iterator[str]:
    """Yield what lets *path* see the outside world."""
    types = type_checking_lines(path)
    for name, line, _ in imports_of(path):
        if (
            is_at_or_below(name, OUTSIDE_WORLD)
            and line not in types
            and not is_listed(path, name, OPEN)
        ):
            yield f"line {line}: {name}"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS)
            or (isinstance(node.func, ast.Name) and node.func.id == "open")
        ):
            yield f"line {node.lineno}: {ast.unparse(node)}"


def test_a_sealed_module_sees_nothing_of_the_outside_world() -> None:
    """What decides knows no socket, thread, environment, file and clock."""
    sealed = [path for path in PLACED if room_of(module_name(path)) in SEALED]

    assert faults_in(sealed, leaks) == []


def test_adapters_do_not_import_one_another() -> None:
    """An adapter knows of others only the one that it is underneath."""
    strangers = [
        f"{module_name(path)}, line {line}: {name}"
        for path in PLACED
        for room, name, line in of_ours(path)
        if (own := room_of(module_name(path))) in ADAPTERS
        and room in ADAPTERS.keys() - {own, *ADAPTERS[own].split()}
    ]

    assert strangers == []


#: Alembic loads it by its path, so that nothing is relative to it.
ENVIRONMENT = PACKAGE / "local" / "migrations" / "env.py"


def test_the_realm_can_be_moved_into_an_application() -> None:
    """It names itself only relatively, and knows no flow, no client and no adapter."""
    faults = [
        f"{module_name(path)}, line {line}: {name}"
        for path in sorted((PACKAGE / "local").rglob("*.py"))
        for name, line, node in imports_of(path)
        if (name.startswith("arware.") and room_of(name) in STRANGE_TO_LOCAL)
        or (name.startswith("arware.local") and not getattr(node, "level", 0))
        if path != ENVIRONMENT
    ]

    assert faults == []


def test_a_test_that_travels_needs_no_other() -> None:
    """Whoever owns the tests may delete any of them."""
    faults = [
        f"{path.name}, line {line}: {name}"
        for path in sorted((PACKAGE / "local" / "tests").rglob("test_*.py"))
        for name, line, _ in imports_of(path)
        if any(part.startswith("test_") for part in name.split("."))
    ]

    assert faults == []


def test_nothing_is_ever_unpickled() -> None:
    """No module can read a pickle: what a cache holds is data, never code."""
    found = [
        f"{module_name(path)}, line {line}: {name}"
        for path in SOURCES
        for name, line, _ in imports_of(path)
        if is_at_or_below(name, UNPICKLERS)
    ]

    assert found == []


def test_what_decides_loads_nothing_that_reaches_outside() -> None:
    """All sealed rooms come without a framework and without a client."""
    modules = ", ".join(f"arware.{room}" for room in sorted(SEALED))
    reaching = [name for name in HEAVY if name not in ("cryptography", "jwt")]

    assert loaded_by(f"import {modules}", reaching) == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    """``import arware`` brings in no framework and no library that takes its time."""
    assert loaded_by("import arware", HEAVY) == []


def loaded_by(statement: str, names: Iterable[str]) -> list[str]:
    """Run *statement* in a fresh Python; return which of the modules *names* it has."""
    program = (
        f"import sys\n{statement}\n"
        f"print(*[name for name in {list(names)!r} if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    return result.stdout.split()


# --- Words -------------------------------------------------------------------------


def names_in(path: Path) -> Iterator[str]:
    """Yield each name that *path* gives or uses, its own too."""
    yield path.parent.name if path.stem == "__init__" else path.stem
    for node in ast.walk(tree_of(path)):
        for field in ("id", "attr", "name", "arg", "asname"):
            name = getattr(node, field, None)
            if isinstance(name, str) and not name.startswith("__"):
                yield from name.split(".")


def words_of(name: str) -> list[str]:
    """Return the words of a name: ``key``, ``store`` for ``KeyStore``."""
    name = name.lower() if name.isupper() else name
    found = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name.replace("time_zones", ""))
    return [word.lower() for word in found]


def test_names_are_the_words_of_the_field() -> None:
    """No name has a word that only this project would understand."""
    found = {
        f"{module_name(path)}, {name}: say {WORDS[word]}"
        for path in SOURCES
        if not is_test(path)
        for name in set(names_in(path)) - USUAL
        for word in words_of(name)
        if word in WORDS
    }

    assert found == set()


# --- Sizes -------------------------------------------------------------------------


def functions_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the name of each function of *path* and how many lines of code it has."""
    lines = lines_of(path)
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            end = node.end_lineno or node.lineno
            yield node.name, len(lines & set(range(node.lineno, end + 1)))


#: A migration is a list of tables from top to bottom; nothing is gained by cutting it.
LISTS = PACKAGE / "local" / "migrations" / "versions"
SIZED = [path for path in SOURCES if path.parent != LISTS and not is_test(path)]


def oversizes(path: Path) -> Iterator[str]:
    """Yield what of *path* is too large."""
    if len(lines_of(path)) > MODULE_LINES:
        yield f"{len(lines_of(path))} lines"
    for name, count in functions_of(path):
        if count > FUNCTION_LINES:
            yield f"{name}: {count} lines"


def test_modules_and_functions_stay_small() -> None:
    """A module can be read in one sitting, a function without scrolling."""
    assert faults_in(SIZED, oversizes) == []


def test_most_modules_and_functions_are_smaller_still() -> None:
    """Half of the modules, and half of the functions, are seen at a glance."""
    functions = [count for path in SIZED for _, count in functions_of(path)]

    assert statistics.median(len(lines_of(path)) for path in SIZED) <= MODULE_MEDIAN
    assert statistics.median(functions) <= FUNCTION_MEDIAN


def test_adapters_only_translate() -> None:
    """A file of an adapter is short, since what is decided is decided elsewhere."""
    sizes = {
        module_name(path): len(lines_of(path))
        for path in PLACED
        if room_of(module_name(path)) in ADAPTERS
    }

    assert {name: size for name, size in sizes.items() if size > ADAPTER_LINES} == {}


def test_the_top_of_the_package_is_seen_at_a_glance() -> None:
    """Few files stand there."""
    names = {path.name for path in PACKAGE.iterdir() if path.is_file()}

    assert len(names) <= TOP_FILES
