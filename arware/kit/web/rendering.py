"""
Templates: looked for in the team's folder, then at the features', then at the core's.

``reset/ask.jinja2`` is the feature's, ``layout.jinja2`` the core's; ``!`` in front
names the one that is shipped, so that a team's can extend it. Texts are translated by
``_("...")``, into the language of the request, or whatever :func:`in_language` says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    select_autoescape,
)
from markupsafe import Markup, escape
from pyramid.interfaces import ILocalizer, ITranslationDirectories

from arware.kit.user_agents import browser_of
from arware.web.text import shown

from .csrf import FIELD, make_token
from .dates import day, in_zone, moment, when
from .joining import Piece, joined
from .request import LOCALES, WebRequest
from .translating import (
    gettext,
    in_language,
    localizers,
    negotiate,
    ngettext,
    say,
)

#: In what mail programs take for an address of the web, though nobody marked it.
#: Before the point may be a sign that is drawn on a letter, or an emoji.
_LINKED = re.compile(r"(?<=\S)(?=://)|(?<=\S[.\u3002\uff0e\uff61])(?=\w)")

#: Where the environment stands in the registry.
ENVIRONMENT = "realm.templates"


def isolated(text: str) -> Markup:
    """
    Return *text*, which somebody chose, for a page: nothing in it is hidden or can
    change how the text around it reads.
    """
    return Markup(f"<bdi>{escape(visible(text))}</bdi>")  # noqa: S704  It is escaped.


def unlinked(text: str) -> str:
    """
    Return *text*, which somebody chose, for a mail to somebody else.

    Mail programs make links of what looks like one, and a stranger must not have ours
    lead elsewhere: ``Acme. io``.
    """
    return _LINKED.sub(" ", text)


def visible(text: str) -> str:
    """Return what :func:`~arware.web.text.shown` does; most texts are plain."""
    return text if text.isascii() and text.isprintable() else shown(text)


def make_environment(
    core: Path, features: Mapping[str, Path], team: Path | None = None
) -> Environment:
    """Return what draws the templates in *core*, in *features* and in *team*."""
    folders: dict[str, BaseLoader] = {
        name: FileSystemLoader(folder) for name, folder in features.items()
    }
    shipped = ChoiceLoader([PrefixLoader(folders), FileSystemLoader(core)])
    teams = [FileSystemLoader(team)] if team is not None else []
    environment = Environment(
        loader=ChoiceLoader([*teams, shipped, PrefixLoader({"": shipped}, "!")]),
        # Mails as text are templates that end in .txt.
        autoescape=select_autoescape(["jinja2"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=team is not None,
    )
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    texts = {"_": gettext, "gettext": gettext, "ngettext": ngettext, "say": say}
    environment.globals.update(texts)
    shows = {"shown": visible, "isolated": isolated, "unlinked": unlinked}
    times = {"when": when, "moment": moment, "day": day}
    environment.filters |= shows | times | {"browser_of": browser_of}
    return environment


class Renderer:
    """Pyramid's factory of renderers, for the templates of one environment."""

    def __init__(
        self,
        registry: Any,
        environment: Environment,
        values: Callable[[Any], Mapping[str, Any]],
        static: Mapping[str, str],
    ) -> None:
        self._registry = registry
        self._environment = environment
        self._values = values
        self._static = static

    def __call__(self, info: Any) -> Callable[[Mapping[str, Any], Any], str]:
        """Return what draws one template, for a view that names it."""
        name = info.name

        def draw(values: Mapping[str, Any], system: Any) -> str:
            return self.page(system["request"], name, values)

        return draw

    def page(self, request: WebRequest, name: str, values: Mapping[str, Any]) -> str:
        """Return a drawn page."""
        template = self._environment.get_template(name)
        shared = self._shared(request)
        place = in_language(request.localizer), in_zone(request.preferred_zone)
        with place[0], place[1], ExitStack() as transactions:
            loader = _Loader(request, transactions)
            shared["slot"] = lambda slot, **more: self._slot(
                loader, slot, {**shared, **values, **more}
            )
            return self._draw(template, {**shared, **values})

    def _draw(self, template: Template, values: dict[str, Any]) -> str:
        # What render() does, which would copy the globals anew for each piece.
        context = template.new_context(values, shared=True)
        try:
            return self._environment.concat(template.root_render_func(context))
        except Exception:  # noqa: BLE001  Raised again, with the template's lines.
            self._environment.handle_exception()

    def _shared(self, request: WebRequest) -> dict[str, Any]:
        """Return what every template can use."""
        prefix, static = request.prefix, self._static

        def csrf(scope: str | None = None) -> Markup:
            token = make_token(request, scope or request.csrf_scope)
            field = f'<input type="hidden" name="{FIELD}" value="{token}">'
            return Markup(field)  # noqa: S704  It is base64 and hexadecimal.

        return {
            **self._environment.globals,
            "request": request,
            "link": request.link,
            "has_route": request.has_route,
            "csrf": csrf,
            "static": lambda name: prefix + static[name],
            **self._values(request),
        }

    def _slot(self, loader: _Loader, slot: str, shared: dict[str, Any]) -> list[Markup]:
        """Return what the features added to a place of the page, drawn."""
        drawn = []
        for piece in joined(self._registry).slots.get(slot, ()):
            own = loader.values_of(piece)
            if own is not None:
                template = self._environment.get_template(piece.template)
                text = self._draw(template, {**shared, **own})
                drawn.append(Markup(text))  # noqa: S704  A template, which escapes.
        return drawn

    def text(self, name: str | Sequence[str], locale: str, /, **values: Any) -> str:
        """
        Return a template that no request asks for, in a language we have: a mail.

        Of several names the first counts of which there is a template.
        """
        with in_language(self._registry.getUtility(ILocalizer, name=locale)):
            names: list[Any] = [name] if isinstance(name, str) else [*name]
            return self._environment.select_template(names).render(values)


