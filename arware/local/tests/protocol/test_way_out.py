"""The way back to an application, with a token."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import jwt
import pytest

from ...realm import Realm
from ..support import ADA, APPLICATION, PASSWORD, Browser, need, submit


def token_in(realm: Realm, url: str) -> dict[str, Any]:
    """Return the claims of the token in *url*, verified with the published keys."""
    (token,) = parse_qs(urlsplit(url).query)["token"]
    page = Browser(realm).get("/connect/jwks")
    (key,) = jwt.PyJWKSet.from_dict(page.json).keys
    assert jwt.get_unverified_header(token) == {"kid": key.key_id, "alg": "RS256"}
    options: Any = {"verify_exp": False, "verify_iat": False}
    return jwt.decode(token, key.key, ["RS256"], options)


def log_in(browser: Browser, redirect_uri: str) -> str:
    """Log in at a link that wants to come back, and return where that leads."""
    page = browser.get(f"/login?redirect_uri={quote(redirect_uri, safe='')}")
    location: str = submit(page, email=ADA, password=PASSWORD).location
    return location


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        (APPLICATION, f"{APPLICATION}?token="),
        (f"{APPLICATION}x?a=%2F&a", f"{APPLICATION}x?a=%2F&a&token="),
        ("/manage", f"{APPLICATION}manage?token="),
        ("", f"{APPLICATION}?token="),
    ],
)
def test_a_login_leads_back_with_a_token(
    realm: Realm, browser: Browser, wanted: str, leads: str
) -> None:
    """The query is kept, a path is completed, and there is a default."""
    need("password")
    location = log_in(browser, wanted)
    claims = token_in(realm, location)

    assert location.startswith(leads)
    assert (claims["email"], claims["rid"]) == (ADA, realm.id)
    assert claims["iss"] == "https://authrocket.com"


def test_a_token_is_for_documents(browser: Browser) -> None:
    """No image, no frame and no page that is fetched ahead gets one."""
    browser.log_in()

    assert browser.get("/login", 403, **{"Sec-Fetch-Dest": "image"})
    assert browser.get("/login", 503, **{"Sec-Purpose": "prefetch"})


def test_there_is_no_api_here(browser: Browser) -> None:
    """A 404 would say that a record is gone."""
    assert "does not serve the API" in browser.get("/v2/users/x", 501).json["error"]
