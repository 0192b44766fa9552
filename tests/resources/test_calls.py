"""What objects and classes ask for: associations and the endpoints of their own."""

from __future__ import annotations

from typing import Any

import pytest

from arware.api.client import Client
from arware.errors import QueryError, RecordInvalid, RecordNotFound
from arware.resources.auth_provider import AuthProvider
from arware.resources.base import Collection
from arware.resources.membership import Membership
from arware.resources.org import Org
from arware.resources.session import Session
from arware.resources.user import User
from tests.api.conftest import KEY
from tests.api.servers import Api

MEMBERSHIP = {"object": "membership", "id": "mb_1", "user_id": "usr_1"}
ORG = {"object": "org", "id": "org_1", "name": "Acme"}


def asked(api: Api) -> list[tuple[str, str, Any]]:
    """Return method, target and body of what was asked."""
    return [(seen.method, seen.target, seen.json) for seen in api.seen]


def test_a_list_of_children_is_remembered_until_it_is_reloaded(
    api: Api, client: Client
) -> None:
    """Filters make a list of their own, which is not."""
    for _ in range(4):
        api.will({"collection": [MEMBERSHIP], "more_results": False})
    user = client.users(id="usr_1")
    first, again = user.memberships(), user.memberships()
    filtered = user.memberships(org_id="org_1"), user.memberships(org_id="org_1")
    reloaded = user.memberships(reload=True)

    assert first is again
    assert filtered[0] is not filtered[1]
    assert reloaded is user.memberships()
    assert [seen.target for seen in api.seen] == [
        "/v2/memberships?user_id=usr_1",
        "/v2/memberships?org_id=org_1&user_id=usr_1",
        "/v2/memberships?org_id=org_1&user_id=usr_1",
        "/v2/memberships?user_id=usr_1",
    ]
    assert isinstance(first, Collection)


def test_children_know_their_parent(api: Api, client: Client) -> None:
    """So that nobody asks for what is at hand."""
    api.will({"collection": [MEMBERSHIP]})
    user = client.users(id="usr_1")

    assert user.memberships()[0].user is user
    assert len(api.seen) == 1


def test_embedded_objects_need_no_call(api: Api, client: Client) -> None:
    """Neither a parent nor a list that came with the object."""
    api.will({**MEMBERSHIP, "org": ORG})
    api.will({"object": "user", "id": "usr_1", "memberships": [MEMBERSHIP]})
    membership, user = client.memberships.find("mb_1"), client.users.find("usr_1")

    assert membership.org is not None
    assert membership.org.name == "Acme"
    assert membership.org is membership.org
    assert [Membership(id="mb_1")] == user.memberships()
    assert len(api.seen) == 2


def test_a_parent_that_did_not_come_along_is_asked_for_once(
    api: Api, client: Client
) -> None:
    """And ``None`` without an id."""
    api.will(ORG)
    membership = client.memberships(id="mb_1", org_id="org_1")
    found = membership.org, membership.org

    assert found[0] is found[1]
    assert isinstance(found[0], Org)
    assert membership.user is None
    assert asked(api) == [("GET", "/v2/orgs/org_1", None)]


def test_the_inviting_user_is_a_user(api: Api, client: Client) -> None:
    """A parent may have another name than its class."""
    api.will({"object": "user", "id": "usr_1"})
    invitation = client.invitations(id="nvt_1", inviting_user_id="usr_1")

    assert User(id="usr_1") == invitation.inviting_user
    assert api.last.target == "/v2/users/usr_1"


def test_children_are_found_made_and_changed_with_the_parents_id(
    api: Api, client: Client
) -> None:
    """In the query, in the root, or beside a root that the caller gave."""
    user = client.users(id="usr_1")
    user.find_membership("mb_1", expand="x")
    user.retrieve_membership("mb_1")
    user.create_membership(org_id="org_1", request={"ip": "192.0.2.1"})
    user.create_membership(membership={"org_id": "org_1"})
    user.create_membership_or_raise(params={"org_id": "org_1"})
    user.update_membership("mb_1", permissions=["a"])
    user.update_membership_or_raise("mb_1", permissions=["a"])
    user.delete_membership("mb_1", force=True)
    user.delete_membership_or_raise("mb_1")
    both = {"org_id": "org_1", "user_id": "usr_1"}
    changed = {"membership": {"permissions": ["a"], "user_id": "usr_1"}}

    assert [
        ("GET", "/v2/memberships/mb_1?expand=x&user_id=usr_1", None),
        ("GET", "/v2/memberships/mb_1?user_id=usr_1", None),
        (
            "POST",
            "/v2/memberships",
            {"membership": both, "request": {"ip": "192.0.2.1"}},
        ),
        (
            "POST",
            "/v2/memberships",
            {"membership": {"org_id": "org_1"}, "user_id": "usr_1"},
        ),
        ("POST", "/v2/memberships", {"membership": both}),
        ("PUT", "/v2/memberships/mb_1", changed),
        ("PUT", "/v2/memberships/mb_1", changed),
        ("DELETE", "/v2/memberships/mb_1?force=true&user_id=usr_1", None),
        ("DELETE", "/v2/memberships/mb_1?user_id=usr_1", None),
    ] == asked(api)


