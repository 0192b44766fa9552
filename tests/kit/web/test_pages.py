"""Pages: forms that are drawn again, methods, faults and where one lacks a right."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.web.sample import Browser, SampleRequest, token_of


@pytest.fixture
def browser() -> Browser:
    """Return a browser at the sample."""
    return Browser()


@pytest.fixture
def member(browser: Browser) -> Browser:
    """Return a browser in which somebody is logged in."""
    browser.log_in()
    return browser


def test_a_refused_form_shows_what_was_typed(browser: Browser) -> None:
    """Its answer is 422, each error stands at its field, and no password comes back."""
    page = browser.send("/login", {"email": "alice@", "password": "wrong"})

    assert page.status_int == 422
    assert 'value="alice@"' in page.text
    assert '<p class="error">Text of email_invalid.</p>' in page.text
    assert "wrong" not in page.text


def test_who_tries_too_often_is_told_when_to_come_back(browser: Browser) -> None:
    """The answer is 429 with Retry-After, and the text has the time in it."""
    page = browser.send("/login", {"email": "a@example.com", "password": "wait"})

    assert page.status_int == 429
    assert page.headers["Retry-After"] == "120"
    assert '<p role="alert">Wait 2 minutes.</p>' in page.text


def test_a_form_of_a_section_is_drawn_again_on_its_page(member: Browser) -> None:
    """The whole page is there, with what was typed in the one form."""
    page = member.send("/notes", {"title": "long" * 6, "body": "kept"})

    assert page.status_int == 422
    assert "0 notes" in page.text
    assert 'value="longlong' in page.text
    assert 'value="kept"' in page.text
    assert "Text of too_long." in page.text


def test_a_form_whose_page_is_left_out_is_told_of_anyway(member: Browser) -> None:
    """Without the page that has the form, a page says what is wrong."""
    page = member.get("/notes")
    fields = {"form_token": token_of(page), "title": ""}

    answer = member.post("/lost", fields, status=422)

    assert "<p>Text of missing.</p>" in answer.text


def test_a_section_is_drawn_again_below_a_prefix(member: Browser) -> None:
    """The page is found by its route, wherever the site is mounted."""
    member.site.prefix = "/auth"
    member.extra_environ["SCRIPT_NAME"] = "/auth"

    page = member.send("/notes", {"title": "x" * 21}, member.get("/notes"))

    assert page.status_int == 422
    assert 'action="/auth/notes"' in page.text


def test_a_link_to_a_page_that_is_left_out_is_a_fault(browser: Browser) -> None:
    """Templates ask ``has_route`` before."""
    request = SampleRequest.blank("/")
    request.registry = browser.registry

    assert not request.has_route("left-out")
    with pytest.raises(KeyError, match="left-out"):
        request.link("left-out")


def test_a_flow_can_refuse_a_field(member: Browser) -> None:
    """What a flow raises stands at the field that it names."""
    member.site.notes += ["1", "2", "3"]

    page = member.send("/notes", {"title": "four"})

    assert page.status_int == 422
    assert '<p class="error">There is no room for more.</p>' in page.text


def test_a_feature_adds_a_field_to_a_form(member: Browser) -> None:
    """It is drawn, checked and drawn again with the others, and written with them."""
    refused = member.send("/notes", {"title": "one", "colour": "x" * 101})
    member.send("/notes", {"title": "one", "colour": " blue "})

    assert '<input name="colour" type="text" value="xxx' in refused.text
    assert "Text of too_long." in refused.text
    assert member.site.colours == {"one": "blue"}


def test_programs_get_no_body_when_it_is_done(member: Browser) -> None:
    """JSON in, 204 out (AK-H01)."""
    headers = {"Origin": "http://localhost"}

    answer = member.post_json("/notes", {"title": "one"}, headers=headers)

    assert answer.status_int == 204
    assert answer.body == b""
    assert member.site.notes == ["one"]


def test_programs_get_the_words_when_it_is_not(member: Browser) -> None:
    """Reasons are stable, errors are for people, by the field (AK-H02)."""
    headers = {"Origin": "http://localhost"}

    answer = member.post_json(
        "/notes", {"title": "", "is_public": True}, headers=headers, status=422
    )

    assert answer.json == {
        "status": "error",
        "errors": {"title": ["Text of missing."]},
        "reasons": {"title": ["missing"]},
    }


def test_an_error_of_no_field_is_a_list(browser: Browser) -> None:
    """Authkit's clients read it so (AK-H02)."""
    fields = {"email": "a@example.com", "password": "wrong"}

    answer = browser.post_json("/login", fields, status=422)

    assert answer.json["errors"] == ["These do not belong together."]
    assert answer.json["reasons"] == {"": ["login_failed"]}


