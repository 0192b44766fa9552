"""Where AuthRocket's API would be, the realm says that there is none, as JSON."""

from __future__ import annotations

import pytest

from arware.api.client import Client
from arware.demo.servers import WsgiServer
from arware.errors import Error
from arware.kit.listening import listen
from arware.local import Realm
from tests.local.support import Browser, call


@pytest.fixture
def realm(lasting_realm: Realm) -> Realm:
    """Share one realm: nothing here changes its users."""
    return lasting_realm


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/v2", "/v2/", "/v2/users/usr_1", "/v2/a/b%2Fc"])
def test_f20_the_api_is_not_implemented(
    browser: Browser, method: str, path: str
) -> None:
    """A client must not take a missing API for a record that is not there."""
    answer = browser.app.request(path, method=method, status=501)

    assert answer.content_type == "application/json"
    assert "does not serve the API" in answer.json["error"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_f20_a_realm_by_another_name_of_this_machine_says_so_too(realm: Realm) -> None:
    """Programs do not follow the redirect that people get."""
    status, headers, _ = call(realm, PATH_INFO="/v2/users", HTTP_HOST="localhost:8001")

    assert status == 501
    assert "Location" not in headers


def test_f20_a_client_raises_an_error(realm: Realm) -> None:
    """``retrieve`` of somebody who is there is not ``None``."""
    with listen(0) as listener:
        server = WsgiServer(realm.wsgi_app, listener)
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v2"
        try:
            with (
                Client(url=url, api_key="ks_1") as client,
                pytest.raises(Error, match="does not serve the API"),
            ):
                client.users.retrieve(realm.users()[0].id)
        finally:
            server.stop()


def test_a_page_whose_name_begins_alike_is_not_found(browser: Browser) -> None:
    """Only whole segments count."""
    assert browser.get("/v2x", 404).content_type == "text/html"
