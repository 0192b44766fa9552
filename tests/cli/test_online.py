"""``arware check --online``: what only the network can tell."""

from __future__ import annotations

import ssl
import threading
import time
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from arware.testing import MemoryRealm
from tests.api.test_network import make_certificate

from .samples import GOOD


def test_the_key_set_is_looked_at_when_asked(run, served):
    """With ``--online`` the keys are downloaded, without it nothing is."""
    environ = GOOD | {"LOGINROCKET_URL": served.url}

    assert run("check", environ=environ)[0] == 0
    assert served.downloads == 0
    assert run("check", "--online", environ=environ)[0] == 0
    assert served.downloads == 1


def test_a_wrong_address_is_found_before_the_first_login(run, served):
    """With ``--online`` a key set that cannot be had is a fault."""
    environ = GOOD | {"LOGINROCKET_URL": f"{served.url}wrong/"}
    code, output, _ = run("check", "--online", environ=environ)

    assert code == 1
    assert "its key set cannot be downloaded: the key host answered 404" in output


def test_a_key_set_without_a_key_is_a_fault(run, served):
    """A realm that signs with HS256 has none to offer."""
    served.jwks = lambda: {"keys": []}
    environ = GOOD | {"LOGINROCKET_URL": served.url}
    code, output, _ = run("check", "--online", environ=environ)

    assert code == 1
    assert "the key document has no usable key" in output


@contextmanager
def key_host(ahead=0, certificate=None):
    """Serve a key set from a host whose clock is *ahead* seconds ahead."""
    realm = MemoryRealm()

    class Handler(BaseHTTPRequestHandler):
        def date_time_string(self, timestamp=None):
            return formatdate(time.time() + ahead, usegmt=True)

        def do_GET(self):
            status, content_type, body = realm.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    scheme = "http"
    if certificate is not None:
        scheme, context = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"{scheme}://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_f30_success_says_how_many_keys_were_found_and_where(run, served):
    """So nobody wonders whether anything was looked at."""
    environ = GOOD | {"LOGINROCKET_URL": served.url}
    code, output, _ = run("check", "--online", environ=environ)

    assert code == 0
    assert f"Found 1 key at {served.url}connect/jwks: jky_memory.\n" in output
    assert "and of this machine agree.\n" in output


def test_a_configured_key_needs_no_key_set(run):
    """Nothing is asked of anybody, and that is said."""
    key = MemoryRealm().public_key.replace("\n", "\\n")
    code, output, _ = run(
        "check", "--online", environ=GOOD | {"AUTHROCKET_JWT_KEY": key}
    )

    assert code == 0
    assert "jwt_key is used, so no key set was downloaded." in output


@pytest.mark.parametrize(
    ("ahead", "code", "sentence"),
    [
        (60, 1, "seconds behind that of 127.0.0.1:"),
        (60, 1, "so new logins are refused. Have both clocks set (NTP)"),
        (-3600, 1, "seconds ahead of that of 127.0.0.1:"),
        (-3600, 1, "leeway allows 5, so logins end early"),
    ],
)
def test_f16_it_says_by_how_much_the_clocks_differ(run, ahead, code, sentence):
    """More than the leeway is a fault, as tokens of the other clock do not count."""
    with key_host(ahead) as url:
        ended, output, _ = run(
            "check", "--online", environ=GOOD | {"LOGINROCKET_URL": url}
        )

    assert ended == code
    assert sentence in output


def test_f16_a_difference_that_the_leeway_covers_is_told_as_well(
    run, tmp_path, monkeypatch
):
    """It may grow."""
    file = tmp_path / "app.ini"
    file.write_text("[app:main]\nauthrocket.leeway = 100\n", "utf-8")
    with key_host(50) as url:
        environ = GOOD | {"LOGINROCKET_URL": url}
        code, output, _ = run("check", "--online", "--ini", str(file), environ=environ)

    assert code == 0
    assert "This machine's clock is " in output
    assert "; leeway allows 100.\n" in output


def test_f21_a_private_authority_is_named_with_its_fix(run, tmp_path):
    """Unknown it is a fault; set as ca_bundle, keys and clock are read."""
    certificate, key = make_certificate(tmp_path)
    with key_host(certificate=(certificate, key)) as url:
        environ = GOOD | {"LOGINROCKET_URL": url}
        code, output, _ = run("check", "--online", environ=environ)
        trusted = environ | {"AUTHROCKET_CA_BUNDLE": str(certificate)}
        again, found, _ = run("check", "--online", environ=trusted)

    assert (code, again) == (1, 0)
    assert "If a private authority made its certificate, set ca_bundle" in output
    assert "proxies of the environment are not used" in output
    assert "Found 1 key" in found
    assert "and of this machine agree" in found


def test_f21_a_proxy_of_the_environment_is_not_used(run, served):
    """That is said where one is configured, as other programs would use it."""
    environ = {"LOGINROCKET_URL": served.url, "HTTP_PROXY": "http://127.0.0.1:9"}
    code, output, _ = run("check", "--online", environ=GOOD | environ)

    assert code == 0
    assert "The environment names a proxy; the key set is downloaded without" in output
