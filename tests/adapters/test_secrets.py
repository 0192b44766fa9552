"""Nothing that a thief could use is said aloud (SECURITY T37)."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest

from .conftest import Site
from .hosts import HOST, Host

HOSTS = [HOST[name] for name in ("wsgi", "asgi", "pyramid", "bottle", "flask")]


@pytest.mark.parametrize("host", HOSTS, ids=str)
def test_t37_a_whole_login_logs_no_secret(
    make_site: Any, host: Host, caplog: Any, capfd: Any
) -> None:
    """Not at DEBUG, not on stdout or stderr, whatever succeeds or fails."""
    site: Site = make_site(host)
    secrets = [site.realm.settings()["cookie_secret"]]
    caplog.set_level(logging.DEBUG)
    with caplog.at_level(logging.DEBUG, "arware"):
        browser = site.browser()
        answer = browser.get("/private")
        for claims in ({}, {"lifetime": -60}, {"rid": "rl_other"}, {"nbf": 4e9}):
            token = site.token(**claims)
            secrets += [token, token.rpartition(".")[2]]
            browser.come_back(answer, token)
            browser.fetch("/", headers={"Authorization": f"Bearer {token}"})
            browser.arrive("/", token[:-4] + "AAAA", referer="https://evil.example/")
        secrets += [cookie.value for cookie in browser.cookies.values()]
        browser.get("/", headers={"Cookie": f"{browser.cookie_header()}x"})
        browser.get("/logout")
    output = capfd.readouterr()
    said = "\n".join(
        (caplog.text, output.out, output.err, *(str(r.args) for r in caplog.records))
    )

    assert caplog.records
    for secret in secrets:
        assert secret not in said


def test_t37_no_repr_tells(make_site: Any) -> None:
    """Session, auth, request, settings and adapter keep their secrets."""
    from arware.wsgi import Middleware

    shown: list[str] = []
    tokens: list[str] = []

    def application(environ: Any, start_response: Any) -> Any:
        for key, value in environ.items():
            if key.startswith("authrocket."):
                shown.append(f"{value!r} {value!s}")
                tokens.append(getattr(value, "token", None) or "")
        shown.append(repr(environ["authrocket.auth"].request))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    def build(**adapter: Any) -> Any:
        app = Middleware(application, **adapter)
        shown.append(repr(app))
        return app

    site = make_site(Host("repr", "wsgi", build))
    site.member("alice").get("/")
    secrets = {token for token in tokens if token}

    assert secrets
    for secret in (*secrets, site.realm.settings()["cookie_secret"]):
        assert not any(secret in text for text in shown)


@pytest.mark.parametrize("broken", ["x.y.z", "eyJhbGciOiJSUzI1NiJ9.e30.AAAA", "é"])
def test_t37_no_error_tells(make_site: Any, broken: str) -> None:
    """An exception that a token causes does not carry it, nor does its traceback."""
    from arware.errors import TokenError
    from arware.wsgi import Middleware

    told: list[str] = []
    marked = broken + "MARKER"

    def application(environ: Any, start_response: Any) -> Any:
        try:
            environ["authrocket.auth"].login(marked)
        except TokenError as error:
            told.extend((str(error), repr(error), traceback.format_exc()))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    host = Host("error", "wsgi", lambda **adapter: Middleware(application, **adapter))
    make_site(host).browser().get("/")

    assert told
    assert not any("MARKER" in text for text in told)
