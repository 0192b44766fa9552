"""
A walk through every page of the realm, without a word of what the pages say.

So it can be gone in any language. It yields the name of each page that it comes to.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pyotp

from arware.local import operators, people
from arware.local.app import configured
from arware.local.features.api_tokens.settings import ApiTokens
from arware.local.features.confirm import Confirm
from arware.local.features.magic_link import MagicLink
from tests.browser.realm_site import PASSWORD

#: What a realm has to be for all pages to be there.
SETTINGS = {
    "confirm": Confirm(mode="required"),
    "magic_link": MagicLink(enabled=True),
    "api_tokens": ApiTokens(self_service=True),
}
#: Pages that lead on without being seen, and what is no page.
PASSED = {
    "entry",
    "static",
    "brand_style",
    "brand_logo",
    "jwks",
    "org_of_clients",
    "api",
    "api_below",
}


def page_routes():
    """Return the patterns of all pages, by the names of their routes."""
    seen = configured().introspector
    patterns = {
        item["introspectable"]["name"]: item["introspectable"]["pattern"]
        for item in seen.get_category("routes")
    }
    views = [item["introspectable"] for item in seen.get_category("views")]
    shown = {view["route_name"] for view in views if view["request_methods"] == "GET"}
    return {name: patterns[name] for name in shown - PASSED if name}


class Walk:
    """Somebody who goes through all pages of *site* in the tab *page*."""

    def __init__(self, site, page):
        self.site, self.page = site, page
        self.email = site.new_address()
        self.came_to = set()

    def go(self, path, name=None):
        """Open a page; return its name."""
        self.page.goto(f"{self.site.url}/auth{path}")
        return name or path

    def send(self, path, **fields):
        """Fill in the form that goes to *path*, and send it."""
        form = self.page.locator(f'form[action*="{path}"], form:not([action])').first
        for name, value in fields.items():
            form.locator(f'[name="{name}"]').fill(value)
        # Without asking the browser, which words its own complaints.
        form.evaluate("form => { form.noValidate = true }")
        form.locator("button:not([type=button])").first.click()
        self.page.wait_for_load_state()

    def open_link(self, path):
        """Open the newest link to *path* in the mailbox."""
        self.go("/dev/mailbox")
        self.page.locator(f'section.mail a[href*="{path}?token="]').first.click()
        self.page.wait_for_load_state()

    def steps(self):
        """Go, and yield the name of each page that is shown."""
        for part in (self.strangers, self.newcomers, self.members, self.returners):
            for name in part():
                self.came_to.add(self.route())
                yield name

    def route(self):
        """Return the path of the page, below the realm's."""
        return urlsplit(self.page.url).path.removeprefix("/auth")

    def strangers(self):
        """See what is shown to anybody."""
        yield self.go("/login?redirect_uri=/page", "login")
        self.send("/login", email="nobody@example.com", password="wrong")
        yield "login, refused"
        yield self.go("/signup", "sign-up")
        self.send("/signup", email="x", password="short", first_name="\u202e")
        yield "sign-up, refused"
        yield self.go("/nowhere", "not found")
        yield self.go("/logout", "logout of nobody")
        for name, ask, field in (
            ("reset", "/password/reset", "email"),
            ("magic link", "/login/mail", "email"),
            ("unlock", "/login/unlock", "email"),
            ("confirm again", "/email/confirm/ask", "email"),
        ):
            yield self.go(ask, f"{name}, asked")
            self.send(ask, **{field: "nobody@example.com"})
            yield f"{name}, sent"
        self.go("/login/mail/code")
        self.send("/login/mail/code", code="1")
        yield "magic link, code refused"
        for name, link in (
            ("reset", "/password/change"),
            ("magic link", "/login/mail/link"),
            ("unlock", "/login/unlock/link"),
            ("confirm", "/email/confirm"),
        ):
            yield self.go(f"{link}?token=x", f"{name}, a link that is over")

    def newcomers(self):
        """Sign up, and confirm."""
        self.go("/signup?redirect_uri=/page")
        self.send("/signup", email=self.email, password=PASSWORD, org_name="Acme")
        yield "sign-up, wait"
        self.send("/email/confirm/wait")
        yield "sign-up, waiting"
        yield self.go("/dev/mailbox", "mailbox")
        self.open_link("/email/confirm")
        yield "confirm"
        self.send("/email/confirm")

    def members(self):
        """See what is shown to somebody who is logged in."""
        yield self.go("/profile", "profile")
        self.send("/profile/email", email="x", current_password="")
        yield "profile, address refused"
        self.go("/profile")
        self.send("/profile/password", current_password="x", new_password="short")
        yield "profile, password refused"
        self.go("/profile")
        self.send("/profile/email", email=f"new{self.email}", current_password=PASSWORD)
        yield "profile, changed"
        self.open_link("/email/change")
        yield "address, to be changed"
        yield self.go("/profile/totp", "second factor, to switch on")
        codes = pyotp.TOTP(self.page.locator("code").inner_text().replace(" ", ""))
        self.send("/profile/totp", code="123456")
        yield "second factor, refused"
        self.send("/profile/totp", code=codes.at(self.site.clock()))
        yield self.go("/profile/totp", "second factor, to switch off")
        yield self.go("/profile/recovery-codes", "recovery codes, to be made")
        self.send("/profile/recovery-codes")
        yield "recovery codes"
        self.spare = self.page.locator("pre").inner_text().split()
        yield self.go("/profile/tokens", "API tokens, none")
        yield self.go("/profile/tokens/new", "API token, to be made")
        self.send("/profile/tokens/new", name="", days="0")
        yield "API token, refused"
        self.send("/profile/tokens/new", name="Report", days="7")
        yield "API token, made"
        yield self.go("/profile/tokens", "API tokens")
        yield self.go("/accounts?force=1", "organizations")
        org = self.page.locator("button[name=account]").get_attribute("value")
        yield self.go(f"/account/{org}", "organization")
        yield from self.others("/operator")
        self.site.clock.forward(1200)
        yield self.go("/profile/totp", "proof")
        self.send("/proof", password="wrong")
        yield "proof, refused"
        yield self.go("/nowhere", "not found, logged in")
        # From elsewhere, where it asks.
        self.page.goto("data:text/html,")
        place = f"{self.site.url}/auth/logout"
        with self.page.expect_navigation():
            self.page.evaluate("place => { location.href = place }", place)
        yield "logout"
        self.send("/logout")

    def others(self, later="\n"):
        """See each page that has an address of its own and does not begin so."""
        user = self.user_id()
        for name, pattern in sorted(page_routes().items()):
            path = pattern.replace("{id:usr_[^/]+}", user)
            if "{" in path or path.startswith(later) or path in self.came_to:
                continue
            if path == "/logout":
                continue
            self.go(path)
            self.came_to.add(path)
            # Others lead away, such as steps of a login that nobody has begun.
            if "/auth/" in self.page.url:
                yield f"route {name}"

    def become_operator(self):
        """Let the person look after the realm."""
        realm = self.site.realm
        with realm.writing() as db:
            user = people.find_locked(db, self.email)
            operators.add(realm, db, user, realm.operator())

    def user_id(self):
        """Return the id of the person's account."""
        with self.site.realm.reading() as db:
            return people.by_login_name(db, self.email).id

    def returners(self):
        """Log in again, by a second factor."""
        yield self.go("/login?redirect_uri=/page", "logged out")
        self.log_in()
        yield "second factor"
        self.send("/login/totp", code="123456")
        yield "second factor, wrong code"
        yield self.go("/login/recovery", "recovery code")
        self.send("/login/recovery", code=self.spare[0])
        self.become_operator()
        yield from self.others()
        self.go("/profile/close")
        self.send("/profile/close")
        yield "account, closed"
        self.log_in()
        self.go("/login/recovery")
        self.send("/login/recovery", code=self.spare[1])
        yield "account, to be kept"

    def log_in(self):
        """Log in with the password."""
        self.go("/login?redirect_uri=/page")
        self.send("/login", email=self.email, password=PASSWORD)