class _Loader:
    """Loads what pieces are drawn with. All loads of a page share one transaction."""

    def __init__(self, request: WebRequest, transactions: ExitStack) -> None:
        self._request = request
        self._transactions = transactions
        self._db: Any = None

    def values_of(self, piece: Piece) -> Mapping[str, Any] | None:
        """Return the values of a piece, ``None`` where it has no place."""
        if piece.values is not None:
            return piece.values(self._request)
        if piece.load is None:
            return {}
        if self._db is None:
            opened = self._request.realm.reading()
            self._db = self._transactions.enter_context(opened)
        return piece.load(self._request, self._db)


def _set_rendering(
    config: Any,
    core: Path,
    *,
    values: Callable[[Any], Mapping[str, Any]],
    team: Path | None = None,
    static: Mapping[str, str] | None = None,
    macros: str = "",
) -> None:
    """
    Draw templates; *values* are those that every page has, made of the request.

    The macros of the template *macros* are in all others, under its name without the
    ending: importing it in each costs more than to use it.
    """

    def register() -> None:
        registry = config.registry
        made = make_environment(core, joined(registry).templates, team)
        if macros:
            module = made.get_template(macros).module
            made.globals[macros.partition(".")[0]] = module
        folders = registry.queryUtility(ITranslationDirectories, default=())
        spoken = localizers(folders)
        for name, localizer in spoken.items():
            registry.registerUtility(localizer, ILocalizer, name=name)
        registry[LOCALES] = tuple(spoken)
        registry[ENVIRONMENT] = Renderer(registry, made, values, static or {})

    def factory(info: Any) -> Any:
        return config.registry[ENVIRONMENT](info)

    config.add_renderer(".jinja2", factory)
    # After the features have added their folders.
    config.action("realm rendering", register, order=1_000)


def includeme(config: Any) -> None:
    """Add the directive and the choice of the language."""
    config.add_directive("set_rendering", _set_rendering)
    config.set_locale_negotiator(negotiate)
