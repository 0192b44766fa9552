"""Values that are good in any settings."""

from __future__ import annotations

SECRET = "Yk3-a0b1c2d3e4f5g6h7i8j9k0l1m2n3o4p5"
OTHER_SECRET = "Zz9_q8w7e6r5t4y3u2i1o0p9a8s7d6f5g4h3"
LOGINROCKET = "https://example.e2.loginrocket.com/"
JSK = "jsk_" + "0123456789" * 3


class MountedRealm:
    """As much of a realm in this process as the settings look at."""

    def __init__(self, url: str | None = "http://127.0.0.1:8000/auth/") -> None:
        self.url = url


class RealmWithSecret(MountedRealm):
    """A realm from whose secret others can be derived."""

    def derive_secrets(self, purpose: str) -> tuple[str, ...]:
        """Derive two: the realm's secret is being rotated."""
        return (f"{purpose}-{SECRET}", f"{purpose}-{OTHER_SECRET}")