def test_failures_of_children_are_those_of_the_class(api: Api, client: Client) -> None:
    """Not found, ``None``, an invalid object, or ``RecordInvalid``."""
    user = client.users(id="usr_1")
    api.will({}, 404)
    with pytest.raises(RecordNotFound):
        user.find_membership("mb_1")
    with pytest.raises(RecordNotFound):
        user.find_membership("")
    api.will({}, 404)
    assert user.retrieve_membership("mb_1") is None
    assert user.retrieve_membership("") is None
    api.will({"errors": ["no"]}, 422)
    made = user.create_membership(org_id="org_1")
    api.will({"errors": ["no"]}, 422)
    with pytest.raises(RecordInvalid):
        user.create_membership_or_raise(org_id="org_1")

    assert (made.errors, made.org_id, made.user_id) == (["no"], "org_1", "usr_1")


def test_children_take_their_fields_by_name(client: Client) -> None:
    """A stray argument is a mistake."""
    user = client.users(id="usr_1")
    for act in (user.memberships, user.create_membership):
        with pytest.raises(TypeError, match="name"):
            act("org_1")


def test_some_children_come_only_with_their_parent(api: Api, client: Client) -> None:
    """The parent is asked for again, and its own fields stay."""
    credential = {"object": "credential", "id": "crd_1"}
    api.will({"object": "user", "id": "usr_1", "credentials": [credential]})
    api.will({"object": "realm", "id": "rl_1", "named_permissions": []})
    api.will({"object": "realm", "id": "rl_1"})
    user, realm = client.users(id="usr_1", name="x"), client.realms(id="rl_1")

    assert [found.id for found in user.credentials()] == ["crd_1"]
    assert user.credentials()[0].user is user
    assert realm.named_permissions() == []
    assert realm.resource_links() == []
    assert user.name == "x"
    assert ["/v2/users/usr_1", *["/v2/realms/rl_1"] * 2] == [
        seen.target for seen in api.seen
    ]


def test_errors_of_an_embedded_list_are_errors(api: Api, client: Client) -> None:
    """They raise as those of any list do, and nothing is remembered."""
    credential = {"object": "credential", "id": "crd_1"}
    user = client.users(id="usr_1")
    api.will({"errors": ["no"]}, 422)
    with pytest.raises(QueryError, match="no"):
        user.credentials()
    api.will({"object": "user", "id": "usr_1", "credentials": [credential]})
    found = user.credentials()
    api.will({"errors": ["no"]}, 422)
    with pytest.raises(QueryError):
        user.credentials(reload=True)

    assert [one.id for one in found] == ["crd_1"]
    assert user.credentials() is found


def test_a_filtered_embedded_list_is_a_list_of_its_own(
    api: Api, client: Client
) -> None:
    """It does not take the place of the whole one, asked for before or after."""
    both = [{"object": "credential", "id": f"crd_{n}"} for n in (1, 2)]
    api.will({"object": "user", "id": "usr_1", "credentials": both})
    user = client.users.find("usr_1")
    api.will({"object": "user", "id": "usr_1", "credentials": both[:1]})
    filtered = user.credentials(credential_type="totp")

    assert [one.id for one in filtered] == ["crd_1"]
    assert filtered[0].user is user
    assert [one.id for one in user.credentials()] == ["crd_1", "crd_2"]
    assert len(user["credentials"]) == 2
    assert api.last.target == "/v2/users/usr_1?credential_type=totp"


