"""What joins the code to an application, by the framework it is made with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .application import Source, called
from .blocks import TAG, Block, says
from .options import Options

_IMPORT = "from {package}.{interface} import Middleware as {auth}"


@dataclass(frozen=True, slots=True)
class Framework:
    """
    A framework: what is called to make an application, and the lines that follow.

    *port* is the one that its development server listens on.
    """

    name: str
    makers: tuple[str, ...]
    lines: tuple[str, ...]
    port: int
    where: str
    interface: str = "wsgi"

    def block(self, options: Options, place: Place | None = None) -> Block:
        """Return the lines for *place*, or those to paste where there is none."""
        names = {
            "package": options.package,
            "interface": self.interface,
            "auth": "Auth" if place is None else place.auth,
            "app": self.where.split("`")[1] if place is None else place.name,
        }
        chosen = place.lines if place is not None and place.lines else self.lines
        lines = [line.format(**names) for line in chosen]
        if place is not None and not place.indent:
            late = "  # noqa: E402"  # an import below other code
            lines = [f"{one}{late if one[:5] == 'from ' else ''}" for one in lines]
        tagged = tuple(f"{line}  {TAG}" for line in lines)
        if place is None:
            return Block("", tagged, self.where, self.sign(options))
        return Block(
            place.path, tagged, self.where, self.sign(options), place.at, place.indent
        )

    def sign(self, options: Options) -> str:
        """Return a pattern of what a file says that is joined."""
        last = options.package.rpartition(".")[2]
        whole = rf"({re.escape(options.package)}|\.{re.escape(last)})"
        if self.name == "pyramid":
            return rf"include\(\s*[\"']{whole}[\"']"
        return rf"{whole}\.{self.interface} import Middleware"


_AUTH = re.compile(r"\bAuth\b")
_WRAPPED = "{app} = {auth}({app})"
_WHERE = "where `{}` is made"

ALL = (
    Framework(
        "pyramid",
        ("Configurator",),
        ('{app}.include("{package}")',),
        6543,
        _WHERE.format("config"),
    ),
    Framework(
        "django",
        ("get_wsgi_application",),
        (_IMPORT, _WRAPPED),
        8000,
        _WHERE.format("application") + ", in wsgi.py",
    ),
    Framework(
        "fastapi",
        ("FastAPI", "Starlette"),
        (_IMPORT, "{app}.add_middleware({auth})"),
        8000,
        _WHERE.format("app"),
        "asgi",
    ),
    Framework(
        "flask",
        ("Flask",),
        (_IMPORT, "{app}.wsgi_app = {auth}({app}.wsgi_app)"),
        5000,
        _WHERE.format("app"),
    ),
    Framework(
        "bottle",
        ("Bottle",),
        (_IMPORT, "{app}.wsgi = {auth}({app}.wsgi)"),
        8080,
        _WHERE.format("app"),
    ),
    Framework(
        "wsgi", (), (_IMPORT, _WRAPPED), 8000, "below `application`, which is served"
    ),
)
BY_NAME = {one.name: one for one in ALL}

#: Django's other way in, if a project has it.
DJANGO_ASGI = Framework(
    "django",
    ("get_asgi_application",),
    (_IMPORT, _WRAPPED),
    8000,
    _WHERE.format("application") + ", in asgi.py",
    "asgi",
)


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where lines go: before the line *at*. The application is called *name*.

    *lines* are others than the framework's, where it takes others there. *auth* is a
    name that is free for the middleware.
    """

    path: str
    at: int
    indent: str
    name: str
    lines: tuple[str, ...] = ()
    auth: str = "Auth"


def places(framework: Framework, source: Source) -> Iterator[Place]:
    """Yield where *source* makes an application with *framework*."""
    for node in ast.walk(source.tree or ast.Module([], [])):
        if framework.name == "wsgi":
            yield from _callable(source, node)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and _makes(
            framework, node.value
        ):
            yield from _after(source, node)
        elif framework.name == "bottle" and isinstance(node, ast.Expr):
            yield from _before_run(source, node)
        elif isinstance(node, ast.With):
            for item in node.items:
                name = item.optional_vars
                if _makes(framework, item.context_expr) and isinstance(name, ast.Name):
                    yield from _first_in(source, node, name.id)


#: For an application of Bottle's that nobody has made: `run` takes the default one.
_OF_BOTTLE = (
    "from bottle import default_app",
    _IMPORT,
    "default_app().wsgi = {auth}(default_app().wsgi)",
)


