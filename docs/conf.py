"""How the pages are built: ``sphinx-build -n -W -b html docs docs/_build/html``."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

# These pages describe the code beside them, whatever else is installed.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))

import declared
import django
from django.conf import settings as django_settings
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import arware
from arware.version import __version__

if TYPE_CHECKING:
    from docutils.nodes import Element, Node
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

# Signatures name what is imported only where a realm is mounted.
import_module("arware.bridge.pages")

# The theme's colours set the root logger to INFO, and Alembic then tells of its parts.
logging.getLogger("alembic").setLevel(logging.WARNING)

# What has a table can be described in a project of Django's only.
django_settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "arware.django",
    ]
)
django.setup()

project = "arware"
author = "arware contributors"
project_copyright = f"2026, {author}"
release = __version__

extensions = ["sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
# Two classes of one name in two modules: a signature that says "Call" is no mistake.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = f"arware {release}"
html_static_path = ["_static"]
html_css_files = ["arware.css"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80

# Other people's types have no page here, and a build must not depend on the network
# for theirs.
_OTHERS = (
    r"argparse|asyncio|bottle|collections|contextlib|contextvars|"
    r"cryptography|dataclasses|datetime|django|dogpile|enum|fastapi|functools|http|logging|"
    r"ipaddress|pathlib|pyramid|pytest|re|requests|rsa|sqlalchemy|starlette|types|"
    r"typing|typing_extensions|webob|wsgiref|zoneinfo|zope|ZoneInfo|_typeshed|WSGIApplication|"
    r"WSGIEnvironment|StartResponse|CacheRegion|Clock"
)
nitpick_ignore_regex = [(r"py:.*", rf"({_OTHERS})(\..+)?")]


class Declared(SphinxDirective):
    """``.. declared:: NAME``: one of the tables of :mod:`declared`."""

    required_arguments = 1

    def run(self) -> list[Node]:
        """Return the table."""
        heads, rows = declared.TABLES[self.arguments[0]]
        body = [row_of(row) for row in rows()]
        group = nodes.tgroup(cols=len(heads))
        group += [nodes.colspec(colwidth=1) for _ in heads]
        group += [nodes.thead("", row_of(heads)), nodes.tbody("", *body)]
        return [nodes.table("", group)]


def row_of(cells: tuple[str, ...]) -> nodes.row:
    """Return a row of a table."""
    row = nodes.row()
    for cell in cells:
        kinds = {True: nodes.literal, False: nodes.inline}
        pieces = (kinds[is_code]("", text) for text, is_code in declared.pieces(cell))
        row += nodes.entry("", nodes.paragraph("", "", *pieces))
    return row


def setup(app: Sphinx) -> None:
    """Have :func:`find_reference` asked where Sphinx finds nothing."""
    app.add_directive("declared", Declared)
    app.connect("missing-reference", find_reference)


def find_reference(
    _app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Element
) -> Node | None:
    """
    Lead a name of our own code to its page, by whichever path it is called.

    Something that is public has a page under its public name. Something that exists
    and is not public is shown without a link. What does not exist is a mistake, and
    stays one.
    """
    if node.get("refdomain") != "py":
        return None
    name, module = node["reftarget"].lstrip("~."), node.get("py:module") or ""
    # A class may be documented under the package and be written somewhere inside it.
    owner = find_object(module, node.get("py:class") or "-")
    thing = find_object(getattr(owner, "__module__", module), name)
    if thing is None:
        return None
    domain = env.get_domain("py")
    for module in (arware, arware.errors, import_module("arware.local")):
        for name in getattr(module, "__all__", None) or vars(module):
            if getattr(module, name, None) is thing:
                target = f"{module.__name__}.{name}"
                found = domain.resolve_xref(
                    env, node["refdoc"], env.app.builder, "obj", target, node, content
                )
                if found is not None:
                    return found
    return content


def find_object(module: str, name: str) -> Any:
    """Return what *module* calls *name*, ``None`` if nothing of ours is called so."""
    for whole in (f"{module or 'arware'}.{name}", name):
        try:
            return resolve_name(whole)
        except (ImportError, AttributeError, ValueError):
            continue
    if name.startswith("arware."):
        return None
    # A signature may name what its module imports for the type checker only.
    homes = [sys.modules[place] for place in sys.modules if place.startswith("arware")]
    return next((vars(home)[name] for home in homes if name in vars(home)), None)
