"""Caching headers, mounts, spellings of paths, streaming, methods."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import django
import pytest

from arware.testing._calls import Call, Response, call, call_wsgi, is_asgi
from tests.effort import growth

from .conftest import ORIGIN, Site, SiteMaker
from .hosts import WSGI_HOSTS, Host


def vary_of(answer: Response) -> list[str]:
    """Return the names that *answer* varies with, in lower case."""
    return [name.strip().lower() for name in ",".join(answer.all("Vary")).split(",")]


# --- Caching ---


@pytest.mark.parametrize("path", ["/", "/nowhere", "/own500", "/stream", "/own302"])
@pytest.mark.parametrize("logged_in", [False, True], ids=["nobody", "somebody"])
def test_t46_every_answer_varies(site: Site, path: str, logged_in: bool) -> None:
    """A shared cache must not mix people up."""
    browser = site.member("alice") if logged_in else site.browser()
    names = vary_of(browser.get(path))

    assert names.count("cookie") == 1
    assert names.count("authorization") == 1


def test_t46_vary_is_merged(site: Site) -> None:
    """The application's own names stay, and none is named twice."""
    names = vary_of(site.browser().get("/cacheable"))

    assert sorted(names) == ["accept-encoding", "authorization", "cookie"]


def test_t46_somebody_s_page_is_private(site: Site) -> None:
    """An answer to somebody without a Cache-Control gets ``private, no-cache``."""
    browser = site.member("alice")

    for path in ("/", "/nowhere", "/own500", "/stream", "/empty"):
        assert browser.get(path).header("Cache-Control") == "private, no-cache"


def test_t46_a_bearer_s_page_is_private_too(site: Site) -> None:
    """However somebody was known."""
    headers = {"Authorization": f"Bearer {site.token()}"}
    answer = site.browser().fetch("/", headers=headers)

    assert answer.header("Cache-Control") == "private, no-cache"


def test_t46_nobody_s_page_stays_cacheable(site: Site) -> None:
    """A stranger's answer gets no Cache-Control from us."""
    assert site.browser().get("/page").all("Cache-Control") == []


@pytest.mark.parametrize("logged_in", [False, True], ids=["nobody", "somebody"])
def test_t46_the_applications_cache_control_stands(site: Site, logged_in: bool) -> None:
    """The application knows its pages."""
    browser = site.member("alice") if logged_in else site.browser()

    assert browser.get("/cacheable").header("Cache-Control") == "public, max-age=60"


@pytest.mark.parametrize("path", ["/", "/cacheable"])
def test_t46_an_answer_that_sets_our_cookie_is_not_stored(
    site: Site, path: str
) -> None:
    """Even if the application would have let it be (CVE-2026-27205)."""
    answer = site.browser().get(path, headers={"Cookie": "__Host-authrocket=bad"})

    assert answer.all("Set-Cookie") != []
    assert answer.header("Cache-Control") == "no-store"


def test_t46_our_own_answers_vary_and_are_not_stored(site: Site) -> None:
    """Redirects, refusals and pages of the adapter's own."""
    browser = site.browser()
    answers = [
        site.callback(site.browser()),
        browser.get("/private"),
        browser.fetch("/private"),
        browser.get("/logout"),
        browser.get("/forbidden"),
        browser.arrive("/", site.token(), referer="https://evil.example/"),
    ]
    for answer in answers:
        assert answer.header("Cache-Control") == "no-store"
        assert {"cookie", "authorization"} <= set(vary_of(answer))


# --- Mounts and spellings ---


@pytest.mark.parametrize("mount", ["/app", "/a/b", "/café"])
def test_t57_a_mounted_application(site: Site, mount: str) -> None:
    """Prefixes are compared below the mount, URLs keep it, the cookie's path is /."""
    browser = site.browser(mount=mount)
    encoded = mount.replace("é", "%C3%A9")
    answer = browser.get("/private?x=1")
    (uri,) = parse_qs(urlsplit(answer.location).query)["redirect_uri"]

    assert site.is_login(answer)
    assert uri.startswith(f"{ORIGIN}{encoded}/private?x=1&ar_state=")

    back = browser.come_back(answer, site.token(), referer=None)

    assert back.status == 303
    assert site.target_of(back) == f"{ORIGIN}{encoded}/private?x=1"
    assert all("Path=/;" in f"{line};" for line in back.all("Set-Cookie"))
    assert browser.get("/private").json()["user"] == "usr_alice"
    assert browser.get("/links").json()["logout_path"] == f"{encoded}/logout"

    out = browser.get("/logout")

    assert out.status == 302
    assert "__Host-authrocket" not in browser.cookies


