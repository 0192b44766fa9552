"""Paths that frameworks read differently: whoever is anonymous gets nowhere by them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyramid.config import Configurator
from pyramid.response import Response

from arware.testing import Browser, MemoryRealm, signed_in

from .conftest import SiteMaker
from .hosts import HOST

CONTROL = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
#: As a server gets them: %85 alone is not UTF-8, %C2%85 is.
SPELLINGS = ["%0a", "%0d", "%0D%0A", "%09", "%0b", "%0c", "%00", "%7f", "%85", "%C2%85"]


@pytest.mark.parametrize("ending", SPELLINGS)
def test_f1_a_control_character_opens_no_private_path(
    adapter: SiteMaker, ending: str
) -> None:
    """``/members%0a`` needs a login where ``/members`` does."""
    site = adapter(require_login=("/members",))
    browser = site.browser()

    for path in (f"/members{ending}", f"/members/page{ending}", f"/{ending}members"):
        assert browser.fetch(path).status == 401, path
        assert site.is_login(browser.get(path)), path


@pytest.mark.parametrize("ending", SPELLINGS)
def test_f1_a_control_character_earns_no_exemption(
    adapter: SiteMaker, ending: str
) -> None:
    """``/public%0a`` is neither exempt nor ignored where ``/public`` is."""
    exempt = adapter(require_login=True, exempt=("/public",))
    ignored = adapter(require_login=True, ignore=("/public",))

    for site in (exempt, ignored):
        assert site.browser().get("/public").status == 200
        assert site.browser().fetch(f"/public{ending}").status == 401


def test_f1_every_control_character_is_irregular(adapter: SiteMaker) -> None:
    """All of C0, C1 and DEL, wherever they stand."""
    site = adapter(require_login=("/elsewhere",))
    browser = site.browser()
    targets = [f"/{quote(f'a{letter}b')}" for letter in CONTROL]
    targets += [f"/page{quote(letter)}" for letter in CONTROL]

    assert [t for t in targets if browser.fetch(t).status != 401] == []


@pytest.mark.parametrize("host", ["asgi", "starlette", "fastapi"])
@pytest.mark.parametrize("ending", SPELLINGS)
def test_f1_a_control_character_opens_no_websocket(
    make_site: SiteMaker, host: str, ending: str
) -> None:
    """The handshake is refused as it is at the plain path."""
    for options in (
        {"require_login": ("/ws",)},
        {"require_login": True, "exempt": ("/ws",)},
        {"require_login": True, "ignore": ("/ws",)},
    ):
        messages = make_site(HOST[host], **options).browser().websocket(f"/ws{ending}")

        assert [message["type"] for message in messages] == ["websocket.close"]
        assert messages[0]["code"] == 1008


def test_f2_a_header_that_moves_the_root_earns_no_exemption(
    adapter: SiteMaker,
) -> None:
    """``X-Vhm-Root``, which any client can send, makes every path irregular."""
    site = adapter(require_login=("/members",), ignore=("/public",))
    headers = {"X-Vhm-Root": "/members"}

    assert site.browser().fetch("/page").status == 200
    for path in ("/page", "/public", "/"):
        assert site.browser().fetch(path, headers=headers).status == 401, path
    # Pyramid looks for the page elsewhere, too.
    assert site.member("alice").fetch("/page", headers=headers).status in (200, 404)


def test_f2_a_segment_that_names_a_view_opens_nothing(adapter: SiteMaker) -> None:
    """``/@@members`` is ``/members`` to Pyramid's traversal."""
    site = adapter(require_login=("/members",), exempt=("/public",))
    browser = site.browser()

    for path in ("/@@members", "/%40%40members", "/public/@@members", "/a/@@b"):
        assert browser.fetch(path).status == 401, path
    assert browser.fetch("/a@@b").status == 404


# --- Pyramid's traversal ---


