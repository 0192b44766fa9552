"""Passkeys in a browser: what the pages offer, and what the script gets and sends."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from arware.errors import ConfigurationError
from arware.kit.authenticator import Authenticator

from ...models import User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..mailbox import last_link, letters
from ..support import (
    APPLICATION,
    PASSWORD,
    Browser,
    Clock,
    need,
    needs,
    plain,
    submit,
)
from .people import ORIGIN, add

NEW = "new@example.com"


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm with a host name, in which Ada lives."""
    return with_ada(make(url=ORIGIN, login_urls=[APPLICATION]))


@pytest.fixture
def browser(realm: Realm) -> Browser:
    """Return a browser in front of it."""
    return at_home(realm)


def at_home(realm: Realm) -> Browser:
    """Return a browser that calls the realm by its name."""
    return Browser(realm, {"HTTP_HOST": "localhost:8001"})


def answer(
    browser: Browser, page: Any, device: Authenticator, status: Any = 303, **fields: str
) -> Any:
    """Do what the script does with the form that asks for a passkey."""
    asked = page.html.find("form", {"data-passkey": True})
    options = browser.app.get(asked["data-options"]).json
    do = device.create if asked["data-passkey"] == "create" else device.get
    form = next(one for one in page.forms.values() if "answer" in one.fields)
    for name, value in fields.items():
        form[name] = value
    form["answer"] = do(options)
    return form.submit(status=status)


def texts(page: Any) -> str:
    """Return what a person reads on a page."""
    return " ".join(page.html.find("main").text.split())


def without_password(realm: Realm) -> None:
    """Take all passwords away."""
    with realm.writing() as db:
        db.execute(update(User).values(password_hash=None))


@needs("password", "account")
def test_somebody_adds_a_passkey_logs_in_with_it_and_removes_it(
    realm: Realm, browser: Browser, device: Authenticator
) -> None:
    """From the profile, and back to the application."""
    browser.log_in()
    page = browser.get("/profile").click("Add a passkey")
    assert "logging in with your password takes a passkey, too" in texts(page)
    page = answer(browser, page, device, name="My <phone>").follow()
    assert "The passkey was added." in texts(page)
    assert "My <phone>" in texts(page)
    assert "My <phone>" in texts(browser.get("/profile"))

    browser = at_home(realm)
    done = answer(browser, browser.get("/login"), device)
    assert done.location.startswith(APPLICATION)
    page = submit(browser.get("/profile/passkeys")).follow()
    assert "The passkey was removed." in texts(page)
    assert "You have no passkey yet." in texts(page)

    browser = at_home(realm)
    page = answer(browser, browser.get("/login"), device, status=422)
    assert "This passkey did not work." in texts(page)
    assert not browser.is_logged_in


@needs("password", "account")
def test_one_without_a_name_is_called_by_its_browser(
    realm: Realm, browser: Browser, device: Authenticator
) -> None:
    """As in the list of logins."""
    browser.log_in()
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    browser.app.extra_environ["HTTP_USER_AGENT"] = firefox
    page = answer(browser, browser.get("/profile/passkeys"), device).follow()

    assert "Firefox · Linux" in texts(page)


@needs("password")
def test_a_login_by_password_goes_on_with_a_passkey(
    realm: Realm, browser: Browser, device: Authenticator
) -> None:
    """On a page of its own, which says what is wrong."""
    add(realm, device)
    page = browser.log_in().follow()
    assert page.request.path == "/login/passkey"
    device.origin = "http://localhost:8002"
    page = answer(browser, page, device, status=422)
    assert "This passkey did not work." in texts(page)
    device.origin = ORIGIN

    assert answer(browser, page, device).location.startswith(APPLICATION)
    assert browser.is_logged_in


@needs("password", "totp")
def test_who_has_both_chooses_the_second_factor(
    realm: Realm, browser: Browser, device: Authenticator, clock: Clock
) -> None:
    """The passkey is asked for first; each page leads to the other."""
    from ..totp.people import switch_on

    application = switch_on(realm)
    add(realm, device)
    clock.forward(seconds=30)
    page = browser.log_in().follow()
    page = page.click("Use a code from an application")
    assert "Use a code from an application" not in page
    back = page.click("Use a passkey")
    assert back.request.path == "/login/passkey"

    done = submit(page, code=application.code(clock.now))
    assert done.location.startswith(APPLICATION)


