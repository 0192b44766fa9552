"""Options stand among the parameters of everything that asks."""

from __future__ import annotations

from typing import Any

import pytest

from arware.api.client import Client
from tests.api.servers import Api, Response

MEMBERSHIP = {
    "object": "membership",
    "id": "mb_1",
    "org": {"object": "org", "id": "org_1"},
    "user": {"object": "user", "id": "usr_1"},
}


@pytest.mark.parametrize(
    "ask",
    [
        lambda client, **options: client.users(id="usr_1").orgs(**options),
        lambda client, **options: client.users(id="usr_1").find_org("org_1", **options),
        lambda client, **options: client.orgs(id="org_1").users(**options),
        lambda client, **options: client.orgs(id="org_1").find_user("usr_1", **options),
        lambda client, **options: client.users(id="usr_1").memberships(**options),
        lambda client, **options: client.users(id="usr_1").find_membership(
            "mb_1", **options
        ),
        lambda client, **options: client.events(id="ev_1").find_notification(
            "ent_1", **options
        ),
        lambda client, **options: client.orgs(id="org_1").reload(**options),
        lambda client, **options: client.orgs.all(**options),
        lambda client, **options: client.orgs.first(**options),
        lambda client, **options: list(client.orgs.iterate(**options)),
        lambda client, **options: client.orgs.find("org_1", **options),
        lambda client, **options: client.orgs.retrieve("org_1", **options),
    ],
)
def test_what_reads_takes_every_option(api: Api, client: Client, ask: Any) -> None:
    """Credentials, headers, cache and params, also where a list is looked through."""
    note = {"object": "notification", "id": "ent_1"}
    event = Response({"object": "event", "id": "ev_1", "notifications": [note]})
    found = Response({"collection": [MEMBERSHIP]})
    api.answer = lambda seen: event if "/events" in seen.path else found
    for _ in range(2):
        ask(
            client,
            credentials={"api_key": "ks_other", "url": api.url},
            headers={"accept_language": "fr"},
            cache=True,
            params={"expand": "custom"},
        )

    assert len(api.seen) == 1
    assert "expand=custom" in api.last.query
    assert api.last.headers["authrocket-api-key"] == "ks_other"
    assert api.last.headers["accept-language"] == "fr"


def test_what_is_looked_for_beyond_a_page_keeps_the_options(
    api: Api, client: Client
) -> None:
    """The second question is like the first, and narrower."""
    api.will({"collection": [], "more_results": True})
    api.will({"collection": [MEMBERSHIP]})
    found = client.users(id="usr_1").find_org("org_1", params={"expand": "custom"})

    assert found.id == "org_1"
    assert [s.query for s in api.seen] == [
        "expand=custom&user_id=usr_1",
        "expand=custom&org_id=org_1&user_id=usr_1",
    ]