@pytest.mark.parametrize("mount", ["", "/app"])
def test_t57_the_root_of_a_mount(site: Site, mount: str) -> None:
    """A callback there comes back there."""
    browser = site.browser(mount=mount)
    answer = site.callback(browser, "alice", "/")

    assert site.target_of(answer) == f"{ORIGIN}{mount}/"


def test_t57_a_mount_without_a_slash(site: Site) -> None:
    """``/app`` itself, where the path below the mount is empty, stays ``/app``."""
    request = Call(target=f"?token={site.token()}&x=1", mount="/app", origin=ORIGIN)
    answer = call(site.app, request)

    assert answer.status == 303
    assert site.target_of(answer) == f"{ORIGIN}/app?x=1"


def test_t57_prefixes_lie_below_the_mount(adapter: SiteMaker) -> None:
    """A mount that is called like an exempt prefix exempts nothing."""
    site = adapter(require_login=True, exempt=("/public",))
    browser = site.browser(mount="/public")

    assert site.is_login(browser.get("/page"))
    assert browser.get("/public").status == 200


def test_t57_a_mount_is_taken_off_by_whole_segments(adapter: SiteMaker) -> None:
    """``/app`` is no prefix of ``/application``."""
    site = adapter(require_login=("/members",))
    browser = site.browser(mount="/mem")

    assert site.is_login(browser.get("/members"))
    assert browser.get("/page").status == 200


@pytest.mark.parametrize("mount", ["/shop/", "/shop//", "/a/shop/"])
def test_f15_a_slash_at_the_end_of_a_mount_means_nothing(
    adapter: SiteMaker, mount: str
) -> None:
    """``uvicorn --root-path /shop/`` puts the path right behind it: ``/shop//page``."""
    site = adapter(require_login=True, exempt=("/public",), ignore=("/static",))

    def ask(target: str) -> Response:
        headers = (("accept", "text/html"),)
        request = Call("GET", target, headers, origin=ORIGIN, mount=mount)
        return call(site.app, request)

    (uri,) = parse_qs(urlsplit(ask("/page?x=1").location).query)["redirect_uri"]
    if site.host.name == "django-asgi" and django.VERSION >= (6, 1):
        # There the slash is a part of the path, which leads nowhere.
        assert site.is_login(ask("/public"))
        return

    assert ask("/public").json()["user"] is None
    assert ask("/static/file").all("Vary") == []
    assert site.is_login(ask("/login"))
    assert ask("/logout").location.startswith(site.realm.url + "logout")
    assert uri.startswith(f"{ORIGIN}{mount.rstrip('/')}/page?x=1&ar_state=")


@pytest.mark.parametrize("raw_target", [True, False], ids=["raw", "decoded"])
def test_t57_cafe(site: Site, raw_target: bool) -> None:
    """A path that is not ASCII is found by the application and survives a callback."""
    browser = site.browser(raw_target=raw_target)

    assert browser.get("/café").json()["path"] == "/café"

    answer = site.callback(browser, "alice", "/café?q=é")

    assert answer.status == 303
    assert site.target_of(answer) == f"{ORIGIN}/caf%C3%A9?q=%C3%A9"


@pytest.mark.parametrize(
    ("raw_target", "target"),
    [(True, "/a%2Fb"), (True, "/a%2fb"), (False, "/a/b")],
)
def test_t57_an_encoded_slash(site: Site, raw_target: bool, target: str) -> None:
    """It is kept where the server tells the raw target, and decoded where not."""
    browser = site.browser(raw_target=raw_target)
    asked = target if raw_target else "/a%2Fb"
    answer = site.callback(browser, "alice", asked)

    assert answer.status == 303
    assert site.target_of(answer) == ORIGIN + target
    assert browser.get(asked).status in (200, 404)


