"""An application that has mounted a realm, behind any adapter, and its people."""

from __future__ import annotations

import json
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyotp

from arware.demo.servers import AsgiServer, WsgiServer
from arware.kit.listening import listen
from arware.kit.outbox import WAITING
from arware.local import Realm, mail
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

    def add_person(self, language=None):
        """Add somebody whose address is confirmed; return the address."""
        email = self.new_address()
        self.realm.add_user(
            email, PASSWORD, org="Acme", email_verified=True, locale=language
        )
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


# What buttons and links are called is another thing in each language.


def press(page, path=""):
    """Press the button of the form that goes to *path*, or of the page's first."""
    form = page.locator(f'main form[action*="{path}"]' if path else "main form").first
    form.locator("button:not([type=button])").last.click()


def follow(page, path):
    """Follow the page's first link to *path*."""
    page.locator(f'a[href*="{path}"]').first.click()


def log_in(site, page, email, password=PASSWORD):
    """Log in at the realm's form, as far as the password goes."""
    page.goto(f"{site.url}/auth/login?redirect_uri=/page")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(password)
    press(page)


def log_out(site, page):
    """Log out of the application and the realm."""
    page.goto(f"{site.url}/logout")
    page.wait_for_load_state()
    assert site.who(page) is None


def mail_to(site, page, email):
    """Return the newest message to somebody, as the mailbox shows it."""
    page.goto(f"{site.url}/auth/dev/mailbox")
    return page.locator("section.mail").filter(has_text=email).first


def open_link(site, page, email, path):
    """Open the link to *path* in the newest message to *email* that has one."""
    page.goto(f"{site.url}/auth/dev/mailbox")
    message = page.locator("section.mail").filter(has_text=email)
    message.locator(f'a[href*="{path}"]').first.click()


def arrives(site, page, email, language):
    """Wait until the application knows who is there, and look at a page of theirs."""
    page.wait_for_url(f"{site.url}/page")
    assert site.who(page) == email
    page.goto(f"{site.url}/auth/profile")
    assert language_of(page) == language


def language_of(page):
    """Return the language that a page says it is in."""
    return page.locator("html").get_attribute("lang")


def languages_of_mail(site, email):
    """Return the languages of all messages to somebody."""
    with site.realm.reading() as db:
        outbox = mail.outbox(site.realm)
        rows = outbox.newest(db, WAITING, most=200)
    texts = [outbox.open(row).html for row in rows if row.recipient == email]
    return {re.search('<html lang="(.+?)">', text)[1] for text in texts}


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
