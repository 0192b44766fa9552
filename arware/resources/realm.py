"""Realms: users, orgs and everything that belongs to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .associations import (
    Children,
    CreateChild,
    DeleteChild,
    EmbeddedChildren,
    FindChild,
    RetrieveChild,
    UpdateChild,
)
from .changes import post
from .fields import anything, mapping, number, text, texts
from .operations import Created, Deleted, Found, Listed, Updated

if TYPE_CHECKING:
    from .auth_provider import AuthProvider
    from .client_app import ClientApp
    from .domain import Domain
    from .event import Event
    from .hook import Hook
    from .invitation import Invitation
    from .jwt_key import JwtKey
    from .mailing_list_provider import MailingListProvider
    from .named_permission import NamedPermission
    from .org import Org
    from .resource_link import ResourceLink
    from .smtp_provider import SmtpProvider
    from .user import User


class Realm(Listed, Found, Created, Updated, Deleted):
    """All users, orgs and settings that belong together."""

    __slots__ = ()
    _kind = "realm"
    _path = "realms"

    name = text()
    public_name = text()
    environment = text()
    state = text()
    custom = mapping()
    available_locales = texts()
    default_locale = text()
    email_verification = text()
    org_mode = text()
    signup = text()
    name_field = anything()
    org_name_field = anything()
    password_field = anything()
    username_field = anything()
    allowed_origins = anything()
    lr_features = anything()
    branding = anything()
    color_1 = text()
    logo = anything()
    logo_icon = anything()
    privacy_policy = anything()
    stylesheet = anything()
    terms_of_service = anything()
    access_token_minutes = number()
    jwt_algo = text()
    jwt_minutes = number()
    jwt_scopes = text()
    session_minutes = number()
    jwt_key = text(secret=True)

    auth_providers: Children[AuthProvider] = Children("auth_provider")
    find_auth_provider: FindChild[AuthProvider] = FindChild("auth_provider")
    retrieve_auth_provider: RetrieveChild[AuthProvider] = RetrieveChild("auth_provider")
    create_auth_provider: CreateChild[AuthProvider] = CreateChild("auth_provider")
    create_auth_provider_or_raise: CreateChild[AuthProvider] = CreateChild(
        "auth_provider", strict=True
    )
    update_auth_provider: UpdateChild[AuthProvider] = UpdateChild("auth_provider")
    update_auth_provider_or_raise: UpdateChild[AuthProvider] = UpdateChild(
        "auth_provider", strict=True
    )
    delete_auth_provider: DeleteChild[AuthProvider] = DeleteChild("auth_provider")
    delete_auth_provider_or_raise: DeleteChild[AuthProvider] = DeleteChild(
        "auth_provider", strict=True
    )

    client_apps: Children[ClientApp] = Children("client_app")
    find_client_app: FindChild[ClientApp] = FindChild("client_app")
    retrieve_client_app: RetrieveChild[ClientApp] = RetrieveChild("client_app")
    create_client_app: CreateChild[ClientApp] = CreateChild("client_app")
    create_client_app_or_raise: CreateChild[ClientApp] = CreateChild(
        "client_app", strict=True
    )
    update_client_app: UpdateChild[ClientApp] = UpdateChild("client_app")
    update_client_app_or_raise: UpdateChild[ClientApp] = UpdateChild(
        "client_app", strict=True
    )
    delete_client_app: DeleteChild[ClientApp] = DeleteChild("client_app")
    delete_client_app_or_raise: DeleteChild[ClientApp] = DeleteChild(
        "client_app", strict=True
    )

    domains: Children[Domain] = Children("domain")
    find_domain: FindChild[Domain] = FindChild("domain")
    retrieve_domain: RetrieveChild[Domain] = RetrieveChild("domain")
    create_domain: CreateChild[Domain] = CreateChild("domain")
    create_domain_or_raise: CreateChild[Domain] = CreateChild("domain", strict=True)
    update_domain: UpdateChild[Domain] = UpdateChild("domain")
    update_domain_or_raise: UpdateChild[Domain] = UpdateChild("domain", strict=True)
    delete_domain: DeleteChild[Domain] = DeleteChild("domain")
    delete_domain_or_raise: DeleteChild[Domain] = DeleteChild("domain", strict=True)

    events: Children[Event] = Children("event")
    find_event: FindChild[Event] = FindChild("event")
    retrieve_event: RetrieveChild[Event] = RetrieveChild("event")

    hooks: Children[Hook] = Children("hook")
    find_hook: FindChild[Hook] = FindChild("hook")
    retrieve_hook: RetrieveChild[Hook] = RetrieveChild("hook")
    create_hook: CreateChild[Hook] = CreateChild("hook")
    create_hook_or_raise: CreateChild[Hook] = CreateChild("hook", strict=True)
    update_hook: UpdateChild[Hook] = UpdateChild("hook")
    update_hook_or_raise: UpdateChild[Hook] = UpdateChild("hook", strict=True)
    delete_hook: DeleteChild[Hook] = DeleteChild("hook")
    delete_hook_or_raise: DeleteChild[Hook] = DeleteChild("hook", strict=True)

    invitations: Children[Invitation] = Children("invitation")
    find_invitation: FindChild[Invitation] = FindChild("invitation")
    retrieve_invitation: RetrieveChild[Invitation] = RetrieveChild("invitation")
    create_invitation: CreateChild[Invitation] = CreateChild("invitation")
    create_invitation_or_raise: CreateChild[Invitation] = CreateChild(
        "invitation", strict=True
    )
    update_invitation: UpdateChild[Invitation] = UpdateChild("invitation")
    update_invitation_or_raise: UpdateChild[Invitation] = UpdateChild(
        "invitation", strict=True
    )
    delete_invitation: DeleteChild[Invitation] = DeleteChild("invitation")
    delete_invitation_or_raise: DeleteChild[Invitation] = DeleteChild(
        "invitation", strict=True
    )

    jwt_keys: Children[JwtKey] = Children("jwt_key")
    find_jwt_key: FindChild[JwtKey] = FindChild("jwt_key")
    retrieve_jwt_key: RetrieveChild[JwtKey] = RetrieveChild("jwt_key")
    create_jwt_key: CreateChild[JwtKey] = CreateChild("jwt_key")
    create_jwt_key_or_raise: CreateChild[JwtKey] = CreateChild("jwt_key", strict=True)
    delete_jwt_key: DeleteChild[JwtKey] = DeleteChild("jwt_key")
    delete_jwt_key_or_raise: DeleteChild[JwtKey] = DeleteChild("jwt_key", strict=True)

    mailing_list_providers: Children[MailingListProvider] = Children(
        "mailing_list_provider"
    )
    find_mailing_list_provider: FindChild[MailingListProvider] = FindChild(
        "mailing_list_provider"
    )
    retrieve_mailing_list_provider: RetrieveChild[MailingListProvider] = RetrieveChild(
        "mailing_list_provider"
    )
    create_mailing_list_provider: CreateChild[MailingListProvider] = CreateChild(
        "mailing_list_provider"
    )
    create_mailing_list_provider_or_raise: CreateChild[MailingListProvider] = (
        CreateChild("mailing_list_provider", strict=True)
    )
    update_mailing_list_provider: UpdateChild[MailingListProvider] = UpdateChild(
        "mailing_list_provider"
    )
    update_mailing_list_provider_or_raise: UpdateChild[MailingListProvider] = (
        UpdateChild("mailing_list_provider", strict=True)
    )
    delete_mailing_list_provider: DeleteChild[MailingListProvider] = DeleteChild(
        "mailing_list_provider"
    )
    delete_mailing_list_provider_or_raise: DeleteChild[MailingListProvider] = (
        DeleteChild("mailing_list_provider", strict=True)
    )

    named_permissions: EmbeddedChildren[NamedPermission] = EmbeddedChildren(
        "named_permission"
    )
    find_named_permission: FindChild[NamedPermission] = FindChild("named_permission")
    retrieve_named_permission: RetrieveChild[NamedPermission] = RetrieveChild(
        "named_permission"
    )
    create_named_permission: CreateChild[NamedPermission] = CreateChild(
        "named_permission"
    )
    create_named_permission_or_raise: CreateChild[NamedPermission] = CreateChild(
        "named_permission", strict=True
    )
    update_named_permission: UpdateChild[NamedPermission] = UpdateChild(
        "named_permission"
    )
    update_named_permission_or_raise: UpdateChild[NamedPermission] = UpdateChild(
        "named_permission", strict=True
    )
    delete_named_permission: DeleteChild[NamedPermission] = DeleteChild(
        "named_permission"
    )
    delete_named_permission_or_raise: DeleteChild[NamedPermission] = DeleteChild(
        "named_permission", strict=True
    )

    orgs: Children[Org] = Children("org")
    find_org: FindChild[Org] = FindChild("org")
    retrieve_org: RetrieveChild[Org] = RetrieveChild("org")
    create_org: CreateChild[Org] = CreateChild("org")
    create_org_or_raise: CreateChild[Org] = CreateChild("org", strict=True)
    update_org: UpdateChild[Org] = UpdateChild("org")
    update_org_or_raise: UpdateChild[Org] = UpdateChild("org", strict=True)
    delete_org: DeleteChild[Org] = DeleteChild("org")
    delete_org_or_raise: DeleteChild[Org] = DeleteChild("org", strict=True)

    resource_links: EmbeddedChildren[ResourceLink] = EmbeddedChildren("resource_link")
    find_resource_link: FindChild[ResourceLink] = FindChild("resource_link")
    retrieve_resource_link: RetrieveChild[ResourceLink] = RetrieveChild("resource_link")
    create_resource_link: CreateChild[ResourceLink] = CreateChild("resource_link")
    create_resource_link_or_raise: CreateChild[ResourceLink] = CreateChild(
        "resource_link", strict=True
    )
    update_resource_link: UpdateChild[ResourceLink] = UpdateChild("resource_link")
    update_resource_link_or_raise: UpdateChild[ResourceLink] = UpdateChild(
        "resource_link", strict=True
    )
    delete_resource_link: DeleteChild[ResourceLink] = DeleteChild("resource_link")
    delete_resource_link_or_raise: DeleteChild[ResourceLink] = DeleteChild(
        "resource_link", strict=True
    )

    smtp_providers: Children[SmtpProvider] = Children("smtp_provider")
    find_smtp_provider: FindChild[SmtpProvider] = FindChild("smtp_provider")
    retrieve_smtp_provider: RetrieveChild[SmtpProvider] = RetrieveChild("smtp_provider")
    create_smtp_provider: CreateChild[SmtpProvider] = CreateChild("smtp_provider")
    create_smtp_provider_or_raise: CreateChild[SmtpProvider] = CreateChild(
        "smtp_provider", strict=True
    )
    update_smtp_provider: UpdateChild[SmtpProvider] = UpdateChild("smtp_provider")
    update_smtp_provider_or_raise: UpdateChild[SmtpProvider] = UpdateChild(
        "smtp_provider", strict=True
    )
    delete_smtp_provider: DeleteChild[SmtpProvider] = DeleteChild("smtp_provider")
    delete_smtp_provider_or_raise: DeleteChild[SmtpProvider] = DeleteChild(
        "smtp_provider", strict=True
    )

    users: Children[User] = Children("user")
    find_user: FindChild[User] = FindChild("user")
    retrieve_user: RetrieveChild[User] = RetrieveChild("user")
    create_user: CreateChild[User] = CreateChild("user")
    create_user_or_raise: CreateChild[User] = CreateChild("user", strict=True)
    update_user: UpdateChild[User] = UpdateChild("user")
    update_user_or_raise: UpdateChild[User] = UpdateChild("user", strict=True)
    delete_user: DeleteChild[User] = DeleteChild("user")
    delete_user_or_raise: DeleteChild[User] = DeleteChild("user", strict=True)

    def reset(self, **params: Any) -> bool:
        """
        Delete all users and orgs of the realm, for tests; tell whether it went well.

        Realms in production refuse it.
        """
        return post(self, "reset", params, rooted=False)
