"""What the function of the setting ``render`` is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias, TypedDict

PageName: TypeAlias = Literal[
    "confirm",
    "cookie_not_kept",
    "login_failed",
    "login_needed",
    "login_over",
    "login_locked",
    "forbidden",
    "ask_logout",
]


class PageLink(TypedDict):
    """Where a page leads: a link, or a button of a form whose *method* is ``post``."""

    text: str
    url: str
    method: Literal["get", "post"]
    new_tab: bool


class PageValues(TypedDict):
    """
    What one of arware's own pages says; a template draws all of them alike.

    All texts are plain: the template escapes them, as Jinja and Django do by
    themselves. URLs are paths, or begin with http.
    """

    #: The setting ``app_name``.
    app_name: str | None
    #: The status of the response.
    status: int
    #: The title, which is the heading too.
    title: str
    #: Paragraphs.
    texts: list[str]
    #: What to do, one after the other; nearly always empty.
    steps: list[str]
    #: Where most people go from here.
    action: PageLink | None
    #: Where else they may go.
    other: PageLink | None
    #: What the owner of the site should know, in small print.
    note: str | None
    #: The account that the page is about; each character of it can be seen.
    account: str | None
    #: The word for why a login failed, one of :class:`arware.Reason`.
    reason: str | None


#: Takes the page's name and its values, and returns its HTML.
Render: TypeAlias = Callable[[PageName, PageValues], str]
