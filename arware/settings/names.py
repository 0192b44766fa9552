"""The names of the settings, as keywords and as environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta
    from os import PathLike
    from typing import TypeAlias

    from .pages import Render

    Flag: TypeAlias = bool | str | None
    Seconds: TypeAlias = float | str | timedelta | None
    Texts: TypeAlias = str | Iterable[str] | None

UnsolicitedLogin = Literal["confirm", "allow", "refuse"]
OnOutage = Literal["allow", "deny"]


class SettingsKeywords(TypedDict, total=False):
    """
    What each setting may be given as, for ``**overrides: Unpack[SettingsKeywords]``.

    It is wider than what :class:`~arware.Settings` then hold: a list for a tuple, text
    for a number.
    """

    loginrocket_url: str | None
    jwt_key: str | None
    api_key: str | None
    realm: str | None
    service: str | None
    url: str | None
    cookie_secret: Texts
    cookie_name: str
    login_path: str | None
    logout_path: str | None
    post_logout_path: str | None
    require_login: Flag | Iterable[str]
    exempt: Texts
    ignore: Texts
    public_url: str | None
    unsolicited_login: UnsolicitedLogin
    within: Seconds
    check_session: Seconds
    leeway: Seconds
    ca_bundle: str | PathLike[str] | None
    on_outage: OnOutage
    cache: Any
    allowed_origins: Texts
    remote_user: Flag
    issuer: str
    default_headers: Mapping[str, Any] | str | None
    local_realm: Any
    app_name: str | None
    render: Render | str | None


#: All of them, in the order of the reference.
NAMES = tuple(SettingsKeywords.__annotations__)

#: The variable that holds the API's credentials in one.
URI = "AUTHROCKET_URI"

#: Setting -> its environment variable, for those that have one.
VARIABLES = {"loginrocket_url": "LOGINROCKET_URL"} | {
    name: f"AUTHROCKET_{name.upper()}"
    for name in (
        *("jwt_key", "api_key", "realm", "service", "url", "ca_bundle"),
        *("cookie_secret", "cookie_name", "public_url"),
    )
}


class FromUri(str):
    """A text that came out of ``AUTHROCKET_URI``, which its faults then name."""

    __slots__ = ()
