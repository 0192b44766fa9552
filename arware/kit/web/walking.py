"""
All pages, and all views that change something, for tests that walk over them.

A test of the product opens each of :func:`page_paths`, and sends what :func:`forgeries`
makes to each of :func:`post_views`, in the name of somebody who may use them all: every
page is drawn, and no forgery is done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .body import FORM, JSON
from .csrf import FIELD
from .forms import Form


@dataclass(frozen=True, slots=True)
class PostView:
    """A view that a POST reaches, by its route; *path* has ``x`` for each parameter."""

    route: str
    path: str
    form: type[Form] | None


@dataclass(frozen=True, slots=True)
class Forgery:
    """What another site could make a browser send, and what it is called."""

    name: str
    headers: Mapping[str, str]
    body: bytes


def page_paths(config: Any, *, of_members: bool = False) -> set[str]:
    """
    Return the path of each page that a GET reaches, with ``x`` for each parameter.

    *of_members* are those that take a permission, and so a login.
    """
    patterns = _patterns(config)
    return {
        patterns[view["route_name"]]
        for view, related in _views(config)
        if _is_asked(view, "GET") and (not of_members or "permissions" in related)
    }


def post_views(config: Any) -> list[PostView]:
    """Return the views of a committed Configurator that want a proof of each POST."""
    patterns = _patterns(config)
    return [
        PostView(view["route_name"], patterns[view["route_name"]], view.get("form"))
        for view, _ in _views(config)
        if _is_asked(view, "POST") and view.get("require_csrf") is not False
    ]


def open_views(config: Any) -> set[str]:
    """Return the routes of the views that say ``require_csrf=False``."""
    return {
        view["route_name"]
        for view, _ in _views(config)
        if view.get("require_csrf") is False
    }


def _views(config: Any) -> Iterator[tuple[Any, set[str]]]:
    """Yield each view that has a route, and the kinds of what belongs to it."""
    for item in config.introspector.get_category("views") or ():
        view = item["introspectable"]
        if view["route_name"]:
            yield view, {related.category_name for related in item["related"]}


def _patterns(config: Any) -> dict[str, str]:
    """Return the path of each route, with ``x`` for each parameter."""
    found = config.introspector.get_category("routes") or ()
    routes = [item["introspectable"] for item in found]
    return {
        route["name"]: re.sub(r"\{[^}]*\}|\*\w+", "x", route["pattern"])
        for route in routes
    }


def _is_asked(view: Any, method: str) -> bool:
    # Without a method it is asked for all.
    methods = view["request_methods"]
    return not methods or method in methods


def forgeries(view: PostView) -> Iterator[Forgery]:
    """Yield what a page of strangers could make a member's browser send to *view*."""
    names = view.form.fields if view.form is not None else ("name", "do")
    values = dict.fromkeys(names, "x")
    form, text = urlencode(values).encode(), json.dumps(values).encode()
    forged = urlencode({**values, FIELD: f"x.{'0' * 64}"}).encode()
    yield Forgery("a form without its token", {"Content-Type": FORM}, form)
    yield Forgery("a form with a made-up token", {"Content-Type": FORM}, forged)
    yield Forgery("nothing at all", {}, b"")
    yield Forgery("JSON from nowhere", {"Content-Type": JSON}, text)
    yield Forgery("JSON as text", {"Content-Type": "text/plain"}, text)
    elsewhere = {"Content-Type": JSON, "Origin": "https://evil.example"}
    yield Forgery("JSON from another site", elsewhere, text)
    other = {"Content-Type": JSON, "Sec-Fetch-Site": "same-site"}
    yield Forgery("JSON from another host", other, text)
