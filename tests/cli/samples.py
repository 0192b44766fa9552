"""Settings that the command accepts."""

from __future__ import annotations

SECRET = "Yk3-a0b1c2d3e4f5g6h7i8j9k0l1m2n3o4p5"
GOOD = {
    "LOGINROCKET_URL": "https://example.e2.loginrocket.com/",
    "AUTHROCKET_COOKIE_SECRET": SECRET,
}

CLIENT = {
    "AUTHROCKET_API_KEY": "ks_0123456789",
    "AUTHROCKET_URL": "https://api-e2.authrocket.com/v2",
}


def ini(folder, settings, section="app:main"):
    """Write an ini file and return its path."""
    file = folder / "app.ini"
    lines = [f"authrocket.{name} = {text}\n" for name, text in settings.items()]
    file.write_text(f"[{section}]\nuse = egg:app\n{''.join(lines)}", "utf-8")
    return file