@needs("account")
def test_rq_s7_changes_need_a_fresh_proof_which_a_passkey_is(
    realm: Realm, browser: Browser, device: Authenticator, clock: Clock
) -> None:
    """And it leads back to what needed it."""
    add(realm, device)
    answer(browser, browser.get("/login"), device)
    clock.forward(minutes=16)
    page = browser.get("/profile/passkeys", 303).follow()
    without_password(realm)
    page = browser.get(page.request.path_qs)
    assert "password" not in texts(page)

    assert answer(browser, page, device).location.endswith("/profile/passkeys")
    assert browser.get("/profile/passkeys")


@needs("account")
def test_rq_m6_the_last_way_in_cannot_be_removed(
    realm: Realm, browser: Browser, device: Authenticator
) -> None:
    """The page says so."""
    add(realm, device)
    without_password(realm)
    answer(browser, browser.get("/login"), device)
    page = submit(browser.get("/profile/passkeys"), status=422)

    assert "You could not log in any more." in texts(page)


@needs("password", "account", "confirm")
@pytest.mark.parametrize("is_same", [True, False])
def test_who_confirms_the_address_decides_what_becomes_of_passkeys(
    make: Make, device: Authenticator, is_same: bool
) -> None:
    """They stay where it is who signed up: another one may be the true owner."""
    realm = with_ada(make(url=ORIGIN, **{"confirm.mode": "soft"}))
    browser = at_home(realm)
    browser.log_in()
    answer(browser, browser.get("/profile/passkeys"), device)
    if not is_same:
        browser = at_home(realm)
    submit(browser.get(last_link(realm), 303).follow())

    status = 303 if is_same else 422
    other = at_home(realm)
    answer(other, other.get("/login"), device, status=status)


@pytest.mark.parametrize("path", ["/login", "/login?then=%2Fprofile"])
def test_rq_e1_the_login_tells_nothing_of_passkeys(
    realm: Realm, device: Authenticator, path: str
) -> None:
    """Page and options are the same whether anybody has one; no name is asked for."""
    browser = at_home(realm)
    browser.get(path)
    before, options = browser.get(path), "/passkey/options/login"
    first = browser.app.get(options).json
    add(realm, device)
    after, second = browser.get(path), browser.app.get(options).json

    assert plain(before) == plain(after)
    assert first.pop("challenge") != second.pop("challenge")
    assert first == second
    assert first["allowCredentials"] == []
    assert first["userVerification"] == "required"


def test_options_are_for_whom_they_concern(realm: Realm, browser: Browser) -> None:
    """Without a login, a login that waits or a link there is nothing to ask for."""
    for purpose in ("step", "proof", "add"):
        browser.app.get(f"/passkey/options/{purpose}", status=403)
    browser.app.get("/passkey/options/signup", status=422)
    browser.app.get("/passkey/options/else", status=404)


@needs("signup", "confirm")
def test_rq_e2_the_options_tell_nothing_of_a_sign_up_that_waits(make: Make) -> None:
    """With an address that is taken it only seems to wait: both get the same."""
    settings = {"url": ORIGIN, "login_urls": [APPLICATION], "confirm.mode": "required"}
    realm, said = with_ada(make(**settings)), []
    for email in (NEW, "ada@example.com"):
        browser = at_home(realm)
        browser.sign_up(email=email)
        said.append(plain(browser.app.get("/passkey/options/step", status=403)))

    assert said[0] == said[1]


def test_a_program_gets_json(
    realm: Realm, browser: Browser, device: Authenticator
) -> None:
    """What the page sends as a form, and why it is refused."""
    add(realm, device)
    options = browser.app.get("/passkey/options/login").json
    told = {"answer": device.get(options)}
    site = {"Sec-Fetch-Site": "same-origin"}
    post = browser.app.post_json
    assert post("/passkey/login", told, headers=site).status_int == 204
    again = post("/passkey/login", told, headers=site, status=422)
    assert again.json["reasons"] == {"": ["passkey_wrong"]}


@needs("password")
def test_without_a_script_the_pages_say_what_they_need(
    realm: Realm, browser: Browser, device: Authenticator
) -> None:
    """The buttons wait for the script; no page has any code inside."""
    add(realm, device)
    browser.log_in()
    step, login = browser.get("/login/passkey"), browser.get("/login?prompt=login")
    for page in (step, login):
        button = page.html.find("form", {"data-passkey": True}).find("button")
        assert button.has_attr("hidden")
        assert {script.text for script in page.html.find_all("script")} == {""}
    assert "Passkeys need a browser that knows them" in texts(step)
    script = login.html.find("script", src=lambda src: "passkeys" in src)["src"]
    assert browser.app.get(script).content_type == "text/javascript"


# Where they can be used.


