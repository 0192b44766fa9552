"""How the value of a setting is read, and what is wrong with one that cannot be."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from .known_secrets import is_known

#: The shortest secret that is accepted, in bytes (SHA-256's own strength).
SECRET_BYTES = 32


class InvalidValue(Exception):
    """A value that cannot be read; *problem* and *fix* are for a person."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix


def _read_text(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidValue(f"it is {type(value).__name__}, not text", "Give it as text")
    _check_encoding(value)
    return value.strip() or None


def _check_encoding(text: str) -> None:
    """Refuse what the environment holds in another encoding than UTF-8."""
    if re.search(r"[\ud800-\udfff]", text):
        raise InvalidValue("it holds bytes that are not UTF-8", "Write it in UTF-8")


def _read_url(value: Any) -> str | None:
    text = _read_text(value)
    if text is not None:
        _check_url(text, plain_http_ok=False)
    return text


def _read_origin(value: Any) -> str | None:
    text = _read_text(value)
    if text is None:
        return None
    _check_url(text, plain_http_ok=True)
    parts = urlsplit(text)
    if parts.path not in ("", "/") or parts.query:
        raise InvalidValue(
            "it has a path or a query",
            "Give scheme and host only, like https://app.example.com",
        )
    scheme = parts.scheme.lower()
    usual = ":443" if scheme == "https" else ":80"
    return f"{scheme}://{parts.netloc.lower().removesuffix(usual)}"


_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1|[a-z0-9-]+\.localhost")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?|[0-9A-Fa-f:.]+")


def is_loopback(host: str | None) -> bool:
    """Tell whether *host* (no port, no brackets) is this very machine."""
    return bool(host) and _LOOPBACK.fullmatch(host.lower()) is not None  # type: ignore[union-attr]


def _check_url(text: str, *, plain_http_ok: bool) -> None:
    fix = "Give it in full, like https://host.example.com/"
    if re.search(r"[^\x21-\x7e]|[\\<>\"]", text):
        raise InvalidValue("it holds characters that no URL may hold", fix)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidValue("it is not a URL", fix) from None
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise InvalidValue("it is not an http URL with a host", fix)
    if _HOST.fullmatch(host) is None:
        raise InvalidValue("its host is not one", fix)
    if "@" in parts.netloc:
        raise InvalidValue(
            "it holds a user name or a password",
            "Take it out; only AUTHROCKET_URI may hold credentials",
        )
    if parts.fragment:
        raise InvalidValue("it has a fragment (#...)", "Take the fragment out")
    if parts.scheme.lower() == "http" and not plain_http_ok and not is_loopback(host):
        raise InvalidValue(
            "it is http, so anybody on the way could read and change it",
            "Use https; plain http is for loopback addresses only",
        )


_PUBLIC_KEY_TEXT = re.compile(
    r"^(ssh-(rsa|ed25519) |ecdsa-sha2-|ssh-dss )|[\"'](kty|keys)[\"']\s*:"
)

# What a small key in DER holds, whose base64 is no longer than a secret: the names of
# RSA, elliptic curves, Ed25519 and Ed448 (RFC 8410), and the head of a bare RSA key.
_PUBLIC_KEY_BYTES = (
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
    b"\x2a\x86\x48\xce\x3d\x02\x01",
    b"\x06\x03\x2b\x65\x70",
    b"\x06\x03\x2b\x65\x71",
    b"\x81\x89\x02\x81\x81",
)


def _is_public_key(text: str) -> bool:
    """Tell whether *text* is a public key in one of the forms keys come in."""
    if _PUBLIC_KEY_TEXT.search(text):
        return True
    bare = "".join(text.split()).rstrip("=")
    try:
        bare = bare.translate({ord("-"): "+", ord("_"): "/"})
        data = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        return False
    return data[:1] == b"0" and any(part in data for part in _PUBLIC_KEY_BYTES)


def check_jwt_key(text: str) -> None:
    """Refuse *text* that is neither an RSA key nor a good secret (RFC 8725 2.1)."""
    if len(text) > 256:  # longer than any secret, so an RSA key
        return
    if "-----BEGIN" in text:
        raise InvalidValue(
            "it begins as a PEM key but is too short to be a whole RSA key",
            "Give the whole RSA public key (2048 bits or more), to its -----END line",
        )
    if _is_public_key(text):
        raise InvalidValue(
            "it is a public key where an HS256 secret would stand",
            "Give the whole RSA public key (2048 bits or more), or the jsk_... secret",
        )
    # A realm's own secret is 22 random characters behind its prefix: 131 bits.
    floor = 26 if text.startswith("jsk_") else SECRET_BYTES
    if len(text.encode()) < floor:
        raise InvalidValue(
            f"it is shorter than {floor} bytes, so it can be guessed",
            "Copy the realm's JWT key from AuthRocket",
        )
    if is_known(text):
        raise InvalidValue(
            "it stands in public lists of secrets, so it can be guessed",
            "Give the realm a new JWT key in AuthRocket, and copy that",
        )


