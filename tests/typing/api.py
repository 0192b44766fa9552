"""What a type checker knows about the client; it is only ever type-checked."""

from __future__ import annotations

from typing import reveal_type

from arware.api.client import Client
from arware.resources.auth_provider import AuthProvider
from arware.resources.membership import Membership
from arware.resources.org import Org
from arware.resources.session import Session
from arware.resources.user import User

client = Client()
user = User.find("usr_1")
reveal_type(user)  # User
reveal_type(user.email)  # str | None
reveal_type(user.created_at)  # datetime | None
reveal_type(user.custom)  # dict[str, Any] | None
reveal_type(user.id)  # str | None
reveal_type(User.all())  # Collection[User]
reveal_type(User.all()[0].email)  # str | None
reveal_type(User.all().more_results)  # bool
reveal_type(User.first())  # User | None
reveal_type(User.retrieve("usr_1"))  # User | None
reveal_type(list(User.iterate()))  # list[User]
reveal_type(User.create(email="a@example.com"))  # User
reveal_type(Org.create_or_raise(name="x"))  # Org
reveal_type(Org.update("org_1", name="x"))  # Org
reveal_type(Org(name="x").update(name="y"))  # bool
reveal_type(Org.delete("org_1"))  # Org
reveal_type(Org(id="org_1").delete())  # bool
reveal_type(user.reload())  # User
reveal_type(user.memberships())  # Collection[Membership]
reveal_type(user.memberships(reload=True)[0].org)  # Org | None
reveal_type(user.find_membership("mb_1"))  # Membership
reveal_type(user.retrieve_membership("mb_1"))  # Membership | None
reveal_type(user.create_membership(org_id="org_1"))  # Membership
reveal_type(user.orgs())  # Collection[Org]
reveal_type(Membership().permissions)  # list[str]
reveal_type(Membership().user)  # User | None
reveal_type(User.authenticate("usr_1", password="x"))  # Session | Token
reveal_type(user.authenticate(password="x"))  # Session | Token | Literal[False]
reveal_type(User.generate_password_token("usr_1"))  # Token
reveal_type(Session.from_token("x"))  # Session | None
reveal_type(AuthProvider.authorize_urls(redirect_uri="x"))  # Collection[AuthProvider]
reveal_type(client.orgs.find("org_1"))  # Org
reveal_type(client.orgs.find("org_1").name)  # str | None
reveal_type(client.orgs.update("org_1", name="x"))  # Org
reveal_type(client.users.all())  # Collection[User]
reveal_type(client.users.authenticate("usr_1", password="x"))  # Session | Token