@pytest.mark.parametrize(
    ("path", "lands"),
    [
        ("/notes", "http://localhost/login?then=%2Fnotes"),
        ("/notes/0", "http://localhost/login?then=%2Fnotes%2F0"),
    ],
)
def test_who_is_not_logged_in_logs_in_and_comes_back(
    browser: Browser, path: str, lands: str
) -> None:
    """A page that needs a login leads to it."""
    answer = browser.get(path, status=303)

    assert answer.location == lands


def test_who_sends_a_form_too_late_comes_back_to_its_page(member: Browser) -> None:
    """What was sent is not kept, but the page with the form is where it was."""
    page = member.get("/notes")
    member.site.visitors.clear()

    to_form = member.send("/notes", {"title": "late"}, page)
    unknown = member.post("/tidy", {"form_token": token_of(page)})

    assert to_form.location == "http://localhost/login?then=%2Fnotes"
    assert unknown.location == "http://localhost/login"


def test_a_page_that_needs_a_fresh_login_asks_for_the_proof(member: Browser) -> None:
    """Who is logged in for long proves it again; who just did sees the page."""
    member.site.notes.append("one")

    before = member.get("/notes/0")
    member.log_in(is_fresh=True)

    assert before.location == "http://localhost/proof?then=%2Fnotes%2F0"
    assert "<p>one</p>" in member.get("/notes/0").text


def test_programs_are_told_that_a_login_is_needed(browser: Browser) -> None:
    """They get 403, not a page to look at (AK-H03)."""
    answer = browser.get("/notes", headers={"Accept": "application/json"}, status=403)

    assert answer.json["reasons"] == {"": ["login_required"]}


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/login", "GET, HEAD, OPTIONS, POST"),
        ("/tidy", "OPTIONS, POST"),
        ("/fault", "GET, HEAD, OPTIONS"),
        ("/static/sample.css", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_page_names_its_methods(browser: Browser, path: str, allow: str) -> None:
    """Another method is 405, OPTIONS 204; both say what is allowed (RFC 9110)."""
    refused = browser.delete(path, status=405)
    asked = browser.options(path, status=204)

    assert refused.headers["Allow"] == asked.headers["Allow"] == allow


def test_an_unknown_page_is_not_found(browser: Browser) -> None:
    """It is a page of the product's own."""
    page = browser.get("/nothing", status=404)

    assert "<h1>Title not_found</h1>" in page.text


def test_a_database_that_is_away_is_told(browser: Browser, caplog: Any) -> None:
    """The page says when to come back; the log has no statement."""
    page = browser.get("/fault?kind=database", status=503)

    assert page.headers["Retry-After"] == "5"
    assert [r.getMessage() for r in caplog.records] == [
        "database unavailable page=fault (Exception)"
    ]


def test_a_fault_of_ours_is_logged_and_not_shown(browser: Browser, caplog: Any) -> None:
    """People read that it was noted; the log has where and what."""
    page = browser.get("/fault", status=500)

    assert "secret" not in page.text
    assert [r.getMessage() for r in caplog.records] == ["page failed page=fault"]


def test_a_message_is_told_once(member: Browser) -> None:
    """The next page says it, the one after does not."""
    first, second = member.get("/notes"), member.get("/notes")

    assert "Welcome alice@example.com." in first.text
    assert "Welcome" not in second.text


def test_a_message_is_for_one_browser_and_a_minute(member: Browser) -> None:
    """Too late it is not told any more."""
    member.site.now += 60

    assert "Welcome" not in member.get("/notes").text


def test_pieces_share_one_transaction(member: Browser) -> None:
    """All that the pieces of a page load is read in one."""
    member.get("/notes")
    before = member.site.transactions

    member.get("/notes")

    assert member.site.transactions == before + 1


def test_static_files_are_kept_by_their_content(browser: Browser) -> None:
    """An address with the present hash may be kept for a year, another shortly."""
    present = browser.get("/static/sample.css?b4d5deb2f19a")
    other = browser.get("/static/sample.css?0")

    assert present.headers["Cache-Control"] == "public, max-age=31536000"
    assert other.headers["Cache-Control"] == "public, max-age=300"
    assert present.headers["Content-Type"] == "text/css; charset=utf-8"


def test_a_form_is_bound_to_the_session(member: Browser) -> None:
    """A page that was drawn before another login cannot be sent after it."""
    page = member.get("/notes")
    member.log_in()

    answer = member.send("/notes", {"title": "late"}, page)

    assert answer.status_int == 403
    assert "Text of form_expired." in answer.text


def test_a_form_that_is_bound_to_the_browser_survives_a_login(browser: Browser) -> None:
    """A login page in another tab still works."""
    page = browser.get("/login")
    browser.log_in()

    fields = {"email": "a@example.com", "password": "right"}

    assert browser.send("/login", fields, page).status_int == 303
    assert token_of(page) not in browser.get("/login").text


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("gone", 410, "<h1>Gone</h1>"),
        ("refused", 422, "<h1>There is no room for more.</h1>"),
        ("later", 500, "<h1>Title broken</h1>"),
    ],
)
def test_what_a_view_raises_is_a_page(
    browser: Browser, kind: str, status: int, text: str
) -> None:
    """Faults of Pyramid's have its title; what a flow refuses its own text."""
    assert text in browser.get(f"/fault?kind={kind}", status=status).text