def test_a_parent_with_errors_is_not_remembered(api: Api, client: Client) -> None:
    """It is asked for again; one that is not there is not remembered either."""
    membership = client.memberships(id="mb_1", org_id="org_1")
    api.will({"errors": ["no"]}, 422)
    refused = membership.org
    api.will({}, 404)
    with pytest.raises(RecordNotFound):
        membership.org  # noqa: B018 - reading it is the point
    api.will(ORG)

    assert refused is not None
    assert refused.errors == ["no"]
    assert membership.org == Org(id="org_1")
    assert len(api.seen) == 3


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.domains.create(domain="example.com"),
        lambda c: c.domains.create_or_raise(domain="example.com"),
        lambda c: c.domains(domain="example.com").save(),
        lambda c: c.domains(id="dom_1").save(domain="example.com"),
        lambda c: c.domains(id="dom_1").update(domain="example.com"),
        lambda c: c.domains.update("dom_1", domain="example.com"),
        lambda c: c.domains.create(params={"domain": "example.com"}),
        lambda c: c.domains.create(domain={"domain": "example.com"}),
    ],
)
def test_a_field_called_as_its_resource_is_wrapped(
    api: Api, client: Client, act: Any
) -> None:
    """Only a mapping under the root's name is a body that is wrapped already."""
    act(client)

    assert api.last.json == {"domain": {"domain": "example.com"}}


def test_a_field_called_as_its_resource_goes_with_the_parents_id(
    api: Api, client: Client
) -> None:
    """In one root; what was refused keeps both."""
    api.will({"errors": ["no"]}, 422)
    refused = client.realms(id="rl_1").create_domain(domain="example.com")

    assert api.last.json == {"domain": {"domain": "example.com", "realm_id": "rl_1"}}
    assert (refused.domain, refused.realm_id) == ("example.com", "rl_1")


def test_an_id_that_is_a_number_works_like_any_other(api: Api, client: Client) -> None:
    """Ids are texts; a server that sends numbers is understood."""
    api.will({"object": "membership", "id": 7, "org_id": 8})
    membership = client.memberships.find("7")
    membership.update(permissions=[])
    membership.reload()
    api.will({**MEMBERSHIP, "id": 7, "org_id": 8})
    membership.reload()
    api.will({**ORG, "id": 8})
    org = membership.org
    assert org is not None
    org.memberships()

    assert (membership.id, org.id) == ("7", "8")
    assert [seen.target for seen in api.seen[1:]] == [
        "/v2/memberships/7",
        "/v2/memberships/7",
        "/v2/memberships/7",
        "/v2/orgs/8",
        "/v2/memberships?org_id=8",
    ]


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (lambda c: c.orgs.find(5), "of type int"),
        (lambda c: c.orgs.find(None), "none was given"),
        (lambda c: c.orgs.find(" "), "this is blank"),
        (lambda c: c.orgs.update(5, name="x"), "of type int"),
        (lambda c: c.users(id="u").find_membership(5), "of type int"),
    ],
)
def test_what_is_no_id_is_told(
    api: Api, client: Client, act: Any, problem: str
) -> None:
    """It is found nowhere, and nobody is asked."""
    with pytest.raises(RecordNotFound, match=problem):
        act(client)

    assert client.orgs.retrieve(5) is None  # type: ignore[arg-type]  # the point
    assert Org.retrieve("") is None
    assert api.seen == []


def test_after_an_answer_without_a_body_the_object_shows_what_was_sent(
    api: Api, client: Client
) -> None:
    """204 says that it was taken over; a password is not shown."""
    user = client.users(id="usr_1", name="old", email="a@example.com")
    api.will(b"", 204)
    updated = user.update(name="new", password="secret", request={"ip": "x"})
    api.will(b"", 204)
    by_class = client.users.update("usr_1", name="newer")
    api.will(b"", 204)
    wrapped = client.orgs(id="org_1", name="old")
    wrapped.update(org={"name": "new"})
    api.will(b"", 204)
    deleted = client.orgs.delete("org_1")
    api.will({"token": "odd"}, 215)
    user.update(name="not taken over")

    assert updated
    assert (user.name, user.email, user.password) == ("new", "a@example.com", None)
    assert (by_class.id, by_class.name) == ("usr_1", "newer")
    assert (wrapped.name, deleted.id) == ("new", "org_1")
    assert "request" not in user.attributes


