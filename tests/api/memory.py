"""An API that keeps what it is given, so that the examples of the documents run."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from arware.resources.registry import CLASSES, resource_class

from .servers import Api, Response, Seen

PATHS = {
    resource_class(kind)._path: kind for kind in CLASSES if resource_class(kind)._path
}
NOW = 1735689600.0
SESSION = {"object": "session", "id": "kss_1", "user_id": "usr_1", "token": "e.y.J"}
TOKEN = {"object": "token", "token": "tpw:1", "user_id": "usr_1"}

#: What the endpoints of their own answer, by their last word.
ACTIONS: dict[str, dict[str, Any]] = {
    "authenticate": SESSION,
    "authenticate_token": SESSION,
    "reset_password_with_token": SESSION,
    "generate_password_token": TOKEN,
    "request_email_verification": {**TOKEN, "token": "tve:1"},
    "verify_email": {"object": "user", "id": "usr_1", "email_verification": "verified"},
    "code": {"object": "oauth2_session", "id": "kss_2", "access_token": "a"},
    "accept_invitation": {},
    "update_password": {},
    "profile": {},
    "verify": {},
    "invite": {},
    "reset": {},
}


class Memory:
    """Creates, finds, lists, changes and deletes; an empty name is refused."""

    def __init__(self, api: Api) -> None:
        self.kept: dict[str, dict[str, dict[str, Any]]] = {path: {} for path in PATHS}
        api.answer = self.answer
        user = self.make("users", {"email": "alice@example.com", "name": "Alice"})
        org = self.make("orgs", {"name": "Acme", "state": "active"})
        both = {"user_id": user["id"], "org_id": org["id"]}
        self.make("memberships", {**both, "permissions": ["ar:owner"]})
        self.make("realms", {"name": "Example", "state": "active"})
        for path in PATHS:
            if not self.kept[path]:
                self.make(path, {})

    def make(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Keep a new object and return it."""
        kind = PATHS[path]
        prefixes = {"user": "usr", "org": "org", "membership": "mb", "session": "kss"}
        number = len(self.kept[path]) + 1
        id_ = f"{prefixes.get(kind, kind)}_{number}"
        made = {"object": kind, "id": id_, "created_at": NOW, **fields}
        made.pop("password", None)
        if kind == "event":
            note = {"object": "notification", "id": "ent_1", "state": "completed"}
            made |= {"event_type": "user.created", "notifications": [note]}
        if kind == "user":
            credential = {"object": "credential", "id": "credential_1"}
            made["credentials"] = [{**credential, "credential_type": "password"}]
        self.kept[path][id_] = made
        return made

    def answer(self, seen: Seen) -> Response:
        """Return what the API would."""
        path = unquote_plus(seen.path.removeprefix("/v2/"))
        if path in self.kept:
            return (
                self.listed(path, seen)
                if seen.method == "GET"
                else self.created(path, seen)
            )
        place, _, name = path.rpartition("/")
        if path == "auth_providers/authorize":
            urls = [{"object": "auth_provider", "id": "ap_1", "auth_url": "https://a/"}]
            return Response({"collection": urls} if seen.method == "GET" else SESSION)
        if name == "authorize":
            found = {"object": "auth_provider", "id": "ap_1", "auth_url": "https://a/"}
            return Response(found if seen.method == "GET" else SESSION)
        if name in ACTIONS:
            return Response(ACTIONS[name])
        return self.one(place, name, seen)

    def created(self, path: str, seen: Seen) -> Response:
        """Answer a create."""
        root = resource_class(PATHS[path])._kind
        fields = seen.json[root]
        if fields.get("name") == "":
            return Response({"errors": ["Name can't be blank"]}, 422)
        return Response(self.make(path, fields), 201)

    def listed(self, path: str, seen: Seen) -> Response:
        """Answer a list."""
        asked = dict(parse_qsl(seen.query))
        most = int(asked.pop("max_results", 100))
        after = asked.pop("after", "")
        found = [
            self.embedded(path, one)
            for one in self.kept[path].values()
            if all(one.get(name) == value for name, value in asked.items())
        ]
        ids = [one["id"] for one in found]
        start = ids.index(after) + 1 if after in ids else 0
        page = found[start : start + most]
        return Response({"collection": page, "more_results": start + most < len(found)})

    def embedded(self, path: str, one: dict[str, Any]) -> dict[str, Any]:
        """Return *one*, a membership with its user and its org."""
        if path != "memberships":
            return one
        user, org = self.kept["users"], self.kept["orgs"]
        return one | {
            "user": user.get(one.get("user_id", "")),
            "org": org.get(one.get("org_id", "")),
        }

    def one(self, path: str, name: str, seen: Seen) -> Response:
        """Answer what is asked of one object."""
        kept = self.kept.get(path, {})
        by_email = {one.get("email"): one for one in kept.values()}
        found = kept.get(name) or by_email.get(name)
        if found is None:
            return Response({}, 404)
        if seen.method == "PUT":
            fields = seen.json[resource_class(PATHS[path])._kind]
            if fields.get("name") == "":
                return Response({"errors": ["Name can't be blank"]}, 422)
            found |= fields
        if seen.method == "DELETE":
            if path == "orgs" and "force" not in seen.query:
                found["state"] = "closed"
            else:
                del kept[name]
        return Response(found)
