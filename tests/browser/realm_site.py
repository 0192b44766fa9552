"""An application that has mounted a realm, behind any adapter, and its people."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyotp

from arware.demo.servers import AsgiServer, WsgiServer
from arware.kit.listening import listen
from arware.local import Realm
from arware.local.features.confirm import Confirm
from tests.local.support import PEM

PASSWORD = "walrus tangerine lighthouse"


@dataclass
class Clock:
    """
    The realm's clock: ten minutes late, and less after what a test has let pass.

    Not ahead of the real one: adapters refuse a token from the future.
    """

    passed: float = -600

    def __call__(self):
        return time.time() + self.passed

    def forward(self, seconds):
        """Let time pass."""
        self.passed += seconds


@dataclass
class Site:
    """The application at *url*, and its realm below ``/auth``."""

    url: str
    realm: Realm
    clock: Clock
    people: int = field(default=0)

    def new_address(self):
        """Return an address that nobody has yet."""
        self.people += 1
        return f"person{self.people}@example.com"

    def add_person(self):
        """Add somebody whose address is confirmed; return the address."""
        email = self.new_address()
        self.realm.add_user(email, PASSWORD, org="Acme", email_verified=True)
        return email

    def who(self, page):
        """Return who the application says is there."""
        page.goto(f"{self.url}/page")
        return json.loads(page.locator("body").inner_text())["email"]


def named(application):
    """Tell the suite's validators what they know of a server, and nothing beyond."""

    def call(environ, start_response):
        environ["SERVER_SOFTWARE"] = "waitress"
        environ.pop("wsgi.input_terminated", None)
        return application(environ, start_response)

    return call


@contextmanager
def serving(host, folder, **settings):
    """Serve *host*, one of the adapters' suite, with a realm of its own."""
    clock = Clock()
    with listen(0) as listener:
        url = f"http://localhost:{listener.getsockname()[1]}"
        realm = Realm(
            f"sqlite:///{folder}/{host.name}.sqlite",
            url=f"{url}/auth",
            key=PEM,
            cheap_hashing=True,
            clock=clock,
            migrate=True,
            **{"confirm": Confirm(mode="soft"), **settings},
        )
        application = host.build(local_realm=realm, cookie_secret="s" * 40)
        if host.interface == "asgi":
            server = AsgiServer(application, listener)
        else:
            server = WsgiServer(named(application), listener)
        server.start()
        try:
            yield Site(url, realm, clock)
        finally:
            server.stop()
            realm.close()


def log_in(site, page, email, password=PASSWORD):
    """Log in at the realm's form, as far as the password goes."""
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(site, page):
    """Log out of the application and the realm."""
    page.goto(f"{site.url}/logout")
    page.wait_for_load_state()
    assert site.who(page) is None


def open_link(site, page, email, path):
    """Open the link to *path* in the newest message to *email*, in the mailbox."""
    page.goto(f"{site.url}/auth/dev/mailbox")
    message = page.locator("section.mail").filter(has_text=email)
    message.locator(f'a[href*="{path}"]').first.click()


def enrol(site, page):
    """Switch on one-time passwords on the profile; return what makes the codes."""
    page.goto(f"{site.url}/auth/profile")
    page.get_by_role("link", name="Switch on one-time passwords").click()
    codes = pyotp.TOTP(page.locator("code").inner_text().replace(" ", ""))
    page.get_by_label("Code that the application shows").fill(codes.at(site.clock()))
    page.get_by_role("button", name="Switch on").click()
    page.get_by_text("One-time passwords are on.").wait_for()
    return codes


def make_recovery_codes(site, page):
    """Make recovery codes on the profile, and return them."""
    page.goto(f"{site.url}/auth/profile")
    page.get_by_role("link", name="Make recovery codes").click()
    page.get_by_role("button", name="Make codes").click()
    found = page.locator("pre").inner_text().split()
    page.get_by_role("link", name="I have kept them").click()
    return found


def give_code(page, label, code):
    """Answer the second step of a login."""
    page.get_by_label(label).fill(code)
    page.get_by_role("button", name="Continue").click()