@pytest.mark.parametrize(
    ("url", "rp_id", "said"),
    [
        ("https://login.example.com", "example.com", None),
        ("https://login.example.com", "login.example.com", None),
        ("https://login.example.com", "example.org", "passkeys of example.org at"),
        ("https://login.example.com", "in.example.com", "refuse passkeys of"),
        ("https://login.example.com", "https://example.com", "it is no host name"),
        ("https://login.example.com", "192.0.2.1", "it is no host name"),
        ("http://127.0.0.1:8001", "localhost", "to develop, http://localhost"),
        ("http://[::1]:8001", "localhost", "to develop, http://localhost"),
        ("http://localhost:8001", "localhost", None),
    ],
)
def test_rq_m6_the_name_is_checked_at_the_start(
    make: Make, url: str, rp_id: str, said: str | None
) -> None:
    """Browsers would refuse it later, and say little."""
    values: dict[str, Any] = {"url": url, "passkeys.rp_id": rp_id}
    if "example" in url:
        values |= {"cheap_hashing": False}
    if said is None:
        make(**values)
        return
    with pytest.raises(ConfigurationError, match=r"passkeys\.rp_id") as caught:
        make(**values)
    assert said in str(caught.value)


@needs("password", "account")
def test_at_an_address_of_numbers_none_are_offered(make: Make) -> None:
    """The profile says what to do; nothing else speaks of them."""
    realm = with_ada(make())
    browser = Browser(realm)
    browser.log_in()

    assert "use an address with http://localhost" in texts(browser.get("/profile"))
    page = browser.get("/login?prompt=login")
    assert page.html.find("form", {"data-passkey": True}) is None
    assert browser.app.get("/passkey/options/login", status=403)
    assert "cannot be used at this address" in texts(browser.get("/profile/passkeys"))


# Signing up.


def signed_up(
    realm: Realm, browser: Browser, device: Authenticator, query: str = ""
) -> Any:
    """Sign up with a passkey, from the page of the sign-up to the last answer."""
    need("signup")
    page = browser.get("/signup" + query).click("Sign up with a passkey")
    page = submit(page, email=NEW).follow()
    assert f"We have sent a message to {NEW}." in texts(page)
    page = browser.get(last_link(realm, NEW), 303).follow()
    return answer(browser, page, device, first_name="Neo")


def test_somebody_signs_up_with_a_passkey(
    realm: Realm, browser: Browser, device: Authenticator
) -> None:
    """By a link; they have no password, and the address is proved."""
    done = signed_up(realm, browser, device)
    assert done.location.startswith(APPLICATION)
    user = find(realm, NEW)
    assert (user.email_verified, user.password_hash) == (True, None)
    assert user.first_name == "Neo"

    browser = at_home(realm)
    done = answer(browser, browser.get("/login"), device)
    assert done.location.startswith(APPLICATION)
    (name,) = {one.user_handle for one in device.passkeys}
    assert name == user.id


def test_a_link_is_good_once(
    realm: Realm, browser: Browser, device: Authenticator
) -> None:
    """To open it uses nothing up; a further one voids it (RQ-K5, K7)."""
    browser.get("/signup/passkey")
    submit(browser.get("/signup/passkey"), email=NEW)
    link = last_link(realm, NEW)
    first, second = at_home(realm), at_home(realm)
    pages = [one.get(link, 303).follow() for one in (first, second)]
    answer(first, pages[0], device)
    second.app.get("/passkey/options/signup", status=422)
    assert "not valid any more" in second.get("/signup/passkey/new", 422)


def test_rq_e2_nobody_learns_who_has_an_account(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """The answer is the same; the owner of the address is told."""
    answers = []
    for address in ("ada@example.com", NEW):
        page = at_home(realm).get("/signup/passkey")
        done = submit(page, email=address)
        answers.append([line.replace(address, "-") for line in map(str, plain(done))])

    assert answers[0] == answers[1]
    (told,) = letters(realm, "ada@example.com")
    assert "There is one already: log in to it." in told.text
    assert "token=" not in told.text


def test_an_address_that_is_taken_meanwhile_is_refused(
    realm: Realm, browser: Browser, device: Authenticator
) -> None:
    """Its owner has shown that the mail is theirs, and may know."""
    submit(browser.get("/signup/passkey"), email=NEW)
    page = browser.get(last_link(realm, NEW), 303).follow()
    realm.add_user(NEW, PASSWORD)

    page = answer(browser, page, device, status=422)
    assert "There is already an account" in texts(page)


def test_where_nobody_may_sign_up_there_is_no_page(make: Make) -> None:
    """Nor a way to it."""
    realm = make(url=ORIGIN, signup="closed")

    assert at_home(realm).app.get("/signup/passkey", status=404)