def test_credentials_of_one_call_stay_with_what_it_returns(
    api: Api, client: Client
) -> None:
    """Not with the object that asked; an empty mapping is the client's own."""
    api.will({"object": "user", "id": "usr_1"})
    user = client.users.find("usr_1", credentials={"api_key": "ks_2"})
    api.will({"object": "user", "id": "usr_1"})
    user.reload(credentials={})
    api.will({"collection": [MEMBERSHIP]})
    (membership,) = user.memberships(credentials={"api_key": "ks_3"})
    membership.reload()
    user.reload()
    keys = [seen.headers["authrocket-api-key"] for seen in api.seen]

    assert keys == ["ks_2", KEY, "ks_3", "ks_3", "ks_2"]


@pytest.mark.parametrize(
    "use", [iter, len, bool, list, lambda m: m[0], lambda m: "mb_1" in m]
)
def test_forgotten_parentheses_are_told(client: Client, use: Any) -> None:
    """A method is no list, and says how to get one."""
    user = client.users(id="usr_1")
    with pytest.raises(TypeError, match=r"call it: user\.memberships\(\)"):
        use(user.memberships)

    assert repr(user.memberships) == "<memberships of User(id='usr_1')>"
    assert "List the children" in (user.memberships.__doc__ or "")


def test_orgs_of_a_user_and_users_of_an_org_come_by_memberships(
    api: Api, client: Client
) -> None:
    """One call each."""
    user = {"object": "user", "id": "usr_1"}
    api.will({"collection": [MEMBERSHIP]})
    api.will({"collection": [{**MEMBERSHIP, "org": ORG}]})
    api.will({"collection": [{**MEMBERSHIP, "user": user}]})

    assert client.users(id="usr_2").orgs() == []
    assert [Org(id="org_1")] == client.users(id="usr_1").orgs()
    assert [User(id="usr_1")] == client.orgs(id="org_1").users()
    assert len(api.seen) == 3


def test_a_change_forgets_what_was_remembered(api: Api, client: Client) -> None:
    """After an update the lists are asked for again."""
    user = client.users(id="usr_1")
    api.will({"collection": []})
    user.memberships()
    user.update(name="x")
    api.will({"collection": []})
    user.memberships()

    assert len(api.seen) == 3


def test_reload_replaces_everything(api: Api, client: Client) -> None:
    """What the answer does not have is gone."""
    api.will({"object": "org", "id": "org_1", "name": "new"})
    org = client.orgs(id="org_1", name="old", reference="r")

    assert org.reload() is org
    assert (org.name, org.reference) == ("new", None)


def test_save_creates_and_then_updates(api: Api, client: Client) -> None:
    """As a form's handler would."""
    org = client.orgs(name="Acme")
    api.will({"errors": ["Name is taken"]}, 422)
    refused = org.save()
    api.will({**ORG, "name": "Acme 2"})
    saved = org.save(name="Acme 2")
    org.save(name="Acme 3")

    assert (refused, saved) == (False, True)
    assert asked(api) == [
        ("POST", "/v2/orgs", {"org": {"name": "Acme"}}),
        ("POST", "/v2/orgs", {"org": {"name": "Acme 2"}}),
        ("PUT", "/v2/orgs/org_1", {"org": {"name": "Acme 3"}}),
    ]