def test_a_redirect_may_be_raised(browser: Browser) -> None:
    """It is no fault."""
    answer = browser.get("/fault?kind=away", status=303)

    assert answer.location == "http://localhost/login"


def test_a_section_that_has_to_wait_says_how_long(member: Browser) -> None:
    """The header is there on the page that draws it again, too."""
    answer = member.send("/notes", {"title": "wait"})

    assert (answer.status_int, answer.headers["Retry-After"]) == (429, "120")
    assert "Wait 2 minutes." in answer.text


@pytest.mark.parametrize("cookie", ["x", "x.y", ".", "e30.0", "é.é"])
def test_a_message_of_strangers_is_not_told(browser: Browser, cookie: str) -> None:
    """It is not signed by us, or not for this browser."""
    headers = {"Cookie": f"sample_flash={cookie}".encode().decode("latin-1")}

    page = browser.get("/login", headers=headers)

    assert 'role="status"' not in page.text


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/notes", "http://localhost/notes"),
        ("/notes/7", "http://localhost/notes/7"),
        ("/notes?a=b&c", "http://localhost/notes?a=b&c"),
        ("/notes/\xe9?\xe9", "http://localhost/notes/%C3%A9?%C3%A9"),
        ("/login", None),
        ("/nothing", None),
        ("//evil.example/notes", None),
        ("https://evil.example/notes", None),
        ("notes", None),
        ("", None),
    ],
)
def test_a_link_leads_to_a_page_that_needs_a_login(
    browser: Browser, path: str, url: str | None
) -> None:
    """There and nowhere else, whatever it says."""
    request = SampleRequest.blank("/", environ={"sample.site": browser.site})
    request.registry = browser.registry

    assert request.page_url(path) == url


def test_pyramid_knows_who_is_there(browser: Browser) -> None:
    """By its own names; cookies are set by our views alone."""
    browser.log_in()
    cookie = {"HTTP_COOKIE": f"sample={browser.cookies['sample']}"}
    environ = {"sample.site": browser.site} | cookie
    member = SampleRequest.blank("/", environ=environ)
    nobody = SampleRequest.blank("/", environ={"sample.site": browser.site})
    member.registry = nobody.registry = browser.registry

    assert member.identity.user.id == member.authenticated_userid
    assert nobody.identity is nobody.authenticated_userid is None
