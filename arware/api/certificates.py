"""The certificates that servers are checked with."""

from __future__ import annotations

import ssl
from pathlib import Path

import certifi

from arware.errors import CertificateError


def context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return what checks certificates with *ca_bundle*, or with the public ones."""
    place = readable(ca_bundle) if ca_bundle else certifi.where()
    if Path(place).is_dir():
        return ssl.create_default_context(capath=place)
    return ssl.create_default_context(cafile=place)


def readable(ca_bundle: str) -> str:
    """Return *ca_bundle* if certificates can be read from it."""
    try:
        if not Path(ca_bundle).is_dir():
            ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        message = (
            f"no certificates can be read from {ca_bundle!r}; set ca_bundle "
            "(AUTHROCKET_CA_BUNDLE, else REQUESTS_CA_BUNDLE or SSL_CERT_FILE) to a PEM "
            "file"
        )
        raise CertificateError(message) from None
    return ca_bundle