#: What is called, what goes out, and the class or value that comes back.
CUSTOM: list[tuple[Any, str, str, Any, dict[str, Any], Any]] = [
    (
        lambda c: c.users.authenticate_token("tmf:1", "000000"),
        "POST",
        "users/authenticate_token",
        {"user": {"token": "tmf:1", "code": "000000"}},
        {"object": "session", "id": "kss_1"},
        Session(id="kss_1"),
    ),
    (
        lambda c: c.users.reset_password_with_token("tpw:1", "new", "new"),
        "POST",
        "users/reset_password_with_token",
        {"user": {"token": "tpw:1", "password": "new", "password_confirmation": "new"}},
        {"object": "session", "id": "kss_1"},
        Session(id="kss_1"),
    ),
    (
        lambda c: c.users.verify_email(token="tve:1"),
        "POST",
        "users/verify_email",
        {"user": {"token": "tve:1"}},
        {"object": "user", "id": "usr_1"},
        User(id="usr_1"),
    ),
    (
        lambda c: c.users(id="usr_1").accept_invitation("tok"),
        "POST",
        "users/usr_1/accept_invitation",
        {"user": {"token": "tok"}},
        {},
        True,
    ),
    (
        lambda c: c.credentials(id="crd_1").verify("123456"),
        "POST",
        "credentials/crd_1/verify",
        {"credential": {"code": "123456"}},
        {"object": "credential", "id": "crd_1", "state": "active"},
        True,
    ),
    (
        lambda c: c.invitations(id="nvt_1").invite(),
        "POST",
        "invitations/nvt_1/invite",
        {"invitation": {}},
        {},
        True,
    ),
    (
        lambda c: c.domains(id="dom_1").verify(),
        "POST",
        "domains/dom_1/verify",
        {"domain": {}},
        {},
        True,
    ),
    (
        lambda c: c.auth_providers.authorize_urls(redirect_uri="https://a/", nonce="n"),
        "GET",
        "auth_providers/authorize?nonce=n&redirect_uri=https%3A%2F%2Fa%2F",
        None,
        {"collection": [{"object": "auth_provider", "id": "ap_1", "auth_url": "u"}]},
        [AuthProvider(id="ap_1")],
    ),
    (
        lambda c: c.auth_providers.authorize_url("google", redirect_uri="x"),
        "GET",
        "auth_providers/google/authorize?redirect_uri=x",
        None,
        {"object": "auth_provider", "id": "ap_1"},
        AuthProvider(id="ap_1"),
    ),
    (
        lambda c: c.auth_providers(id="ap_1").authorize_url(redirect_uri="x"),
        "GET",
        "auth_providers/ap_1/authorize?redirect_uri=x",
        None,
        {"object": "auth_provider", "id": "ap_1"},
        AuthProvider(id="ap_1"),
    ),
    (
        lambda c: c.auth_providers.authorize(code="c", state="s", nonce="n"),
        "POST",
        "auth_providers/authorize",
        {"code": "c", "state": "s", "nonce": "n"},
        {"object": "session", "id": "kss_1"},
        Session(id="kss_1"),
    ),
]


@pytest.mark.parametrize(
    ("act", "method", "target", "body", "answer", "result"), CUSTOM
)
def test_each_endpoint_of_its_own(
    api: Api,
    client: Client,
    act: Any,
    method: str,
    target: str,
    body: Any,
    answer: Any,
    result: Any,
) -> None:
    """Method, path, body and result of each call."""
    api.will(answer)
    found = act(client)

    assert [(method, f"/v2/{target}", body)] == asked(api)
    assert result == found


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.users(id="usr_1").accept_invitation("tok"),
        lambda c: c.users(id="usr_1").update_password("a", "b", "b"),
        lambda c: c.users(id="usr_1").update_profile(email="x"),
        lambda c: c.users(id="usr_1").generate_password_token(),
        lambda c: c.users(id="usr_1").request_email_verification(),
        lambda c: c.credentials(id="crd_1").verify("123456"),
        lambda c: c.invitations(id="nvt_1").invite(),
        lambda c: c.domains(id="dom_1").verify(),
        lambda c: c.realms(id="rl_1").reset(),
    ],
)
def test_methods_of_an_object_return_false_when_refused(
    api: Api, client: Client, act: Any
) -> None:
    """The errors stand on the object."""
    api.will({"errors": ["no"]}, 422)

    assert act(client) is False


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.users.authenticate_token("tmf:1", "0"),
        lambda c: c.users.reset_password_with_token("tpw:1", "x"),
        lambda c: c.users.verify_email("tve:1"),
        lambda c: c.users.generate_password_token("usr_1"),
        lambda c: c.users.request_email_verification("usr_1"),
    ],
)
def test_methods_of_a_class_raise_when_refused(
    api: Api, client: Client, act: Any
) -> None:
    """There is no object that could carry the errors."""
    api.will({"errors": ["no"]}, 422)
    with pytest.raises(RecordInvalid, match="User Invalid: no"):
        act(client)


def test_a_failed_login_elsewhere_may_tell_where_to_retry(
    api: Api, client: Client
) -> None:
    """In the metadata, beside the errors."""
    api.will({"errors": ["expired"], "retry_url": "https://example.com/"}, 422)
    api.will({"errors": ["expired"]}, 422)
    found = client.auth_providers.authorize(code="c", state="s")
    other = client.auth_providers(id="ap_1").authorize_token("t")

    assert (found.valid, found.errors) == (False, ["expired"])
    assert found.metadata["retry_url"] == "https://example.com/"
    assert not other.valid


