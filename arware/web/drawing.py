"""How a page of arware's own is drawn: by the application, or quietly by itself."""

from __future__ import annotations

import base64
import hashlib
import inspect
import logging
import re
import traceback
from copy import deepcopy
from html import escape

from arware.settings import PageLink, PageName, PageValues, Render

from .response import Headers, Response, plain_response
from .text import shown

log = logging.getLogger("arware")

_STYLE = """
:root{color-scheme:light dark;--ink:#23231f;--soft:#63605a;--page:#f4f2ee;
--card:#fffefb;--line:#dedad1;--act:#2f5d50;--on:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#eceae4;--soft:#a9a79e;--page:#161715;
--card:#1f211e;--line:#353833;--act:#8cc5b0;--on:#10231c}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.25rem;
background:var(--page);color:var(--ink);font:1.0625rem/1.55 system-ui,sans-serif}
main{width:100%;max-width:27rem;background:var(--card);border:1px solid var(--line);
border-radius:.75rem;padding:2rem 1.75rem;overflow-wrap:anywhere}
.app{color:var(--soft);font-size:.9375rem;font-weight:600;margin:0 0 .75rem}
h1{font-size:1.375rem;line-height:1.3;margin:0 0 .75rem}
p,ol{margin:0 0 1rem}
ol{padding-left:1.5rem}
.soft{color:var(--soft);font-size:.9375rem;margin:1.25rem 0 0}
.act{display:block;width:100%;border:0;border-radius:.5rem;padding:.75rem 1rem;
background:var(--act);color:var(--on);font:inherit;font-weight:600;text-align:center;
text-decoration:none;cursor:pointer}
a{color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
@media(max-width:24rem){body{padding:.75rem}main{padding:1.5rem 1.25rem}
h1{font-size:1.1875rem}}
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

#: Nothing may be loaded and nobody may frame it; ``form-action`` is left open because
#: browsers apply it to the redirects that follow, and those lead to LoginRocket.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

#: What a page that the application draws must not lose. It knows itself what its pages
#: load, so nothing is said of that.
_UNFRAMEABLE = "frame-ancestors 'none'"

# Unicode's isolates: what stands between them, a name that a stranger may have chosen,
# turns nothing around it. Names are ``shown``, so they hold none of their own.
_ISOLATE, _END = "\u2068", "\u2069"


def isolated(name: str) -> str:
    """Return *name*, which a stranger may have chosen, as text that stays by itself."""
    return f"{_ISOLATE}{shown(name)}{_END}"


def draw(
    render: Render | None,
    page: PageName,
    values: PageValues,
    headers: Headers,
    referrer: str = "no-referrer",
) -> Response:
    """
    Return *page* as *render* draws it, or, if that fails, as arware does.

    The headers that keep it safe are ours in both cases.
    """
    text = None if render is None else _drawn(render, page, values)
    policy = _POLICY if text is None else _UNFRAMEABLE
    own = (
        ("X-Frame-Options", "DENY"),
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", referrer),
    )
    data = (_html(values) if text is None else text).encode("utf-8", "replace")
    media_type = "text/html; charset=utf-8"
    return plain_response(values["status"], media_type, data, (*own, *headers))


def _drawn(render: Render, page: PageName, values: PageValues) -> str | None:
    """Return what *render* makes of *page*; ``None``, and a line in the log, if not."""
    try:
        # Its own copy: ours is what the page is, whatever becomes of that.
        text: object = render(page, deepcopy(values))
    except Exception:  # noqa: BLE001 - told of below, as text
        # Somebody waits for this page: one that looks different is better than none.
        _log_failure(page, traceback.format_exc())
        return None
    if isinstance(text, str):
        return text
    if inspect.iscoroutine(text):
        text.close()  # or Python warns of it, elsewhere
    log.error(
        "render returned %s for the page %s, so that is drawn without it: return "
        "the HTML as str",
        type(text).__name__,
        page,
    )
    return None


def _log_failure(page: PageName, told: str) -> None:
    from arware.logs import hide_tokens  # hardly ever needed

    # What was raised may tell of the values, and so of a login: no traceback beside it.
    told = hide_tokens(told)
    log.error("render failed, so the page %s is drawn without it\n%s", page, told)


# --- Our own -----------------------------------------------------------------------


def _html(values: PageValues) -> str:
    title = re.sub(f"[{_ISOLATE}{_END}]", "", values["title"])
    app, top = values["app_name"], ""
    if app is not None:
        title = f"{title} - {app}"
        top = f'<p class="app">{_text(isolated(app))}</p>'
    paragraphs = "".join(f"<p>{_text(text)}</p>" for text in values["texts"])
    steps = "".join(f"<li>{_text(text)}</li>" for text in values["steps"])
    note, other = values["note"], values["other"]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{top}<h1>{_text(values['title'])}</h1>{paragraphs}"
        f"{f'<ol>{steps}</ol>' if steps else ''}{_button(values['action'])}"
        f"{'' if other is None else _soft(_anchor(other))}"
        f"{'' if note is None else _soft(_text(note))}</main></body></html>\n"
    )


def _text(text: str) -> str:
    """Return *text* as HTML, in which names stay by themselves."""
    return escape(text).replace(_ISOLATE, "<bdi>").replace(_END, "</bdi>")


def _soft(html: str) -> str:
    return f'<p class="soft">{html}</p>'


def _anchor(link: PageLink, kind: str = "") -> str:
    target = ' target="_blank"' if link["new_tab"] else ""
    return f'<a {kind}href="{escape(link["url"])}"{target}>{_text(link["text"])}</a>'


def _button(link: PageLink | None) -> str:
    """Return what most people press; nothing for ``None``."""
    if link is None:
        return ""
    if link["method"] == "get":
        return _anchor(link, 'class="act" ')
    return (
        f'<form method="post" action="{escape(link["url"])}">'
        f'<button class="act">{_text(link["text"])}</button></form>'
    )
