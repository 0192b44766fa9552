"""
All views that change something, for a test that walks over them.

A test of the product sends what :func:`forgeries` makes to each of :func:`post_views`,
in the name of somebody who may use them all: none may be done.
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


def post_views(config: Any) -> list[PostView]:
    """Return the views of a committed Configurator that want a proof of each POST."""
    routes = {
        item["introspectable"]["name"]: item["introspectable"]["pattern"]
        for item in config.introspector.get_category("routes") or ()
    }
    return [
        PostView(
            view["route_name"],
            re.sub(r"\{[^}]*\}|\*\w+", "x", routes[view["route_name"]]),
            view.get("form"),
        )
        for view in _views(config)
        if _is_asked(view, "POST") and view.get("require_csrf") is not False
    ]


def open_views(config: Any) -> set[str]:
    """Return the routes of the views that say ``require_csrf=False``."""
    return {
        view["route_name"]
        for view in _views(config)
        if view.get("require_csrf") is False
    }


def _views(config: Any) -> list[Any]:
    found = config.introspector.get_category("views") or ()
    views = [item["introspectable"] for item in found]
    return [view for view in views if view["route_name"]]


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