@pytest.mark.parametrize(
    "act",
    [
        lambda c: c.auth_providers.authorize_urls(redirect_uri="x"),
        lambda c: c.auth_providers.authorize_url("ap_1", redirect_uri="x"),
        lambda c: c.auth_providers(id="ap_1").authorize_url(redirect_uri="x"),
    ],
)
def test_urls_to_authorize_are_queries(api: Api, client: Client, act: Any) -> None:
    """Their errors raise ``QueryError``."""
    api.will({"errors": ["no"]}, 422)
    with pytest.raises(QueryError, match="Error: no"):
        act(client)


def test_a_verified_credential_takes_over_the_answer(api: Api, client: Client) -> None:
    """An answer of another kind leaves it as it was."""
    api.will({"object": "credential", "id": "crd_1", "state": "active"})
    api.will({"object": "session", "id": "kss_1", "state": "odd"})
    credential = client.credentials(id="crd_1", state="new")
    credential.verify("123456")
    credential.verify("123456")

    assert (credential.id, credential.state) == ("crd_1", "active")


def test_class_methods_use_the_default_client_and_clients_their_own(
    api: Api, client: Client
) -> None:
    """Both are the same code, and make objects of the same class."""
    from arware.api import provider
    from arware.settings import Settings

    provider.configure(Settings(url=api.url, api_key="ks_default"))
    api.will(ORG)
    api.will(ORG)
    ours, theirs = Org.find("org_1"), client.orgs.find("org_1")
    ours.memberships()
    key = api.last.headers["authrocket-api-key"]
    theirs.memberships()
    provider.forget()

    assert ours == theirs
    assert type(ours) is type(theirs) is Org
    assert "ks_default" == key != api.last.headers["authrocket-api-key"]


def test_an_object_made_with_credentials_uses_them(api: Api) -> None:
    """``Org(credentials=...)`` needs no client of its own."""
    org = Org(id="org_1", credentials={"api_key": "ks_2", "url": api.url})
    org.reload()

    assert api.last.headers["authrocket-api-key"] == "ks_2"


def test_every_resource_with_calls_is_offered_by_a_client(client: Client) -> None:
    """By its path, and it says whose it is."""
    from arware.resources.registry import CLASSES, resource_class

    for kind in CLASSES:
        cls = resource_class(kind)
        if cls._path:
            name = "oauth2_sessions" if kind == "oauth2_session" else cls._path
            assert cls.__name__ in repr(getattr(client, name))
    with pytest.raises(AttributeError):
        client.orgs.nothing  # type: ignore[attr-defined]  # noqa: B018 - the point


def test_who_is_not_on_the_first_page_is_found_all_the_same(
    api: Api, client: Client
) -> None:
    """An org has more users than one page: asking for one asks for the membership."""
    other = {"object": "membership", "id": "mb_2", "user_id": "usr_2"}
    api.will({"collection": [{**MEMBERSHIP, "org_id": "org_1"}], "more_results": True})
    api.will({"object": "user", "id": "usr_1"})
    api.will({"collection": [{**other, "org_id": "org_1"}], "more_results": False})
    api.will({"object": "user", "id": "usr_2"})
    api.will({"collection": [], "more_results": False})
    org = client.orgs(id="org_1")
    users = org.users()
    found = org.find_user("usr_2")
    with pytest.raises(RecordNotFound):
        org.find_user("usr_3")
    with pytest.raises(RecordNotFound):
        org.find_user("")

    assert users.more_results
    assert found == User(id="usr_2")
    assert [seen.target for seen in api.seen] == [
        "/v2/memberships?org_id=org_1",
        "/v2/users/usr_1",
        "/v2/memberships?org_id=org_1&user_id=usr_2",
        "/v2/users/usr_2",
        "/v2/memberships?org_id=org_1&user_id=usr_3",
    ]


def test_an_org_that_is_not_on_the_first_page_is_found_all_the_same(
    api: Api, client: Client
) -> None:
    """The same for the orgs of a user."""
    first = {**MEMBERSHIP, "org_id": "org_1", "org": ORG}
    second = {**MEMBERSHIP, "id": "mb_2", "org_id": "org_2"}
    api.will({"collection": [first], "more_results": True})
    api.will({"collection": [second], "more_results": False})
    api.will({**ORG, "id": "org_2"})
    user = client.users(id="usr_1")

    assert user.find_org("org_1") == Org(id="org_1")
    assert user.find_org("org_2") == Org(id="org_2")
    assert [seen.target for seen in api.seen] == [
        "/v2/memberships?user_id=usr_1",
        "/v2/memberships?org_id=org_2&user_id=usr_1",
        "/v2/orgs/org_2",
    ]