@pytest.mark.parametrize(
    "path",
    ["/page%20x", "/page+x", "/%7Euser", "/~user", "/a%25b", "/x;y=1,z", "/@:!$"],
)
def test_t57_a_path_keeps_its_spelling(site: Site, path: str) -> None:
    """Whatever the browser wrote is where it comes back to."""
    answer = site.callback(site.browser(), "alice", path)

    assert site.target_of(answer) == ORIGIN + path


@pytest.mark.parametrize("host", WSGI_HOSTS, ids=str)
@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
@pytest.mark.parametrize(
    "lie",
    [
        "/other/page",
        "//evil.example/page",
        "https://evil.example/page",
        "/\\evil.example",
        "/page\r\nSet-Cookie:x=1",
        "/page%0d%0aX:1",
        "evil.example",
        "",
        "*",
        "\u00e9",
    ],
)
def test_t40_a_raw_target_that_lies_is_not_believed(
    make_site: SiteMaker, host: Host, name: str, lie: str
) -> None:
    """It counts only if it decodes to the path."""
    site = make_site(host)
    inner = site.app

    def lying(environ: dict[str, object], start_response: object) -> object:
        environ.pop("RAW_URI", None)
        return inner(environ | {name: lie}, start_response)

    target = f"/page?token={site.token()}&x=1"
    answer = call_wsgi(lying, Call(target=target, origin=ORIGIN))

    assert answer.status == 303
    assert site.target_of(answer) == f"{ORIGIN}/page?x=1"


@pytest.mark.parametrize(
    "value",
    [
        "%0d%0aSet-Cookie:%20x=1",
        "%0D%0A%20x",
        "%E5%98%8A%E5%98%8DSet-Cookie:x=1",
        "%00",
        "%c0%8a",
        "\u560a\u560dx",
    ],
)
def test_t41_nothing_breaks_out_of_a_header(site: Site, value: str) -> None:
    """Headers hold visible ASCII only, whatever the URL brought."""
    browser = site.browser()
    answers = [
        site.callback(site.browser(), "alice", f"/page{value}?q={value}"),
        site.callback(site.browser(), "alice", f"/?{value}=1"),
        browser.get(f"/private?q={value}"),
        browser.fetch(f"/private?q={value}"),
        browser.get(f"/members/{value}"),
    ]
    for answer in answers:
        for name, text in answer.headers:
            assert "\r" not in text
            assert "\n" not in text
            assert all(" " <= letter <= "~" for letter in text), (name, text)


HOSTS_THAT_LIE = [
    "evil.example/x",
    "app.example/docs?x",
    "app.example#x",
    "app.example@evil.example",
    "user:pass@evil.example",
    "evil.example\\.app.example",
    "app.example:99999",
    "app.example:x",
    "[::1",
    "",
    " ",
    "a b",
    "app.example,evil.example",
    "-x.example",
    "<script>",
    "app.example\t",
]


@pytest.mark.parametrize("lie", HOSTS_THAT_LIE)
def test_t42_a_host_that_is_none_gets_into_no_url(site: Site, lie: str) -> None:
    """A malformed Host header is told to nobody, and breaks nothing."""
    app = _host_changer(site.app, lie)
    for target in ("/page", "/private", "/logout", f"/page?token={site.token()}"):
        request = Call(target=target, headers=(("accept", "text/html"),), origin=ORIGIN)
        answer = call(app, request)

        assert answer.status < 500, (target, answer)
        assert "evil.example" not in answer.location
        assert not lie.strip() or lie not in answer.location


def _host_changer(app: Any, host: str) -> Any:
    if is_asgi(app):

        async def changed(scope: Any, receive: Any, send: Any) -> None:
            headers = [pair for pair in scope["headers"] if pair[0] != b"host"]
            headers.append((b"host", host.encode("latin-1")))
            await app({**scope, "headers": headers}, receive, send)

        return changed

    def changed_too(environ: Any, start_response: Any) -> object:
        return app({**environ, "HTTP_HOST": host}, start_response)

    return changed_too


