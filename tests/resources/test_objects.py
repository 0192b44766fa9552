"""Objects: fields, what the server sent beyond them, equality and looks."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from arware.api.client import Client
from arware.errors import RecordNotFound, UnsavedObjectError
from arware.resources.associations import Parent
from arware.resources.base import Resource
from arware.resources.event import Event
from arware.resources.fields import Field
from arware.resources.hook import Hook
from arware.resources.invitation import Invitation
from arware.resources.membership import Membership
from arware.resources.org import Org
from arware.resources.realm import Realm
from arware.resources.registry import CLASSES, resource_class
from arware.resources.session import Session
from arware.resources.token import Token
from arware.resources.user import User
from tests.api.servers import Api
from tests.effort import effort

ALL = sorted(CLASSES)


def test_fields_are_attributes_and_items() -> None:
    """Both spellings read the same, converted value."""
    org = Org(id="org_1", name="Acme", created_at=1735689600)

    assert (org.name, org["name"]) == ("Acme", "Acme")
    assert org.created_at == org["created_at"] == datetime(2025, 1, 1, tzinfo=UTC)
    assert (org.reference, org["reference"]) == (None, None)


def test_what_else_the_server_sent_is_an_item(api: Api, client: Client) -> None:
    """It is no attribute, and the error says how to read it."""
    api.will({"object": "org", "id": "org_1", "mood": "good"})
    org = client.orgs.find("org_1")

    assert org["mood"] == "good"
    assert "mood" in org
    with pytest.raises(AttributeError, match=r'obj\["mood"\]'):
        org.mood  # noqa: B018 - reading it is the point
    with pytest.raises(KeyError):
        org["weather"]


def test_an_unknown_attribute_is_refused_by_name() -> None:
    """With the nearest name there is."""
    with pytest.raises(AttributeError, match=r"Org has no attribute 'nmae'.*'name'"):
        Org().nmae  # noqa: B018 - reading it is the point

    assert not hasattr(Org(), "nmae")


def test_templates_may_ask_for_what_no_object_has() -> None:
    """Each value in a page is asked for ``__html__``: no search for a near name."""
    org = Org(id="org_1")

    def ask(name: str) -> Callable[[], object]:
        return lambda: [hasattr(org, name) for _ in range(100)]

    assert not hasattr(org, "__html__")
    assert 3 * effort(ask("__html__")) < effort(ask("nmae"))


def test_an_unknown_field_cannot_be_made() -> None:
    """A typing mistake is found at once."""
    with pytest.raises(TypeError, match=r"Org has no field 'nmae'.*'name'"):
        Org(nmae="Acme")


@pytest.mark.parametrize("name", ["name", "custom", "created_at", "id"])
def test_assigning_a_field_names_update(name: str) -> None:
    """An assignment would not reach the server."""
    org = Org(id="org_1")
    with pytest.raises(AttributeError, match=rf"\.update\({name}="):
        setattr(org, name, "x")
    with pytest.raises(AttributeError, match=r"\.update\("):
        delattr(org, name)


def test_assigning_an_item_names_update() -> None:
    """It would not reach the server either."""
    with pytest.raises(TypeError, match=r"\.update\(name=\.\.\.\)"):
        Org()["name"] = "x"


def test_assigning_a_parent_names_update() -> None:
    """By the name of its id."""
    with pytest.raises(AttributeError, match=r"update\(org_id="):
        Membership().org = Org()


def test_assigning_anything_else_is_refused() -> None:
    """There is no place for it."""
    with pytest.raises(AttributeError, match="nmae"):
        Org().nmae = "x"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ([], []),
        (["a", "b"], ["a", "b"]),
        ("a", ["a"]),
        (("a",), ["a"]),
        ({"a"}, ["a"]),
        (5, []),
        ({"a": 1}, []),
    ],
)
@pytest.mark.parametrize("cls", [Membership, Invitation])
def test_permissions_are_always_a_list(cls: Any, value: Any, expected: Any) -> None:
    """Whatever the server sent, if anything."""
    assert expected == cls(permissions=value).permissions
    assert cls().permissions == []


def test_s85_any_permission_matches_texts_exactly_and_patterns_anywhere() -> None:
    """No wildcards, and what is neither text nor pattern never matches."""
    for cls in (Membership, Invitation):
        held = cls(permissions=["ar:owner", "docs:*", "x"])

        assert held.any_permission("ar:owner")
        assert held.any_permission("no", "x")
        assert held.any_permission("docs:*")
        assert held.any_permission(re.compile("own"))
        assert not held.any_permission("docs:read")
        assert not held.any_permission("ar:")
        assert not held.any_permission(re.compile("^own"))
        assert not held.any_permission()
        assert not held.any_permission(7)  # type: ignore[arg-type]  # what is neither
        assert not cls().any_permission("x")


def test_s86_objects_are_equal_by_class_and_id() -> None:
    """An id that is not there equals nothing but itself."""
    unsaved = Org()

    assert Org(id="1", name="a") == Org(id="1", name="b")
    assert Org(id="1") != Org(id="2")
    assert Org(id="1") != User(id="1")
    assert Org() != Org()
    assert unsaved == unsaved
    assert Org(id="1") != "1"
    assert len({Org(id="1"), Org(id="1")}) == 1
    assert len({Org(), Org()}) == 2


def test_s87_find_raises_where_there_is_none(api: Api, client: Client) -> None:
    """``find_org``, ``find_user`` and ``find_notification`` look in what is there."""
    membership = {
        "object": "membership",
        "id": "mb_1",
        "org": {"object": "org", "id": "org_1"},
        "user": {"object": "user", "id": "usr_1"},
    }
    api.will({"collection": [membership]})
    api.will({"collection": [membership]})
    notification = {"object": "notification", "id": "ent_1"}
    user, org = client.users(id="usr_1"), client.orgs(id="org_1")
    api.will({"object": "event", "id": "ev_1", "notifications": [notification]})
    event = client.events(id="ev_1")

    assert Org(id="org_1") == user.find_org("org_1")
    assert User(id="usr_1") == org.find_user("usr_1")
    assert event.find_notification("ent_1").id == "ent_1"
    for find in (user.find_org, org.find_user, event.find_notification):
        with pytest.raises(RecordNotFound):
            find("other")


@pytest.mark.parametrize("kind", ALL)
def test_repr_shows_no_secret(kind: str) -> None:
    """Nor any other field than the id; a session's id is a credential itself."""
    cls = resource_class(kind)
    fields = {name: f"secret-{name}" for name in cls._fields if name != "id"}
    made = cls(id="kss_1234567890", **fields)

    assert f"{CLASSES[kind]}(id='kss_...')" == repr(made) == str(made)


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (Invitation(id="nvt_123456", token="nvt_123456"), "Invitation(id='nvt_...')"),
        (Invitation(id="0123456789abcdef"), "Invitation(id='...')"),
        (Token(id="tpw:0123456789"), "Token(id='tpw:...')"),
        (Session(id="kss_0123456789"), "Session(id='kss_...')"),
        (User(id="tve:0123456789"), "User(id='tve:...')"),
        (User(id="eyJhbGciOiJI.e30.x"), "User(id='...')"),
        (User(id="usr_1"), "User(id='usr_1')"),
        (Token(), "Token(id=None)"),
    ],
)
def test_repr_shows_no_id_that_is_a_token(made: Any, shown: str) -> None:
    """An invitation's id may be its token; what begins like one is taken for one."""
    assert repr(made) == shown