def _read_secrets(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    secrets: list[Any] = list(value) if isinstance(value, Iterable) else [None]
    if not all(isinstance(part, str) for part in secrets):
        raise InvalidValue("it is not text", "Give one secret, or a list of them")
    _check_encoding("".join(secrets))
    for number, part in enumerate(secrets, 1):
        if len(part.encode("utf-8", "surrogatepass")) < SECRET_BYTES:
            which = "it" if len(secrets) == 1 else f"number {number} of it"
            raise InvalidValue(
                f"{which} is shorter than {SECRET_BYTES} bytes",
                "Make one with `arware secret`",
            )
    return tuple(secrets)


def _read_path(value: Any) -> str | None:
    text = _read_text(value)
    if text is not None and (
        not text.startswith("/") or re.search(r"^//|[^\x21-\x7e]|[\\?#]", text)
    ):
        raise InvalidValue(
            "it is not a path of this application",
            "Begin it with exactly one slash, like /logout",
        )
    return text


_TRUE = frozenset(("true", "yes", "on", "y", "t", "1"))
_FALSE = frozenset(("false", "no", "off", "n", "f", "0", ""))


def _read_flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str | int) else None
    if text in _TRUE:
        return True
    if text in _FALSE or value is None:
        return False
    raise InvalidValue("it is neither true nor false", "Set it to true or false")


def _read_list(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, Iterable):
        items = list(value)
        if all(isinstance(item, str) for item in items):
            return tuple(items)
    raise InvalidValue("it is not a list of texts", "Give a list, like ['/static']")


def _read_paths(value: Any) -> tuple[str, ...]:
    paths = _read_list(value)
    for path in paths:
        if not path.startswith("/"):
            raise InvalidValue(
                f"{path!r} does not begin with a slash", "Begin each path with /"
            )
        if _NO_PREFIX.search(unquote(path)):
            raise InvalidValue(
                f"{path!r} is the beginning of no path",
                "Give whole segments, like /a/b; all that lies below is meant too",
            )
    return paths


# Compared with decoded paths these would match none, and so protect nothing.
_NO_PREFIX = re.compile(r"//|\\|[?#*\x00-\x1f\ufffd]|/\.{1,2}(?:/|$)")


def _read_origins(value: Any) -> tuple[str, ...]:
    return tuple(filter(None, (_read_origin(item) for item in _read_list(value))))


def _read_flag_or_paths(value: Any) -> bool | tuple[str, ...]:
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in _TRUE | _FALSE:
        return _read_flag(value)
    return _read_paths(value) or False


def _read_seconds(value: Any) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        if isinstance(value, bool):
            raise TypeError
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        seconds = -1.0
    if not 0 < seconds < 1e10:
        raise InvalidValue("it is not a number of seconds", "Give a number above 0")
    return seconds


def _read_seconds_or_never(value: Any) -> float | None:
    """Return 0 for what says that it is never to be done."""
    is_never = value is False or value == 0 or str(value).strip() in ("0", "false")
    return 0.0 if is_never else _read_seconds(value)


def _read_leeway(value: Any) -> float:
    seconds = _read_seconds_or_never(value)
    if seconds is None:
        return 5.0
    if seconds > 120:
        raise InvalidValue(
            "it is over 120 seconds, so tokens would live on long after their end",
            "Give 0 to 120, and let the hosts' clocks be set by NTP",
        )
    return seconds


def _read_headers(value: Any) -> Mapping[str, str]:
    if value is None:
        return {}
    if isinstance(value, str):
        lines = [line.partition(":") for line in value.splitlines() if line.strip()]
        if not all(colon for _, colon, _ in lines):
            raise InvalidValue(
                "a line of it has no colon", "Write name: value, one a line"
            )
        value = {name.strip(): text.strip() for name, _, text in lines}
    if not isinstance(value, Mapping) or not all(
        isinstance(name, str) and (isinstance(text, str) or callable(text))
        for name, text in value.items()
    ):
        raise InvalidValue("it is not a mapping of texts", "Give names and values")
    for name, text in value.items():
        # What is a function is called for each call, and looked at then.
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name) or (
            isinstance(text, str) and re.search(r"[^\t\x20-\x7e]", text)
        ):
            raise InvalidValue(f"{name!r} cannot be a header", "Use letters and dashes")
    return dict(value)


def _read_as_is(value: Any) -> Any:
    return value


READERS: dict[str, Callable[[Any], Any]] = {
    "text": _read_text,
    "url": _read_url,
    "origin": _read_origin,
    "secret": _read_text,
    "secrets": _read_secrets,
    "path": _read_path,
    "flag": _read_flag,
    "origins": _read_origins,
    "paths": _read_paths,
    "flag or paths": _read_flag_or_paths,
    "seconds": _read_seconds,
    "seconds or never": _read_seconds_or_never,
    "leeway": _read_leeway,
    "headers": _read_headers,
    "cache": _read_as_is,
    "object": _read_as_is,
}
