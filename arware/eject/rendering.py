"""
What a release ejects: a function of its source tree and the options.

The live code is the template. Its own package's name is rewritten where it is imported
and nowhere else: labels of digests, names of loggers and of what is kept in a WSGI
environ do not carry it, so that an adopted database's people stay logged in. What calls
its commands ``arware realm`` says how they are called in the application.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from .errors import EjectError
from .options import Options
from .owned import documents
from .vendoring import VENDORED, needed_of

#: The source tree of the release that is installed.
RELEASE = Path(__file__).parent.parent / "local"

_OWN = "arware.local"
_LIST = "features/__init__.py"
_NAMING = "naming.py"
_COMMAND, _PREFIX = b"arware realm", 'PREFIX = "/auth"'
_LEFTOVER = re.compile(r"(^|/)(__pycache__/|\.)|~$|\.py[co]$")


class CannotRender(EjectError):
    """A release cannot be ejected with these options; the message says why."""


def render(release: Path, options: Options) -> dict[str, bytes]:
    """
    Return what *release*, a folder like ``arware/local``, ejects: path -> content.

    Paths are relative to the project. Migrations are whole, whatever the features: all
    tables are always made. Nothing is written; the same arguments return the same.
    Raises :class:`CannotRender` for a feature that the release does not have, and for
    a module that would not compile or still import what it was copied from.
    """
    known = known_features(release)
    missing = [name for name in options.features if name not in known]
    if missing:
        raise CannotRender(f"this release has no feature {', '.join(missing)}")
    dropped = frozenset(known) - {*options.features}
    local = dict(_tree(release))
    local[_LIST] = _without(local[_LIST].decode(), dropped).encode()
    sources = {f"local/{path}": data for path, data in local.items()}
    if options.vendor:
        kept = {p: data for p, data in local.items() if not _belongs_to(p, dropped)}
        sources |= needed_of(release.parent, kept)
    files = placed(sources, options, known)
    if options.package:
        files |= documents(files, options)
    return dict(sorted(files.items()))


def placed(
    sources: Mapping[str, bytes], options: Options, known: Collection[str]
) -> dict[str, bytes]:
    """
    Return files of a release where, and as, they are ejected with *options*.

    The paths of *sources* are relative to the package ``arware``; *known* are the
    features of the release. What is not ejected is left out.
    """
    names = {_OWN: options.package}
    if options.vendor:
        names["arware"] = f"{options.package}.{VENDORED}"
    dropped = frozenset(known) - {*options.features}
    found = {
        target: _rendered(path, _named(path, data, options), names)
        for path, data in sources.items()
        for target in _targets(path, options, dropped)
    }
    return dict(sorted(found.items()))


def _named(path: str, data: bytes, options: Options) -> bytes:
    """Return a file with the words for its commands and its prefix as they are here."""
    if not options.package:
        return data
    if path == f"local/{_NAMING}" and options.prefix != "/auth":
        data = _moved_to(options.prefix, data.decode())
    return data.replace(_COMMAND, f"python -m {options.package}".encode())


def _targets(path: str, options: Options, dropped: frozenset[str]) -> Iterator[str]:
    """Yield where the file at *path* in ``arware`` is ejected to."""
    room, _, rest = path.partition("/")
    if room != "local":
        if options.vendor:
            yield f"{options.folder}/{VENDORED}/{path}"
        return
    if options.package and not _belongs_to(rest, dropped):
        yield f"{options.folder}/{rest}"
    page = _page_name(rest)
    if page and page in options.pages:
        yield f"{options.pages_folder}/{page}"


def known_pages(release: Path) -> list[str]:
    """Return the templates of *release*, named as the realm looks for them."""
    names = (_page_name(path) for path, _ in _tree(release))
    return sorted(name for name in names if name)


def _page_name(path: str) -> str:
    """Return ``reset/ask.jinja2`` for the template of a feature; "" for no template."""
    match path.split("/"):
        case ["templates", *name]:
            return "/".join(name)
        case ["features", feature, "templates", *name]:
            return "/".join([feature, *name])
    return ""


def known_features(release: Path) -> tuple[str, ...]:
    """Return the features of *release*, in their order, without importing it."""
    tree = ast.parse((release / _LIST).read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FEATURES":
            return tuple(ast.literal_eval(node.value))
    raise CannotRender(f"{release / _LIST} has no FEATURES")


def _tree(release: Path) -> Iterator[tuple[str, bytes]]:
    for path in release.rglob("*"):
        name = path.relative_to(release).as_posix()
        if path.is_file() and not _LEFTOVER.search(name):
            yield name, path.read_bytes()


def _belongs_to(path: str, features: frozenset[str]) -> bool:
    """Tell whether *path* is one of *features*' own: its folder, or its tests."""
    room, _, rest = path.partition("/")
    return room in ("features", "tests") and rest.partition("/")[0] in features


def _without(source: str, features: frozenset[str]) -> str:
    for name in features:
        source, count = re.subn(rf'^    "{name}",\n', "", source, flags=re.MULTILINE)
        if count != 1:
            raise CannotRender(f"{_LIST} has no line of its own for {name}")
    return source


def _moved_to(prefix: str, source: str) -> bytes:
    if _PREFIX not in source:
        raise CannotRender(f"{_NAMING} has no line {_PREFIX}")
    return source.replace(_PREFIX, f'PREFIX = "{prefix}"').encode()


def _rendered(path: str, data: bytes, names: Mapping[str, str]) -> bytes:
    if not path.endswith(".py"):
        return data
    source = with_imports_of(data.decode(), names)
    try:
        compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise CannotRender(f"{path} does not compile: {error}") from None
    if any(name in source for name in names):
        for name in absolute_imports(ast.parse(source)):
            if _moved(name, names) != name:
                raise CannotRender(f"{path} still imports {name}")
    return source.encode()


def with_imports_of(source: str, names: Mapping[str, str]) -> str:
    """
    Return *source* with the packages that it imports renamed: ``names[old] = new``.

    Lines that show an import, in a docstring, are renamed too: who copies them means
    the package that they read. ``import old`` by itself stays: it binds another name.
    """

    def moved(found: re.Match[str]) -> str:
        return found[1] + _moved(found[2], names) + found[3]

    source = re.sub(r"(?m)^([ \t]*from )([\w.]+)( import )", moved, source)
    return re.sub(r"(?m)^([ \t]*import )([\w.]+)( as )", moved, source)


def absolute_imports(tree: ast.AST) -> Iterator[str]:
    """Yield each module that *tree* imports by its whole name, anywhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module


def _moved(name: str, names: Mapping[str, str]) -> str:
    for old in sorted(names, key=len, reverse=True):
        if name == old or name.startswith(f"{old}."):
            return names[old] + name[len(old) :]
    return name
