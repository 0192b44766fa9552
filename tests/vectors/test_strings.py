"""Naughty strings wherever text can come in: no 500, nothing torn (T14, T41)."""

from __future__ import annotations

import re
from pathlib import Path

from arware.testing._calls import Call

from .support import HTML, ORIGIN, Adapters, escaped, json_of, wire


def test_naughty_strings_in_every_place(corpora: Path, realm: object) -> None:
    """515 strings as path, query, cookie, Bearer, token, state, and any header read."""
    free = Adapters(realm, jwt_key=realm.public_key)
    required = Adapters(realm, jwt_key=realm.public_key, require_login=True)
    read = (
        "accept", "referer", "origin", "purpose", "sec-purpose", "x-moz",
        "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user",
        "access-control-request-method", "authorization", "cookie",
    )  # fmt: skip
    token = realm.token("alice")
    calls, more = [], []
    for number, text in enumerate(json_of(corpora / "strings" / "blns.json")):
        given = escaped(text)
        targets = (
            f"/{given}",
            f"/?{given}",
            f"/?token={given}",
            f"/?token={token}&ar_state={given}",
            f"/{given}?token={token}&x={given}",
            f"/logout?{given}",
        )
        calls += [
            ((number, target[:20]), Call("GET", target, (HTML,), b"", ORIGIN))
            for target in targets
        ]
        for index, name in enumerate(read):
            headers = (HTML,) if name != "accept" else ()
            target = f"/?token={token}" if (number + index) % 2 else "/logout"
            call = Call("GET", target, (*headers, (name, wire(text))), b"", ORIGIN)
            more.append(((number, name), call))
        if re.fullmatch(r"[A-Za-z]+", text):
            calls.append(((number, "method"), Call(text, "/", (HTML,), b"", ORIGIN)))
    wrong = []
    for adapters, some in ((free, calls), (required, calls), (free, more)):
        for answer in adapters.ask(some):
            headers = answer.response.headers if answer.response else (("", "\0"),)
            torn = [
                pair for pair in headers if not re.fullmatch(r"[\x20-\x7e]*", pair[1])
            ]
            if answer.is_bad or torn:
                wrong.append((answer, torn))

    assert wrong[:9] == []