def _before_run(source: Source, node: ast.Expr) -> Iterator[Place]:
    """Yield the place before Bottle's ``run(...)``, if that names no application."""
    call = node.value
    if (
        isinstance(call, ast.Call)
        and ast.unparse(call.func) in ("run", "bottle.run")
        and re.search(r"(?m)^(from|import) bottle\b", source.text)
        and not call.args
        and "app" not in {keyword.arg for keyword in call.keywords}
    ):
        first = source.data.splitlines()[node.lineno - 1][: node.col_offset]
        if not first.strip():
            at = node.lineno - 1
            yield Place(source.path, at, first.decode(), "default_app()", _OF_BOTTLE)


def _makes(framework: Framework, node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and called(node) in framework.makers


def _after(source: Source, node: ast.Assign | ast.AnnAssign) -> Iterator[Place]:
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)])
            | ast.AnnAssign(target=ast.Name(id=name))
        ):
            yield from _below(source, node, name)


def _callable(source: Source, node: ast.AST) -> Iterator[Place]:
    """Yield a function that is a WSGI application by its arguments, at the top."""
    if isinstance(node, ast.FunctionDef) and not node.col_offset:
        names = [argument.arg for argument in node.args.args]
        if names == ["environ", "start_response"] and node.name in (
            "application",
            "app",
        ):
            yield from _below(source, node, node.name)


def _below(source: Source, node: ast.stmt, name: str) -> Iterator[Place]:
    """Yield the place below a statement, if it has its last line for itself."""
    end = node.end_lineno or node.lineno
    lines = source.data.splitlines()
    rest = lines[end - 1][node.end_col_offset or 0 :].strip()
    first = lines[node.lineno - 1][: node.col_offset]
    if not first.strip() and (not rest or rest.startswith(b"#")):
        yield Place(source.path, end, first.decode(), name)


def _first_in(source: Source, node: ast.With, name: str) -> Iterator[Place]:
    body, lines = node.body[0], source.data.splitlines()
    first, at = lines[body.lineno - 1][: body.col_offset], body.lineno - 1
    while lines[at - 1].strip().startswith(b"#"):  # it is about what follows it
        at -= 1
    if body.lineno > node.lineno and not first.strip():
        yield Place(source.path, at, first.decode(), name)


def detected(found: Sequence[Source]) -> str:
    """Return the framework that *found* make an application with, ``""`` for none."""
    for framework in ALL:
        if any(list(places(framework, source)) for source in found):
            return framework.name
    return ""


def blocks(options: Options, found: Sequence[Source]) -> list[Block]:
    """Return the blocks that join the framework's application; texts if it is none."""
    if not options.framework:
        return []
    framework = BY_NAME[options.framework]
    made = [_block(framework, options, found, is_needed=True)]
    if framework.name == "django":
        made.append(_block(DJANGO_ASGI, options, found, is_needed=False))
    return [block for block in made if block is not None]


def _block(
    framework: Framework, options: Options, found: Sequence[Source], *, is_needed: bool
) -> Block | None:
    there = [
        replace(place, auth="EjectedAuth" if _AUTH.search(source.text) else "Auth")
        for source in found
        for place in places(framework, source)
    ]
    top = options.folder.rpartition("/")[0]
    near = [place for place in there if top and place.path.startswith(f"{top}/")]
    chosen = near if len(near) == 1 else there
    place = chosen[0] if len(chosen) == 1 else None
    sign = framework.sign(options)
    for source in found:
        if says(sign, source.text) and _may_join(framework, source, place):
            return Block(source.path, framework.block(options).lines, "", sign)
    return framework.block(options, place) if place or is_needed else None


def _may_join(framework: Framework, source: Source, place: Place | None) -> bool:
    """
    Tell whether *source*, which has the sign, can have joined the application.

    Pyramid's sign is the joining itself. Others import the middleware, as any script
    may: where the *place* of the application is certain, only what makes one, or
    imports from there, has it in its hands.
    """
    if framework.name == "pyramid" or place is None or source.path == place.path:
        return True
    return any(called(call) in framework.makers for call in source.calls()) or says(
        _import_from(place.path), source.text
    )


def _import_from(path: str) -> str:
    """Return a pattern of an import from the module at *path*, or from its package."""
    module = path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__")
    package, _, name = module.replace("/", ".").rpartition(".")
    names = "|".join(map(re.escape, filter(None, (f"{package}.{name}", package))))
    return rf"(?m)^[ \t]*(from|import) +({names}|\.*{re.escape(name)}|\.+)(?![\w.])"