class Folder:
    """A resource with children; those below a private one are private."""

    def __init__(self, is_private: bool = False, **children: Any) -> None:
        self.is_private = is_private
        self.children = children

    def __getitem__(self, name: str) -> Any:
        return self.children[name]


class Root(Folder):
    """Where traversal begins."""


def _tree() -> Root:
    inner = Folder(is_private=True)
    return Root(
        vault=Folder(is_private=True, inner=inner),
        open=Folder(deep=Folder()),
    )


def _view(context: Any, request: Any) -> Response:
    name = request.view_name
    is_private = context.is_private or name == "secret"
    return Response("private" if is_private else "public", content_type="text/plain")


def traversing_application(realm: MemoryRealm, **adapter: Any) -> Any:
    """Return a Pyramid application whose private parts lie at /vault and /secret."""
    values = realm.settings(**adapter)
    options = {f"authrocket.{name}": value for name, value in values.items()}
    with Configurator(settings=options, root_factory=lambda _: _tree()) as config:
        config.include("arware.pyramid")
        config.add_view(_view, context=Folder)
        config.add_view(_view, context=Folder, name="edit")
        config.add_view(_view, context=Root, name="secret")
        return config.make_wsgi_app()


@pytest.fixture(scope="module")
def traversing() -> tuple[Any, Any]:
    """Return one application with private prefixes, and one with an exempt one."""
    realm = MemoryRealm()
    closed = traversing_application(realm, require_login=True, exempt="/open")
    return traversing_application(realm, require_login="/secret /vault"), closed


PIECES = [
    *("secret", "vault", "inner", "open", "deep", "edit", "@@", "@@secret", "@@edit"),
    *("%40%40secret", "%40@secret", "se%63ret", "vault%0a", "", ".", "..", "%2e%2e"),
    *(
        "%2e",
        "\\",
        "%5c",
        ";",
        "open;x",
        "vault%2finner",
        "%2f",
        "%00",
        "%c3%a9",
        "%ff",
    ),
]
TARGETS = st.lists(st.sampled_from(PIECES), max_size=5).map(
    lambda pieces: "/" + "/".join(pieces)
)
#: Headers by which servers, proxies or frameworks have been told of another path.
MOVING = st.sampled_from(
    [
        *("X-Vhm-Root", "X-Vhm-Host", "X-Script-Name", "X-Forwarded-Prefix"),
        *("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Path", "X-Forwarded-Uri"),
        *("X-HTTP-Method-Override", "Script-Name", "Path-Info", "Request-Uri"),
    ]
)
HEADERS = st.dictionaries(MOVING, TARGETS, max_size=3)


@given(target=TARGETS, headers=HEADERS)
@settings(max_examples=400, deadline=None)
def test_f2_no_spelling_and_no_header_leads_to_a_private_view(
    traversing: Any, target: str, headers: dict[str, str]
) -> None:
    """Whatever path and headers an anonymous client sends, it sees what is public."""
    for app in traversing:
        answer = Browser(app).fetch(target, headers=headers)
        assert answer.text != "private"


def test_f2_the_private_views_are_there() -> None:
    """The tree of the property is sound: logged in, all of it is to be seen."""
    realm = MemoryRealm()
    app = traversing_application(realm, require_login=True)
    member = signed_in(app, realm)
    paths = ("/secret", "/@@secret", "/vault", "/vault/inner", "/vault/edit", "/open")
    moved = member.fetch("/", headers={"X-Vhm-Root": "/vault"})

    assert [member.fetch(path).text for path in paths] == ["private"] * 5 + ["public"]
    assert moved.text == "private"


def test_f2_the_examples_of_the_report(traversing: Any) -> None:
    """The very requests that once served a private view."""
    by_prefix, closed = traversing
    move = {"X-Vhm-Root": "/vault/@@"}

    assert Browser(by_prefix).fetch("/@@secret").status == 401
    assert Browser(closed).fetch("/open", headers=move).status == 401
    assert Browser(by_prefix).fetch("/", headers={"X-Vhm-Root": "/vault"}).status == 401
