"""The application: one Configurator for all realms of a process, with all features."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from pyramid.config import Configurator

from arware.kit import web
from arware.kit.web.joining import CATEGORY, Joined
from arware.kit.web.static import addresses

from .features import FEATURES
from .problems import REASONS
from .request import RealmRequest

HERE = Path(__file__).parent
STATIC = HERE / "static"


@lru_cache(16)
def configured(
    templates: Path | None = None, features: tuple[str, ...] = FEATURES
) -> Any:
    """
    Return the Configurator, committed.

    *templates* is the folder in which a team keeps the templates that it changes. What
    differs between realms is asked of the request: see ``RealmRequest.realm``.
    """
    config = Configurator(package=__package__, root_package=__package__)
    config.set_request_factory(RealmRequest)
    config.include(web)
    config.add_reasons(*REASONS)
    static = STATIC, *(HERE / "features" / name / "static" for name in features)
    config.add_static_files(*static)
    config.set_rendering(
        HERE / "templates",
        values=shared,
        team=templates,
        static=addresses(*static),
        macros="parts.jinja2",
    )
    config.add_translation_dirs(str(HERE / "locale"))
    if templates is not None and (templates / "locale").is_dir():
        config.add_translation_dirs(str(templates / "locale"), override=True)
    config.include(".mail")
    config.include(".retention")
    config.include(".password_hashes")
    config.include(".actions")
    config.include(".pages")
    config.include(".command")
    config.scan(".pages", categories=(CATEGORY,))
    for name in features:
        _include(config, name)
    config.commit()
    return config


def _include(config: Any, name: str) -> None:
    """Include a feature: its views, its templates and its texts."""
    folder = HERE / "features" / name
    if (folder / "templates").is_dir():
        config.add_templates(name, folder / "templates")
    if (folder / "locale").is_dir():
        config.add_translation_dirs(str(folder / "locale"))
    config.include(import_module(f".features.{name}", __package__))


@lru_cache(16)
def router(templates: Path | None = None) -> Any:
    """Return the WSGI application of :func:`configured`."""
    return configured(templates).make_wsgi_app()


def joined() -> Joined:
    """Return what the features have added in this process."""
    return web.joined(configured().registry)


def shared(request: RealmRequest) -> dict[str, Any]:
    """Return the values that each page has."""
    return {
        "realm_name": request.realm.settings.name,
        "brand": request.realm.brand,
        "visitor": request.known_visitor,
    }
