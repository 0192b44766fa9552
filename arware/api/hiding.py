"""
What an error must not show: the secrets of a call, wherever they come back from.

A server may repeat what it was sent, in any answer. Whatever is shown of one goes
through :func:`cleaned`, and nothing else cleans.

A secret is taken out wherever it stands, unless a message may say the same by chance.
Letters alone, and what is short, must not be part of a longer word. What consists of
words that messages are made of, like the password ``password``, must be a value: in
quotes or brackets, behind ``=`` or ``:``, or the whole text.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus, urlsplit

from .calls import is_secret, is_secrets_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What stands in a secret's place.
MASK = "***"

#: Headers that tell who asks, and are no secrets.
_OPEN = frozenset(("authrocket-realm", "authrocket-service"))
_CREDENTIALS = frozenset(("authorization", "proxy-authorization", "cookie"))
#: A secret that is shorter must not be part of a word.
_SHORT = 8

#: The words of validation messages, and of the fields that they are about.
_VOCABULARY = frozenset(
    """
    a about access account accepted active add again all allowed already also an and any
    api are as at attempts bad be been before best between blank blocked but by can
    cannot case change changed character characters check chosen client code codes
    common commonly compromised confirm confirmation contain contains correct
    credential credentials data denied did digit digits do does doesn domain easy email
    empty enter error errors exist exists expired fail failed false few field fields
    first for format found from guess guessed had has have here how id if in incorrect
    insecure invalid invitation is isn it its key kind known last leaked least length
    less letter letters limit listed locked log login long longer lower lowercase many
    match may maximum member membership message min minimum missing more most must name
    need needs new no not null number numbers object of old on one only or org
    organization other our out password passwords permission permissions permitted phone
    please provided public range read realm reason refused request required reset
    reserved retry same secret secure see session set short shorter sign similar simple
    since so spaces state strong such symbol taken text than that the their there this
    to token too true try type unique unknown until upper uppercase use used user
    username value verification verify was weak were when which will with without word
    words wrong you your
    """.split()  # noqa: SIM905 - a list of words is read as such
)
_WORDS = re.compile(r"[^\W\d_]+")

#: What letters and digits a word goes on with; other scripts have no gaps in between.
_LETTER = r"[0-9A-Za-z\u00c0-\u052f]"
_BEGINS = (
    rf"(?:(?<!{_LETTER})|(?<=\\[bfnrt])"
    r"|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2}))"
)
_ENDS = rf"(?!{_LETTER})"
#: A value's place: the whole text; between quotes, brackets or tags, but for the names
#: of a JSON object; or behind a sign.
_PLACES = (
    (r"\A", r"\Z"),
    (
        r"""(?:(?<=["'`“”„‘«‹>(\[])|(?<=&quot;)|(?<=&\#39;)|(?<=&\#x27;))""",
        r"""(?=\\?["'`“”’»›<)\]]|&quot;|&\#39;|&\#x27;)(?!\\?"\s*:)""",
    ),
    (r"(?<=[=:])", rf"(?!:|{_LETTER})"),
    (r"(?<=[=:]\s)", r"""(?=\s*$|["'\\&,;.!?)\]}<])"""),
)


def secrets_of(
    headers: Iterable[tuple[str, str]], url: str, body: bytes | None
) -> Iterator[str]:
    """Yield the secrets that a request sends."""
    for name, value in headers:
        if name in _CREDENTIALS:
            yield from (value, *re.split(r"[ ,;]+", value)[1:])
        elif is_secret(value) or (name.startswith("authrocket-") and name not in _OPEN):
            yield value
    parts = urlsplit(url)
    before = ""
    for part in map(unquote_plus, parts.path.split("/")):
        # An invitation's id may be its token.
        if is_secret(part) or before == "invitations":
            yield part
        before = part
    for name, value in parse_qsl(parts.query):
        yield from _secrets_in(value, name.partition("[")[0])
    if body:
        yield from _secrets_in(json.loads(body))


def _secrets_in(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for inner, item in value.items():
            yield from _secrets_in(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from _secrets_in(item, name)
    elif isinstance(value, str) and _is_hidden(name, value):
        yield value


def _is_hidden(name: str, value: str) -> bool:
    return name.lower() == "code" or is_secrets_name(name) or is_secret(value)


def cleaned(text: str, secrets: Iterable[str]) -> str:
    """Return *text* without *secrets*, in any spelling that JSON, URLs, HTML have."""
    spellings: set[str] = set()
    for secret in secrets:
        spellings.update(_spellings(secret))
    for spelling in sorted(spellings, key=len, reverse=True):
        if spelling in text:
            text = re.sub(_pattern(spelling), MASK, text, flags=re.MULTILINE)
    return text


def _pattern(secret: str) -> str:
    """Return a pattern for *secret*, there where it is no part of a message."""
    escaped = re.escape(secret)
    words = _WORDS.findall(secret)
    if words and _VOCABULARY.issuperset(map(str.lower, words)) and _is_prose(secret):
        return "|".join(before + escaped + after for before, after in _PLACES)
    if len(secret) < _SHORT or secret.isalpha():
        return _BEGINS + escaped + _ENDS
    return escaped


def _is_prose(secret: str) -> bool:
    return not re.search(r"[\d_%\\]", secret)


def _spellings(secret: str) -> Iterator[str]:
    if not secret.strip():
        return
    yield secret
    yield secret.strip()
    for ascii_only in (True, False):
        once = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
        # Twice, where one server quotes the answer of another.
        yield from (once, json.dumps(once, ensure_ascii=ascii_only)[1:-1])
    yield html.escape(secret)
    escaped = secret.encode("utf-8", "replace")
    yield quote(escaped, safe="")
    yield quote_plus(escaped, safe="")