@pytest.mark.parametrize("kind", ALL)
def test_an_empty_object_has_every_field(kind: str) -> None:
    """None of them raises, and lists are empty."""
    made = resource_class(kind)()
    values = {name: getattr(made, name) for name in made._fields}

    assert all(value in (None, []) for value in values.values())
    assert (made.valid, made.errors, made.metadata) == (True, [], {})


@pytest.mark.parametrize("kind", ALL)
def test_every_class_has_its_docstring_and_its_kind(kind: str) -> None:
    """The registry and the classes agree, and nobody has a ``__dict__``."""
    cls = resource_class(kind)
    made = cls()

    assert cls.__doc__
    assert CLASSES[kind] == cls.__name__
    assert cls._kind in (kind, "session")
    assert not hasattr(made, "__dict__")


#: In the order in which AuthRocket documents them.
ATTRIBUTES = {
    "auth_provider": "name provider_type state min_complexity min_length "
    "required_chars client_id client_secret scopes loginrocket_domain "
    "authorization_url profile_url token_url email_field email_verified_field "
    "first_name_field id_field last_name_field name_field auth_url",
    "client_app": "client_type name redirect_uris state allowed_scopes app_type logo "
    "secret trusted",
    "credential": "credential_type password password_confirmation name otp_secret "
    "provisioning_svg provisioning_uri state access_token provider_user_id "
    "client_app_name approved_scopes token_expires_at",
    "domain": "cert_state dns_state domain_type flags fqdn state uri subdomain domain",
    "event": "event_type session_id token request_data event_at expires_at",
    "hook": "accumulate delay event_type hook_type state destination email_renderers "
    "email_subjects email_templates email_to locales current_locales description "
    "list_id name on_create visibility",
    "invitation": "email invitation_type locale token permissions created_at "
    "expires_at invited_at",
    "jwt_key": "algo key use flags short_key",
    "mailing_list_provider": "provider_name provider_type state api_endpoint "
    "provider_account valid_list_ids",
    "mailing_list_subscription": "list_state",
    "membership": "permissions selected expires_at",
    "named_permission": "auto_grant name permission",
    "notification": "attempts hook_type last_destination last_result state "
    "last_attempt_at",
    "oauth2_session": "access_token code id_token redirect_uri profile expires_in "
    "token_type expires_at",
    "org": "custom name reference state created_at",
    "realm": "custom environment name public_name state available_locales "
    "default_locale email_verification org_mode signup name_field org_name_field "
    "password_field username_field allowed_origins lr_features branding color_1 logo "
    "logo_icon privacy_policy stylesheet terms_of_service access_token_minutes "
    "jwt_algo jwt_minutes jwt_scopes session_minutes jwt_key",
    "resource_link": "link_url resource_type title",
    "session": "token request_data created_at expires_at",
    "smtp_provider": "provider_name provider_type state email_from email_from_name "
    "smtp_host smtp_password smtp_port smtp_user",
    "token": "token",
    "user": "custom email email_pending email_verification first_name last_name locale "
    "name reference state username keep_sessions password password_confirmation "
    "created_at last_login_at",
}

