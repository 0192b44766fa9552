"""Journeys through a realm of one's own, as users' own tests take them."""

from __future__ import annotations

import pytest

from arware.testing import Authenticator, Person, local_realm
from arware.wsgi import Middleware
from tests.testing.journeys import EVE, PASSWORD, journey


@pytest.fixture
def realm():
    """An empty realm, in which each new user is asked to confirm the address."""
    with local_realm(**{"confirm.mode": "soft"}) as realm:
        yield realm


def test_a_journey_in_memory(realm):
    """Sign-up, mail, passkey, fresh proof, and the end of another login."""
    eve, elsewhere = journey(realm)

    assert "The passkey was removed." in elsewhere.browser.last.text
    assert eve.goto("/profile").url.startswith(f"{realm.url}login")
    assert [mail.subject for mail in eve.mails][-1].startswith("Confirm")


def test_what_is_not_there_is_told(realm):
    """With what there is in its place."""
    eve = Person(realm, EVE)
    with pytest.raises(LookupError, match="no page is shown yet"):
        eve.send(email="x")
    eve.goto("/login")
    with pytest.raises(LookupError, match=r"no form with Buy. Its forms: .*Log in"):
        eve.send("Buy")
    with pytest.raises(LookupError, match="no mail to eve@example"):
        eve.open_mail()
    with pytest.raises(LookupError, match="no passkey for localhost"):
        eve.use_passkey()
    eve.goto("/logn")
    with pytest.raises(LookupError, match=r"/logn \(404\) has no form"):
        eve.send("Log in")
    with pytest.raises(ValueError, match=r"local_realm\(url="):
        Person(realm, EVE, app=realm.wsgi_app)


def is_fresh(environ, start_response):
    """Tell whether who is there has proved it in the last quarter of an hour."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(environ["authrocket.auth"].is_fresh(900)).encode()]


def test_time_passes_in_the_application_too():
    """So a test can see what it asks again after a while."""
    with local_realm(url="http://localhost:8001/auth") as realm:
        app = Middleware(is_fresh, local_realm=realm)
        eve = Person(realm, EVE, app=app)
        eve.goto("/signup")
        eve.send(email=EVE, password=PASSWORD)
        assert eve.browser.get("/").text == "True"
        eve.wait(minutes=20)
        assert eve.browser.get("/").text == "False"


def test_realms_do_not_know_each_other():
    """Each test begins with an empty one."""
    with local_realm() as one, local_realm(name="Two") as two:
        one.add_user(EVE, PASSWORD)
        assert two.users() == []
        assert two.settings.name == "Two"


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_devices_of_all_kinds(realm, algorithm):
    """Whichever signature a device can make."""
    device = Authenticator("http://localhost:8001", algorithm=algorithm, counts=True)
    eve = Person(realm, EVE, device=device)
    eve.goto("/signup/passkey")
    eve.send(email=EVE)
    eve.open_mail()
    eve.use_passkey(first_name="Eve")
    eve.goto("/login?prompt=login")
    eve.use_passkey()

    assert "Eve" in eve.goto("/profile").text
    assert device.passkeys[0].sign_count == 1
