"""Key hosts whose certificate a private authority made, over real TLS."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from arware import wsgi
from arware.errors import KeysUnavailable
from arware.runtime.key_store import download_keys
from arware.runtime.verify import verify_token
from arware.settings import Settings
from arware.testing import MemoryRealm
from arware.testing._calls import Call, call_wsgi
from tests.key_pairs import key_pair
from tests.making import SECRET

AUTHORITY, SERVER = (
    x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    for text in ("a private authority", "localhost")
)


USES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def certificate(
    subject: x509.Name, key: rsa.RSAPrivateKey, signer: rsa.RSAPrivateKey
) -> bytes:
    """Return the certificate of *subject*, by the authority whose key is *signer*."""
    now, is_authority = dt.datetime.now(dt.UTC), subject == AUTHORITY
    uses = dict.fromkeys(USES, False) | {
        "digital_signature": not is_authority,
        "key_cert_sign": is_authority,
    }
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(AUTHORITY)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.KeyUsage(**uses), critical=True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .add_extension(issuer, critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the certificates of the authority and of the server."""
    folder = tmp_path_factory.mktemp("authority")
    root, leaf = key_pair("realm"), key_pair("strange")
    key = leaf.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(certificate(SERVER, leaf, root) + key)
    (folder / "authority.pem").write_bytes(certificate(AUTHORITY, root, root))
    return folder


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return the realm whose keys are served."""
    return MemoryRealm()


class QuietServer(ThreadingHTTPServer):
    """A server that says nothing of clients that do not trust it."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url(folder: Path, realm: MemoryRealm) -> Iterator[str]:
    """Serve the realm's keys over TLS; return the address of its login pages."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(realm.jwks()).encode()
            self.send_response(200 if self.path == "/connect/jwks" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = QuietServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def as_folder(authority: Path) -> Path:
    """Return a folder of certificates as OpenSSL reads them, by hashes of names."""
    folder = authority.parent / "certificates"
    folder.mkdir(exist_ok=True)
    # The canonical form of a short name in lower case is its DER without the head.
    digest = hashlib.sha1(AUTHORITY.public_bytes()[2:]).digest()
    number = int.from_bytes(digest[:4], "little")
    (folder / f"{number:08x}.0").write_bytes(authority.read_bytes())
    return folder


@pytest.fixture(params=["file", "folder"])
def bundle(request: pytest.FixtureRequest, folder: Path) -> str:
    """Return a ca_bundle in each of its two kinds."""
    authority = folder / "authority.pem"
    return str(authority if request.param == "file" else as_folder(authority))


def test_f21_keys_are_downloaded_from_who_the_bundle_trusts(
    url: str, bundle: str, patience: None
) -> None:
    """A file of certificates, or a folder of them, is what a download trusts."""
    _, keys = download_keys(f"{url}/connect/jwks", bundle)

    assert keys.find("jky_memory")


def test_f21_an_adapter_trusts_its_bundle(
    url: str, bundle: str, realm: MemoryRealm, patience: None
) -> None:
    """The first request that shows a token has the keys fetched from there."""
    seen = []

    def application(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["authrocket.auth"])
        start_response("200 OK", [])
        return []

    adapter = wsgi.Middleware(
        application, loginrocket_url=url, cookie_secret=SECRET, ca_bundle=bundle
    )
    header = ("authorization", f"Bearer {realm.token('alice')}")
    call_wsgi(adapter, Call(headers=(header,)))

    assert (seen[0].reason, seen[0].user.id) == (None, "usr_alice")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_f21_what_other_programs_trust_is_trusted(
    url: str, folder: Path, realm: MemoryRealm, variable: str, patience: None
) -> None:
    """Without a setting of ours, the variables of requests and OpenSSL are read."""
    environ = {"LOGINROCKET_URL": url, variable: str(folder / "authority.pem")}
    found = verify_token(Settings.from_environ(environ), realm.token("alice"))

    assert found is not None
    assert found.sub == "usr_alice"


def test_f21_an_unknown_authority_is_told_with_the_setting(
    url: str, realm: MemoryRealm, patience: None, caplog: pytest.LogCaptureFixture
) -> None:
    """Error and log name the host, the cause and ca_bundle; nobody is let in."""
    settings = Settings(loginrocket_url=url)
    with pytest.raises(KeysUnavailable) as caught:
        download_keys(f"{url}/connect/jwks")
    with (
        caplog.at_level(logging.WARNING, "arware"),
        pytest.raises(KeysUnavailable),
    ):
        verify_token(settings, realm.token("alice"))

    host = url.removeprefix("https://")
    assert f"the certificate of {host} is not trusted" in str(caught.value)
    assert "set ca_bundle to that authority's certificate" in str(caught.value)
    assert str(caught.value) in caplog.text


def test_f21_a_bundle_of_another_authority_trusts_no_other(
    url: str, tmp_path: Path, patience: None
) -> None:
    """Not even one of the same name: its key decides."""
    key, place = key_pair("another"), tmp_path / "other.pem"
    place.write_bytes(certificate(AUTHORITY, key, key))

    with pytest.raises(KeysUnavailable, match="set ca_bundle"):
        download_keys(f"{url}/connect/jwks", str(place))
