"""What an adapter is told: our response, or what the application's needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

Headers = tuple[tuple[str, str], ...]
RawHeaders = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Response:
    """
    A response of ours, given instead of the application's.

    *logs_out* tells an integration that a person's login has just ended, *logs_in* is
    the owner of the login that has just begun, *replaces* that of the one before: the
    user's id, and that of who acts as the user.
    """

    status: int
    # Cookies stand in the headers, a callback's URL in the confirm page.
    headers: Headers = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    logs_out: bool = False
    logs_in: str | None = None
    replaces: str | None = None

    @property
    def changes_login(self) -> bool:
        """Whether somebody has just logged in or out."""
        return self.logs_out or self.logs_in is not None

    @property
    def raw(self) -> list[tuple[bytes, bytes]]:
        """The headers as ASGI spells them."""
        return list(_raw(self.headers))

    def body_for(self, method: str) -> bytes:
        """Return the body that belongs to *method*; HEAD has none."""
        return b"" if method == "HEAD" else self.body

    def beside(self, kept: Iterable[tuple[str, str]]) -> Self:
        """
        Return this response with the headers *kept* of the one that it replaces.

        A ``Vary`` among them is merged with ours.
        """
        both = (*self.headers, *kept)
        others = [(name, value) for name, value in both if name.lower() != "vary"]
        vary = [value for name, value in both if name.lower() == "vary"]
        merged = (("Vary", merge_vary(", ".join(vary))),) if vary else ()
        return replace(self, headers=(*others, *merged))


@dataclass(frozen=True, slots=True)
class Additions:
    """
    What a response of the application's gets added.

    Headers whose lower-case names stand in *replaced* make room for *headers*.
    """

    headers: Headers = field(default=(), repr=False)
    replaced: frozenset[str] = frozenset()

    #: Both, as ASGI spells them.
    raw: tuple[RawHeaders, frozenset[bytes]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = frozenset(name.encode("ascii") for name in self.replaced)
        object.__setattr__(self, "raw", (_raw(self.headers), names))


def _raw(headers: Headers) -> RawHeaders:
    return tuple(
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers
    )


def plain_response(
    status: int, media_type: str, body: bytes = b"", headers: Headers = ()
) -> Response:
    """Return *body* as a response of ours, which nobody keeps."""
    fixed = (
        ("Content-Type", media_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Vary", "Cookie, Authorization"),
    )
    return Response(status, (*fixed, *headers), body)


def set_cookies(*texts: str) -> Headers:
    """Return Set-Cookie *texts* as headers."""
    return tuple(("Set-Cookie", text) for text in texts)


def merge_vary(vary: str | None) -> str:
    """Return *vary* with Cookie and Authorization in it, each name once."""
    present = [part.strip() for part in (vary or "").split(",") if part.strip()]
    if "*" in present:
        return "*"
    known: dict[str, str] = {}
    for name in (*present, "Cookie", "Authorization"):
        known.setdefault(name.lower(), name)
    return ", ".join(known.values())
