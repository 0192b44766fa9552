"""What a person does once the code is there, with the text to paste."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import metadata
from textwrap import indent

from .options import Options

_REALM = 'realm = Realm("sqlite:///auth.sqlite", url="http://127.0.0.1:{port}{prefix}")'

_PYRAMID = """\
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.wsgi import wsgiapp
from {package} import Realm

{realm}
pages = wsgiapp(realm.wsgi_app)
for name, pattern in (("auth", "{prefix}"), ("auth_pages", "{prefix}/*page")):
    config.add_route(name, pattern)
    config.add_view(
        pages,
        route_name=name,
        permission=NO_PERMISSION_REQUIRED,
        require_csrf=False,  # the realm checks its own forms
    )
"""
_BOTTLE = """\
from {package} import Realm

{realm}
app.mount("{prefix}/", realm.wsgi_app)
"""
_WSGI = """\
from {package} import Realm

{realm}


def with_auth(environ, start_response):
    path = environ.get("PATH_INFO", "")
    if path == "{prefix}" or path.startswith("{prefix}/"):
        return realm.wsgi_app(environ, start_response)
    return application(environ, start_response)
"""
#: Framework -> its text, the port of its servers' habit, and where the text goes.
_MOUNTS = {
    "pyramid": (_PYRAMID, 6543, "where `config` is made"),
    "bottle": (_BOTTLE, 8080, "where `app` is made; serve `app`"),
    "wsgi": (_WSGI, 8000, "below your `application`; serve `with_auth` instead"),
}
FRAMEWORKS = tuple(_MOUNTS)

_KEPT_OUT = "auth.sqlite*, realm-key.pem, realm-key.secret"
_UNLESS = "\n(SQLite on this machine needs none: the first start makes them)"
_TESTED = """
pip install pytest webtest
python -m pytest --import-mode=importlib"""
_VERSIONS = "ar_alembic_version"
_CREATED = re.compile(r'create_table\(\s*"(\w+)"')
_EXTRA = re.compile(r"\s*;\s*extra == ['\"]local['\"]")


def mount(framework: str, package: str, prefix: str) -> str:
    """Return the code that puts the pages of *package* below *prefix*."""
    text, port, _ = _MOUNTS[framework]
    realm = _REALM.format(port=port, prefix=prefix)
    return text.format(package=package, prefix=prefix, realm=realm)


def next_steps(options: Options) -> list[str]:
    """
    Return the steps, in their order; each may have many lines.

    Without a *framework* there is a text for each.
    """
    package, prefix = options.package, options.prefix
    chosen = (options.framework,) if options.framework else FRAMEWORKS
    texts = [
        f"{name}, {_MOUNTS[name][2]}:\n\n{indent(mount(name, package, prefix), '    ')}"
        for name in chosen
    ]
    start = f"http://127.0.0.1:{_MOUNTS[chosen[0]][1]}{prefix}/signup"
    return [
        f"Add to the dependencies of your application: {_dependencies(options)}",
        "Serve the pages. Paste\n\n" + "\n".join(texts),
        f"Keep out of version control what the first start makes: {_KEPT_OUT}",
        f"Make the tables: python -m {package} migrate --database URL{_UNLESS}",
        f"Run the tests, which are yours too:{_TESTED} {options.folder}/tests",
        f"Start your application and open {start}",
        f"Commit {options.folder} and .arware: later releases are merged by them",
    ]


def _dependencies(options: Options) -> str:
    if not options.vendor:
        return "arware[local]"
    wanted = metadata.requires("arware") or []
    own = [_EXTRA.sub("", line) for line in wanted if _EXTRA.search(line)]
    return ", ".join(own + [line for line in wanted if ";" not in line])


def tables_of(files: Mapping[str, bytes]) -> list[str]:
    """Return the tables that the migrations among *files* make, in their order."""
    found: list[str] = []
    for path in sorted(files):
        if "/migrations/versions/" in path:
            found += _CREATED.findall(files[path].decode())
    return found


def after_removal(tables: Sequence[str]) -> list[str]:
    """Return what to say of *tables* to whoever has removed the code."""
    drops = [f"DROP TABLE IF EXISTS {name};" for name in reversed(tables)]
    return [
        "The tables stay. This drops them, and with them everybody who is in them:\n"
        + "\n".join([*drops, f"DROP TABLE IF EXISTS {_VERSIONS};"])
    ]