PARENTS = {
    "auth_provider": "realm",
    "client_app": "realm",
    "credential": "auth_provider client_app user",
    "domain": "realm",
    "event": "auth_provider invitation membership org realm user",
    "hook": "realm mailing_list_provider",
    "invitation": "auth_provider inviting_user org realm",
    "jwt_key": "realm",
    "mailing_list_provider": "realm",
    "mailing_list_subscription": "hook user",
    "membership": "org user",
    "named_permission": "realm",
    "notification": "event hook",
    "org": "realm",
    "resource_link": "realm",
    "session": "client_app user",
    "smtp_provider": "realm",
    "token": "user",
    "user": "realm",
}

CHILDREN = {
    "event": "notifications",
    "invitation": "events",
    "membership": "events",
    "org": "events invitations memberships",
    "realm": "auth_providers client_apps domains events hooks invitations jwt_keys "
    "mailing_list_providers named_permissions orgs resource_links smtp_providers users",
    "user": "credentials events mailing_list_subscriptions memberships sessions",
}

OPERATIONS = {
    "afcud": "auth_provider client_app domain hook invitation mailing_list_provider "
    "mailing_list_subscription membership org realm smtp_provider user",
    "fcud": "credential named_permission resource_link",
    "afcd": "jwt_key session",
    "af": "event",
    "fc": "oauth2_session",
    "": "notification token",
}


@pytest.mark.parametrize("kind", ALL)
def test_every_attribute_of_the_protocol_is_a_field(kind: str) -> None:
    """And so is the id of every parent."""
    cls = resource_class(kind)
    wanted = {"id", *ATTRIBUTES[kind].split()}
    wanted |= {f"{parent}_id" for parent in PARENTS.get(kind, "").split()}

    assert wanted <= set(cls._fields)


@pytest.mark.parametrize("kind", ALL)
def test_every_association_of_the_protocol_is_there(kind: str) -> None:
    """Parents as attributes, children as methods."""
    cls = resource_class(kind)
    parents, children = PARENTS.get(kind, "").split(), CHILDREN.get(kind, "").split()

    assert [name for name in parents if getattr(cls(), name) is not None] == []
    assert [[]] * len(children) == [getattr(cls(), name)() for name in children]


@pytest.mark.parametrize(("letters", "kinds"), OPERATIONS.items())
def test_every_class_has_just_its_operations(letters: str, kinds: str) -> None:
    """A resource that cannot be listed has no ``all``."""
    names = {
        "a": ["all", "first", "iterate"],
        "f": ["find", "retrieve", "reload"],
        "c": ["create", "create_or_raise", "save"],
        "u": ["update", "update_or_raise"],
        "d": ["delete", "delete_or_raise"],
    }
    for kind in kinds.split():
        cls = resource_class(kind)
        for letter, group in names.items():
            assert [letter in letters] * len(group) == [hasattr(cls, n) for n in group]


