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

    auth_providers: Children[AuthProvider] = Children()
    find_auth_provider: FindChild[AuthProvider] = FindChild()
    retrieve_auth_provider: RetrieveChild[AuthProvider] = RetrieveChild()
    create_auth_provider: CreateChild[AuthProvider] = CreateChild()
    create_auth_provider_or_raise: CreateChild[AuthProvider] = CreateChild()
    update_auth_provider: UpdateChild[AuthProvider] = UpdateChild()
    update_auth_provider_or_raise: UpdateChild[AuthProvider] = UpdateChild()
    delete_auth_provider: DeleteChild[AuthProvider] = DeleteChild()
    delete_auth_provider_or_raise: DeleteChild[AuthProvider] = DeleteChild()

    client_apps: Children[ClientApp] = Children()
    find_client_app: FindChild[ClientApp] = FindChild()
    retrieve_client_app: RetrieveChild[ClientApp] = RetrieveChild()
    create_client_app: CreateChild[ClientApp] = CreateChild()
    create_client_app_or_raise: CreateChild[ClientApp] = CreateChild()
    update_client_app: UpdateChild[ClientApp] = UpdateChild()
    update_client_app_or_raise: UpdateChild[ClientApp] = UpdateChild()
    delete_client_app: DeleteChild[ClientApp] = DeleteChild()
    delete_client_app_or_raise: DeleteChild[ClientApp] = DeleteChild()

    domains: Children[Domain] = Children()
    find_domain: FindChild[Domain] = FindChild()
    retrieve_domain: RetrieveChild[Domain] = RetrieveChild()
    create_domain: CreateChild[Domain] = CreateChild()
    create_domain_or_raise: CreateChild[Domain] = CreateChild()
    update_domain: UpdateChild[Domain] = UpdateChild()
    update_domain_or_raise: UpdateChild[Domain] = UpdateChild()
    delete_domain: DeleteChild[Domain] = DeleteChild()
    delete_domain_or_raise: DeleteChild[Domain] = DeleteChild()

    events: Children[Event] = Children()
    find_event: FindChild[Event] = FindChild()
    retrieve_event: RetrieveChild[Event] = RetrieveChild()

    hooks: Children[Hook] = Children()
    find_hook: FindChild[Hook] = FindChild()
    retrieve_hook: RetrieveChild[Hook] = RetrieveChild()
    create_hook: CreateChild[Hook] = CreateChild()
    create_hook_or_raise: CreateChild[Hook] = CreateChild()
    update_hook: UpdateChild[Hook] = UpdateChild()
    update_hook_or_raise: UpdateChild[Hook] = UpdateChild()
    delete_hook: DeleteChild[Hook] = DeleteChild()
    delete_hook_or_raise: DeleteChild[Hook] = DeleteChild()

    invitations: Children[Invitation] = Children()
    find_invitation: FindChild[Invitation] = FindChild()
    retrieve_invitation: RetrieveChild[Invitation] = RetrieveChild()
    create_invitation: CreateChild[Invitation] = CreateChild()
    create_invitation_or_raise: CreateChild[Invitation] = CreateChild()
    update_invitation: UpdateChild[Invitation] = UpdateChild()
    update_invitation_or_raise: UpdateChild[Invitation] = UpdateChild()
    delete_invitation: DeleteChild[Invitation] = DeleteChild()
    delete_invitation_or_raise: DeleteChild[Invitation] = DeleteChild()

    jwt_keys: Children[JwtKey] = Children()
    find_jwt_key: FindChild[JwtKey] = FindChild()
    retrieve_jwt_key: RetrieveChild[JwtKey] = RetrieveChild()
    create_jwt_key: CreateChild[JwtKey] = CreateChild()
    create_jwt_key_or_raise: CreateChild[JwtKey] = CreateChild()
    delete_jwt_key: DeleteChild[JwtKey] = DeleteChild()
    delete_jwt_key_or_raise: DeleteChild[JwtKey] = DeleteChild()

    mailing_list_providers: Children[MailingListProvider] = Children()
    find_mailing_list_provider: FindChild[MailingListProvider] = FindChild()
    retrieve_mailing_list_provider: RetrieveChild[MailingListProvider] = RetrieveChild()
    create_mailing_list_provider: CreateChild[MailingListProvider] = CreateChild()
    create_mailing_list_provider_or_raise: CreateChild[MailingListProvider] = (
        CreateChild()
    )
    update_mailing_list_provider: UpdateChild[MailingListProvider] = UpdateChild()
    update_mailing_list_provider_or_raise: UpdateChild[MailingListProvider] = (
        UpdateChild()
    )
    delete_mailing_list_provider: DeleteChild[MailingListProvider] = DeleteChild()
    delete_mailing_list_provider_or_raise: DeleteChild[MailingListProvider] = (
        DeleteChild()
    )

    named_permissions: EmbeddedChildren[NamedPermission] = EmbeddedChildren()
    find_named_permission: FindChild[NamedPermission] = FindChild()
    retrieve_named_permission: RetrieveChild[NamedPermission] = RetrieveChild()
    create_named_permission: CreateChild[NamedPermission] = CreateChild()
    create_named_permission_or_raise: CreateChild[NamedPermission] = CreateChild()
    update_named_permission: UpdateChild[NamedPermission] = UpdateChild()
    update_named_permission_or_raise: UpdateChild[NamedPermission] = UpdateChild()
    delete_named_permission: DeleteChild[NamedPermission] = DeleteChild()
    delete_named_permission_or_raise: DeleteChild[NamedPermission] = DeleteChild()

    orgs: Children[Org] = Children()
    find_org: FindChild[Org] = FindChild()
    retrieve_org: RetrieveChild[Org] = RetrieveChild()
    create_org: CreateChild[Org] = CreateChild()
    create_org_or_raise: CreateChild[Org] = CreateChild()
    update_org: UpdateChild[Org] = UpdateChild()
    update_org_or_raise: UpdateChild[Org] = UpdateChild()
    delete_org: DeleteChild[Org] = DeleteChild()
    delete_org_or_raise: DeleteChild[Org] = DeleteChild()

    resource_links: EmbeddedChildren[ResourceLink] = EmbeddedChildren()
    find_resource_link: FindChild[ResourceLink] = FindChild()
    retrieve_resource_link: RetrieveChild[ResourceLink] = RetrieveChild()
    create_resource_link: CreateChild[ResourceLink] = CreateChild()
    create_resource_link_or_raise: CreateChild[ResourceLink] = CreateChild()
    update_resource_link: UpdateChild[ResourceLink] = UpdateChild()
    update_resource_link_or_raise: UpdateChild[ResourceLink] = UpdateChild()
    delete_resource_link: DeleteChild[ResourceLink] = DeleteChild()
    delete_resource_link_or_raise: DeleteChild[ResourceLink] = DeleteChild()

    smtp_providers: Children[SmtpProvider] = Children()
    find_smtp_provider: FindChild[SmtpProvider] = FindChild()
    retrieve_smtp_provider: RetrieveChild[SmtpProvider] = RetrieveChild()
    create_smtp_provider: CreateChild[SmtpProvider] = CreateChild()
    create_smtp_provider_or_raise: CreateChild[SmtpProvider] = CreateChild()
    update_smtp_provider: UpdateChild[SmtpProvider] = UpdateChild()
    update_smtp_provider_or_raise: UpdateChild[SmtpProvider] = UpdateChild()
    delete_smtp_provider: DeleteChild[SmtpProvider] = DeleteChild()
    delete_smtp_provider_or_raise: DeleteChild[SmtpProvider] = DeleteChild()

    users: Children[User] = Children()
    find_user: FindChild[User] = FindChild()
    retrieve_user: RetrieveChild[User] = RetrieveChild()
    create_user: CreateChild[User] = CreateChild()
    create_user_or_raise: CreateChild[User] = CreateChild()
    update_user: UpdateChild[User] = UpdateChild()
    update_user_or_raise: UpdateChild[User] = UpdateChild()
    delete_user: DeleteChild[User] = DeleteChild()
    delete_user_or_raise: DeleteChild[User] = DeleteChild()

    def reset(self, **params: Any) -> bool:
        """
        Delete all users and orgs of the realm, for tests; tell whether it went well.

        Realms in production refuse it.
        """
        return post(self, "reset", params, rooted=False)