@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Prefix",
        "X-Forwarded-For",
        "X-Original-URL",
        "X-Rewrite-URL",
        "Forwarded",
        "X-Host",
        "X-HTTP-Method-Override",
    ],
)
def test_t42_forwarded_headers_are_not_believed(adapter: SiteMaker, name: str) -> None:
    """Servers that trust a proxy have applied them already; nobody else may."""
    site = adapter(require_login=True, exempt=("/public",))
    value = "http" if "Proto" in name else "/public"
    value = "host=evil.example;proto=http" if name == "Forwarded" else value
    value = "evil.example" if "Host" in name else value
    headers = {name: value}
    answer = site.browser().get("/page", headers=headers)
    (uri,) = parse_qs(urlsplit(answer.location).query)["redirect_uri"]

    assert site.is_login(answer)
    assert uri.startswith(f"{ORIGIN}/page?ar_state=")
    assert "__Host-" in site.callback(site.browser()).all("Set-Cookie")[0]


def test_public_url_is_where_the_login_returns_to(adapter: SiteMaker) -> None:
    """It stands in every URL of ours, whatever Host says."""
    site = adapter(public_url="https://public.example")
    browser = site.browser("http://inner:8080")
    answer = browser.get("/private?x=1")
    (uri,) = parse_qs(urlsplit(answer.location).query)["redirect_uri"]

    assert uri.startswith("https://public.example/private?x=1&ar_state=")

    out = parse_qs(urlsplit(browser.get("/logout").location).query)

    assert out["redirect_uri"] == ["https://public.example/"]


# --- Methods and bodies ---


def test_t57_head_is_answered_like_get(site: Site) -> None:
    """Known users are known there, too; frameworks leave the body to the server."""
    browser = site.member("alice")
    answer = browser.request("HEAD", "/")

    assert answer.status == 200
    assert answer.header("Cache-Control") == "private, no-cache"
    assert {"cookie", "authorization"} <= set(vary_of(answer))


@pytest.mark.parametrize("size", [0, 1, 70_000])
def test_t55_a_request_s_body_reaches_the_application(site: Site, size: int) -> None:
    """The adapter never reads it."""
    browser = site.member("alice")
    answer = browser.post("/", b"x" * size)

    assert answer.json()["user"] == "usr_alice"
    assert len(answer.json()["body"]) == size


@pytest.mark.parametrize("logged_in", [False, True], ids=["nobody", "somebody"])
def test_t52_a_stream_arrives_whole(site: Site, logged_in: bool) -> None:
    """Nothing is added, lost or counted."""
    browser = site.member("alice") if logged_in else site.browser()
    answer = browser.get("/stream")

    assert answer.status == 200
    assert answer.body == b"one two three"
    assert answer.all("Content-Length") == []


def test_an_empty_answer_stays_empty(site: Site) -> None:
    """A 204 gets our headers and no body."""
    answer = site.member("alice").get("/empty")

    assert answer.status == 204
    assert answer.body == b""


def test_an_application_s_redirect_stands(site: Site) -> None:
    """It is none of ours."""
    answer = site.member("alice").get("/own302")

    assert answer.status == 302
    assert site.target_of(answer) == f"{ORIGIN}/page"


def test_an_unknown_page_is_the_application_s_404(site: Site) -> None:
    """For everybody."""
    for browser in (site.browser(), site.member("alice")):
        assert browser.get("/nowhere").status == 404


@pytest.mark.parametrize(
    "query", ["token", "token=&token=", "&&&", "=token", "%", "%zz"]
)
def test_odd_queries_are_the_applications(site: Site, query: str) -> None:
    """Nothing in them disturbs the adapter."""
    assert site.member("alice").get(f"/?{query}").json()["user"] == "usr_alice"


@pytest.mark.parametrize("letter", ["A", "%", "&", "=", ";", "?", "/", "."])
def test_t47_a_long_query_costs_little(site: Site, letter: str) -> None:
    """64 KiB of anything are read in linear time."""

    def ask(size: int) -> None:
        answer = site.browser().get(f"/page?token={letter * size}&x=1")
        assert answer.status in (200, 400)

    assert growth(ask, 65_536) < 3