def test_secrets_are_marked_as_such() -> None:
    """So that nobody shows them."""
    secret = {
        f"{cls.__name__}.{name}"
        for cls in map(resource_class, ALL)
        for name, field in cls._fields.items()
        if isinstance(field, Field) and field.secret
    }

    assert {
        "AuthProvider.client_secret",
        "ClientApp.secret",
        "Credential.access_token",
        "Credential.otp_secret",
        "Credential.password",
        "Event.token",
        "Invitation.token",
        "JwtKey.key",
        "Oauth2Session.access_token",
        "Realm.jwt_key",
        "Session.token",
        "SmtpProvider.smtp_password",
        "Token.token",
        "User.password",
    } <= secret


def test_attributes_are_a_copy() -> None:
    """Changing them changes nothing."""
    org = Org(custom={"a": [1]})
    org.attributes["custom"]["a"].append(2)

    assert org.custom == {"a": [1]}


def test_request_data_has_the_wires_name_too(api: Api, client: Client) -> None:
    """On the wire it is ``request``."""
    for kind in ("event", "session"):
        api.will({"object": kind, "id": "x", "request": {"ip": "192.0.2.1"}})
    found = client.events.find("x"), client.sessions.find("x")

    for each in found:
        assert {"ip": "192.0.2.1"} == each.request_data == each["request"]


def test_an_object_can_be_copied(api: Api, client: Client) -> None:
    """The copy knows where it came from."""
    api.will({"object": "org", "id": "org_1", "name": "Acme"})
    org = copy.copy(client.orgs.find("org_1"))
    org.reload()

    assert org.name == "Acme"
    assert len(api.seen) == 2


def test_what_came_through_a_client_is_pickled_without_it(
    api: Api, client: Client
) -> None:
    """Elsewhere it asks through the default client; a client itself is not pickled."""
    api.will({"object": "org", "id": "org_1", "name": "x"})
    again = pickle.loads(pickle.dumps(client.orgs.find("org_1")))

    assert (again.id, again.name, again._context) == ("org_1", "x", None)
    with pytest.raises(TypeError, match="the objects, which can be"):
        pickle.dumps(client)


def test_a_deep_copy_shares_nothing_but_the_client(api: Api, client: Client) -> None:
    """Its data are its own."""
    api.will({"object": "org", "id": "org_1", "custom": {"a": [1]}})
    org = client.orgs.find("org_1")
    other = copy.deepcopy(org)
    assert other.custom is not None
    other.custom["a"].append(2)
    other.reload()

    assert org.custom == {"a": [1]}


def test_items_and_associations_do_not_mix(api: Api, client: Client) -> None:
    """What was read raw first does not stand in for the association."""
    plain = {"id": "org_1", "name": "Acme"}
    api.will({"id": "mb_1", "org": plain})
    api.will({"id": "usr_1", "memberships": [{"id": "mb_1"}]})
    membership, user = client.memberships.find("mb_1"), client.users.find("usr_1")

    assert plain == membership["org"]
    assert Org(id="org_1") == membership.org
    assert user["memberships"] == [{"id": "mb_1"}]
    assert [Membership(id="mb_1")] == user.memberships()


def test_a_field_knows_its_class_and_cannot_be_replaced() -> None:
    """On the class a field is itself."""
    assert isinstance(Org.name, Field)
    assert Org.name.name == "name"
    assert isinstance(Membership.org, Parent)
    assert User.memberships.kind == "membership"


def test_hooks_know_the_events() -> None:
    """39 types, 14 of them for e-mails."""
    types, mails = Hook.event_types(), Hook.email_event_types()

    assert (len(set(types)), len(set(mails))) == (39, 14)
    assert set(mails) < set(types)
    assert types == sorted(types)


def test_an_object_is_no_list_of_anything() -> None:
    """``obj["name"]`` does not make it one."""
    with pytest.raises(TypeError):
        list(Org())  # type: ignore[call-overload]  # that it cannot be is the point


@pytest.mark.parametrize(
    "act",
    [
        lambda: Org().update(name="x"),
        lambda: Org().delete(),
        lambda: Org().reload(),
        lambda: Realm().reset(),
        lambda: User().authenticate(password="x"),
        lambda: User().update_password("a", "b"),
        lambda: User().find_membership("mb_1"),
        lambda: User().create_membership(org_id="org_1"),
        lambda: User().delete_membership("mb_1"),
    ],
)
def test_an_object_without_an_id_says_so(act: Any) -> None:
    """Nothing is asked about what nobody knows."""
    with pytest.raises(UnsavedObjectError, match="create it first"):
        act()


def test_the_general_class_is_no_kind_of_its_own() -> None:
    """``Resource`` has an id, and that is all."""
    assert list(Resource(id="x").attributes) == ["id"]
    assert Token(token="t")["token"] == "t"
    assert Event().session_id is None
    assert Session().user is None
