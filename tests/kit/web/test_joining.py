"""What features add: kept in order, told by introspection, each only once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError

import arware.kit.web
from arware.kit.web import Joined, Phase, Reason, joined
from tests.kit.web.sample import SampleRequest, configured, texts


@dataclass(frozen=True)
class Reset:
    """Settings of a feature."""

    minutes: int = 30


def fresh() -> Any:
    """Return a Configurator with nothing joined yet."""
    config = Configurator()
    config.set_request_factory(SampleRequest)
    config.include(arware.kit.web)
    config.add_reasons(*texts())
    return config


def committed(config: Any) -> Joined:
    """Return what was added."""
    config.commit()
    return joined(config.registry)


def nothing(*_: Any) -> Any:
    """Do nothing."""


def test_what_is_added_is_there() -> None:
    """Each directive adds to its own list."""
    config = fresh()
    config.add_feature_settings(Reset)
    config.add_token_kind("tpw", minutes=lambda settings: settings[Reset].minutes)
    config.add_job(nothing, every=60)
    config.add_operator_command("mail", nothing)
    config.add_permission_rule("fresh", nothing, route="proof")

    found = committed(config)

    assert found.settings == [Reset]
    assert found.token_kinds["tpw"]({Reset: Reset(5)}) == 5
    assert found.jobs[0].every == 60
    assert found.commands == {"mail": nothing}
    assert found.rules["fresh"].route == "proof"


def test_steps_stand_by_their_phase() -> None:
    """Ties come in the order of the features."""
    config = fresh()
    for name, phase in [
        ("terms", Phase.CONSENT),
        ("totp", Phase.FACTOR),
        ("confirmed", Phase.STATE),
        ("recovery", Phase.FACTOR),
    ]:
        config.add_login_step(name, phase=phase, route=name, needed=nothing)

    names = [step.name for step in committed(config).steps]

    assert names == ["confirmed", "totp", "recovery", "terms"]


def test_handlers_keep_the_order_of_the_features() -> None:
    """They are called as they were added."""
    config = fresh()
    for number in range(5):
        config.on(Reset, [print, len, repr, str, int][number])

    found = [one.function for one in committed(config).handlers]

    assert found == [print, len, repr, str, int]


def test_pieces_stand_by_their_order() -> None:
    """Those of one order come as the features do."""
    config = fresh()
    config.add_to_page("account.section", "b.jinja2")
    config.add_to_page("account.section", "c.jinja2")
    config.add_to_page("account.section", "a.jinja2", order=10)

    found = committed(config).slots["account.section"]

    assert [piece.template for piece in found] == ["a.jinja2", "b.jinja2", "c.jinja2"]


@pytest.mark.parametrize(
    "add",
    [
        lambda config: config.add_feature_settings(Reset),
        lambda config: config.add_token_kind("tpw", minutes=nothing),
        lambda config: config.add_login_step(
            "totp", phase=Phase.FACTOR, route="totp", needed=nothing
        ),
        lambda config: config.add_to_page("login.below", "x.jinja2"),
        lambda config: config.on(Reset, nothing),
        lambda config: config.add_permission_rule("fresh", nothing, route="proof"),
        lambda config: config.add_job(nothing, every=1),
        lambda config: config.add_operator_command("mail", nothing),
        lambda config: config.add_reasons(Reason("x", "x")),
    ],
)
def test_two_features_cannot_add_the_same(add: Any) -> None:
    """Pyramid tells of the conflict, with both places."""
    config = fresh()

    def one(inner: Any) -> None:
        add(inner)

    def other(inner: Any) -> None:
        add(inner)

    config.include(one)
    config.include(other)

    with pytest.raises(ConfigurationConflictError):
        config.commit()


def test_introspection_tells_what_was_added() -> None:
    """As of all that Pyramid has."""
    config = fresh()
    config.add_token_kind("tpw", minutes=nothing)
    config.commit()

    (item,) = config.introspector.get_category("realm token kinds")

    assert item["introspectable"].title == "tpw"


def test_a_permission_that_nobody_knows_is_refused_at_start() -> None:
    """Else leaving out a feature would open a page or shut it for all."""
    config = fresh()
    config.add_route("x", "/x")
    config.add_view(nothing, route_name="x", permission="typo", request_method="GET")

    with pytest.raises(ConfigurationError, match="typo"):
        config.commit()


def test_a_reason_without_a_text_is_refused_at_start() -> None:
    """The product must say each of the kit's."""
    config = Configurator()
    config.include(arware.kit.web)
    config.add_reasons(*texts()[1:])

    with pytest.raises(ConfigurationError, match=texts()[0].word):
        config.commit()


def test_a_view_must_be_bound_to_something_known() -> None:
    """A misspelt ``csrf`` is a fault at start."""
    config = fresh()
    config.add_route("x", "/x")
    config.add_view(nothing, route_name="x", csrf="typo", request_method="POST")

    with pytest.raises(ConfigurationError, match="typo"):
        config.commit()


def test_an_application_that_scans_its_packages_does_not_find_our_views() -> None:
    """They are of a category of their own."""
    config = Configurator()
    config.scan("tests.kit.web.sample")
    config.commit()

    assert not view_modules(config) & view_modules(configured())


def view_modules(config: Any) -> set[str]:
    """Return the modules of the sample that have a view."""
    config.commit()
    views = [
        item["introspectable"] for item in config.introspector.get_category("views")
    ]
    modules = {getattr(view["callable"], "__module__", "") for view in views}
    return {name for name in modules if name.startswith("tests.")}
