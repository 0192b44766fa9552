"""Statements 38 to 41 and 45: a network that fails, and a client that does not."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from arware import errors
from arware.api import provider
from arware.api.attempts import Limits
from arware.api.lazy import LazyClient
from arware.resources.org import Org
from arware.settings import Settings
from tests.api import servers
from tests.api.conftest import KEY
from tests.api.kinds import Make, limit
from tests.patience import PATIENCE
from tests.services import wait_until

GOOD = b'{"object":"org","id":"org_1","name":"Acme"}'
#: For those who are to give up, and for those who are not, however busy the machine.
QUICK = Limits(connect=1, read=0.3, total=0.9)
PATIENT = Limits(connect=60, read=60, total=60)
Act = Callable[[socket.socket, bytes], None]


def http(
    body: bytes = GOOD, status: str = "200 OK", headers: str = "", length: int = -1
) -> bytes:
    """Return the bytes of an answer; *length* may lie about the body."""
    size = len(body) if length < 0 else length
    return (
        f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body
    )


def says(*parts: bytes) -> Act:
    """Return an act that sends *parts*."""
    return lambda connection, _: connection.sendall(b"".join(parts))


def cuts(answer: bytes) -> Act:
    """Return an act that sends *answer*, and hangs up."""

    def act(connection: socket.socket, _: bytes) -> None:
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    return act


def resets(connection: socket.socket, _: bytes) -> None:
    """Break off with a reset."""
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
    )
    connection.close()


def closes(connection: socket.socket, _: bytes) -> None:
    """Hang up without a word."""
    connection.shutdown(socket.SHUT_RDWR)


def hangs(connection: socket.socket, _: bytes) -> None:
    """Never answer: wait until the other side hangs up."""
    while connection.recv(65536):
        pass


def drips(first: bytes, then: bytes) -> Act:
    """Return an act that sends *first*, and *then* byte by byte, for minutes."""

    def act(connection: socket.socket, _: bytes) -> None:
        connection.sendall(first)
        for number in range(10_000):
            connection.sendall(then[number % len(then) :][:1])
            time.sleep(0.05)

    return act


def truncates(connection: socket.socket, _: bytes) -> None:
    """Promise more than there is."""
    connection.sendall(http(length=1000))
    connection.shutdown(socket.SHUT_RDWR)


def wanders(connection: socket.socket, request: bytes) -> None:
    """Redirect to a longer path, for ever."""
    target = request.split(b" ")[1].decode()
    connection.sendall(http(b"", "302 Found", f"Location: {target}x\r\n"))


ZIPPED = "Content-Encoding: gzip\r\n"
BOMB = gzip.compress(bytes(50_000_000))
ELSEWHERE = "Location: http://127.0.0.2:9/v2/orgs/org_1\r\n"
CLOSED_CHUNK = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab\r\n0\r\n\r\n"
)

#: Answers that end too early, and look like answers without a body.
CUT = {
    "cut-status": b"HTTP/1.1 200 O",
    "cut-after-status": b"HTTP/1.1 200 OK\r\n",
    "cut-name": b"HTTP/1.1 200 OK\r\nContent-",
    "cut-value": b"HTTP/1.1 200 OK\r\nContent-Length: 0",
    "cut-line": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r",
    "cut-headers": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
    "cut-end": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r",
    "cut-1.0": b"HTTP/1.0 200 OK\r\nContent-",
    "cut-continue": b"HTTP/1.1 100 Continue\r\nX-A: b\r\n",
    "no-header": b"HTTP/1.1 200 OK\r\nContent-\r\nContent-Length: 0\r\n\r\n",
    "no-length": b"HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n",
    "odd-length": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    "no-body": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    "no-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "cut-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2",
    "cut-gzip": b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
    b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(GOOD)[:10],
}

#: What the server does, the error, and a word of its message.
FAULTS: dict[str, tuple[Act, type[errors.Error], str]] = {
    "reset": (resets, errors.ConnectionError, "closed the connection"),
    "close": (closes, errors.ConnectionError, "closed the connection"),
    "hang": (hangs, errors.ConnectionError, "in time"),
    "drip-body": (
        drips(http(b"", length=100_000), GOOD),
        errors.ConnectionError,
        "time",
    ),
    "drip-headers": (
        drips(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"),
        errors.ConnectionError,
        "time",
    ),
    "drip-status": (drips(b"HTTP/1.1 ", b"2"), errors.ConnectionError, "time"),
    "truncation": (truncates, errors.ConnectionError, "broke off"),
    "bad-chunk": (says(CLOSED_CHUNK), errors.ConnectionError, "broke off"),
    # Who reads a head only when it is whole waits for the end of this one.
    "no-http": (
        says(b"220 mail ready\r\n" * 9),
        errors.ConnectionError,
        "no HTTP|in time",
    ),
    "no-status": (says(b"220 mail\r\n\r\n"), errors.ConnectionError, "no HTTP"),
    "many-headers": (
        says(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n" * 1000, b"\r\n"),
        errors.ConnectionError,
        "no HTTP",
    ),
    "gzip-bomb": (says(http(BOMB, headers=ZIPPED)), errors.Error, "exceeds"),
    "large": (says(http(b" " * 9_000_000)), errors.Error, "exceeds"),
    "bad-gzip": (says(http(b"no zip", headers=ZIPPED)), errors.Error, "compressed"),
    "html": (says(http(b"<html>proxy</html>")), errors.UnexpectedResponse, "not JSON"),
    "charset": (
        says(http('{"a":"é"}'.encode("latin-1"))),
        errors.UnexpectedResponse,
        "not JSON",
    ),
    "utf-16": (
        says(http(GOOD.decode().encode("utf-16"))),
        errors.UnexpectedResponse,
        "not JSON",
    ),
    "redirect-loop": (wanders, errors.Error, "more than 3"),
    "redirect-away": (
        says(http(b"", "307 Moved", ELSEWHERE)),
        errors.Error,
        "another host",
    ),
    "redirect-odd": (
        says(http(b"", "302 Found", "Location: http://[::1/\r\n")),
        errors.Error,
        "no URL",
    ),
    "429": (
        says(http(b"{}", "429 Slow", "Retry-After: 99\r\n")),
        errors.RateLimited,
        "many",
    ),
    "503": (says(http(b"busy", "503 Busy")), errors.Error, "503"),
    "500": (says(http(b"oops", "500 Oops")), errors.Error, "500"),
    "403-html": (says(http(b"<h1>no</h1>", "403 No")), errors.AccessDenied, "API key"),
    **{
        name: (cuts(answer), errors.ConnectionError, "broke off|closed the connection")
        for name, answer in CUT.items()
    },
}


@pytest.fixture
def client(api: servers.Api, make: Make) -> Iterator[Any]:
    """Return a client of each kind."""
    with make(url=api.url, api_key=KEY) as made:
        yield made


Broken = Callable[[Act], AbstractContextManager[tuple[servers.Raw, Any]]]


@pytest.fixture
def broken(make: Make) -> Broken:
    """Run a server that does an act, and a client that waits for it if need be."""

    @contextmanager
    def run(act: Act) -> Iterator[tuple[servers.Raw, Any]]:
        with (
            servers.raw(act) as server,
            make(url=server.url, api_key=KEY, limits=PATIENT) as client,
        ):
            yield server, client

    return run


#: What ends only because the client gives up.
ENDLESS = ("hang", "drip-body", "drip-headers", "drip-status", "no-http")


@pytest.mark.parametrize("fault", FAULTS)
def test_s40_t67_every_fault_is_an_error_of_ours_in_time(
    fault: str, broken: Broken
) -> None:
    """
    It names host and call, not the key, and the client can be used again.

    A server that hangs or drips does so for minutes: whoever comes back gave up.
    """
    act, kind, words = FAULTS[fault]
    with broken(act) as (server, client):
        limit(client, QUICK if fault in ENDLESS else PATIENT)
        with pytest.raises(errors.Error, match=words) as caught:
            client.orgs.find("org_1")
        server.act = says(http())
        limit(client, PATIENT)
        again = client.orgs.find("org_1")

    assert kind is type(caught.value)
    assert again.name == "Acme"
    assert f"127.0.0.1:{server.port}" == caught.value.host
    assert caught.value.call == "GET orgs/org_1"
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (http(), "Acme"),
        (http(b""), None),
        (http(b"null"), None),
        (http(b"", "204 No Content"), None),
        (http(GOOD, "215 Odd"), None),
        (http(gzip.compress(GOOD), headers=ZIPPED), "Acme"),
        (http(b"\xef\xbb\xbf" + GOOD), "Acme"),
        (http(GOOD, headers="Content-Type: text/plain; charset=latin-1\r\n"), "Acme"),
    ],
)
def test_s40_what_only_looks_odd_is_understood(
    answer: bytes, name: str | None, broken: Broken
) -> None:
    """Empty bodies, ``null``, 215, gzip and a byte order mark are no faults."""
    with broken(says(answer)) as (_, client):
        org = client.orgs.find("org_1")

    assert (True, name) == (org.valid, org.name)


@pytest.mark.parametrize("cut", CUT)
def test_s40_an_answer_that_was_cut_off_is_never_a_success(
    cut: str, broken: Broken
) -> None:
    """Neither for what changes something nor, later, for who asks the cache."""
    with broken(cuts(CUT[cut])) as (server, client):
        with pytest.raises(errors.ConnectionError):
            client.orgs.create(name="x")
        created = len(server.requests)
        with pytest.raises(errors.ConnectionError):
            client.orgs.find("org_1", cache=True)
        server.act = says(http())
        found = client.orgs.find("org_1", cache=True)

    assert created == 1
    assert found.name == "Acme"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\nX-A: b\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.0 200 OK\nContent-Length: 0\n\n",
        http(gzip.compress(b"", mtime=0), headers=ZIPPED),
        http(b"", headers="Content-Type: multipart/form-data; boundary=b\r\n"),
    ],
)
def test_s40_an_answer_without_a_body_that_says_so_is_a_success(
    answer: bytes, broken: Broken
) -> None:
    """By its length, its status, or by an end that HTTP allows; it is not kept."""
    with broken(cuts(answer)) as (server, client):
        created = client.orgs.create(name="x")
        found = client.orgs.find("org_1", cache=True)
        server.act = says(http())
        again = client.orgs.find("org_1", cache=True)

    assert created.valid
    assert (found.name, again.name) == (None, "Acme")


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("no-such-host.invalid", "resolved"),
        ("127.0.0.1:1", "refused"),
    ],
)
def test_s40_a_host_that_is_not_there_is_named_with_the_fix(
    host: str, words: str, make: Make
) -> None:
    """The message names the variable to look at."""
    scheme = "https" if "invalid" in host else "http"
    with (
        make(url=f"{scheme}://{host}/v2", api_key=KEY, limits=PATIENT) as client,
        pytest.raises(errors.ConnectionError, match=words) as caught,
    ):
        client.orgs.find("org_1")

    assert host in str(caught.value)
    assert "AUTHROCKET_URL" in str(caught.value)
    assert caught.value.reason == "connection_error"


def test_s38_the_timeouts_are_finite() -> None:
    """10 s to connect, 50 s for each read, 60 s for a call with all its retries."""
    limits = Limits()

    assert (limits.connect, limits.read, limits.total) == (10, 50, 60)
    assert limits.body == 8 * 1024 * 1024


@pytest.mark.parametrize("act", [resets, closes])
def test_s39_t67_what_reads_is_tried_once_more(act: Act, broken: Broken) -> None:
    """Two attempts in all, and the second may succeed."""
    with broken(act) as (server, client):
        with pytest.raises(errors.ConnectionError):
            client.orgs.find("org_1")
        failed = len(server.requests)

        def once(connection: socket.socket, request: bytes) -> None:
            server.act = says(http())
            act(connection, request)

        server.act = once
        found = client.orgs.find("org_1")

    assert failed == 2
    assert found.name == "Acme"


@pytest.mark.parametrize(
    "change",
    [
        lambda client: client.orgs.create(name="x"),
        lambda client: client.orgs.update("org_1", name="x"),
        lambda client: client.orgs.delete("org_1"),
        lambda client: client.users.authenticate("usr_1", password="secret"),
    ],
)
@pytest.mark.parametrize("fault", ["reset", "hang", "truncation", "429", "503"])
def test_s39_t67_what_may_have_arrived_is_never_sent_twice(
    change: Any, fault: str, broken: Broken
) -> None:
    """A change is asked for once, whatever becomes of it."""
    with broken(FAULTS[fault][0]) as (server, client):
        limit(client, QUICK if fault in ENDLESS else PATIENT)
        with pytest.raises(errors.Error) as caught:
            change(client)
        # The server may still be reading what was given up.
        wait_until(lambda: server.requests != [], PATIENCE)

    assert len(server.requests) == 1
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", ["429 Slow", "503 Busy"])
def test_t67_a_busy_server_is_asked_again_when_it_says_when(
    status: str, broken: Broken
) -> None:
    """After ``Retry-After``, at most twice."""
    with broken(says(http(b"{}", status, "Retry-After: 0\r\n"))) as (server, client):
        with pytest.raises(errors.Error):
            client.orgs.find("org_1")
        asked = len(server.requests)

        def once(connection: socket.socket, _: bytes) -> None:
            server.act = says(http())
            connection.sendall(http(b"{}", status, "Retry-After: 0\r\n"))

        server.act = once
        found = client.orgs.find("org_1")

    assert asked == 3
    assert found.name == "Acme"


@pytest.mark.parametrize(
    "header", ["Retry-After: 3600\r\n", "", "Retry-After: 300\r\n"]
)
def test_t67_a_pause_that_is_too_long_is_left_to_the_caller(
    header: str, broken: Broken
) -> None:
    """An hour, nothing at all, or more than the call has left: raised at once."""
    with broken(says(http(b"{}", "429 Slow", header))) as (server, client):
        # Whoever waited would be here for five minutes at least.
        limit(client, Limits(total=60, longest_pause=1000))
        with pytest.raises(errors.RateLimited) as caught:
            client.orgs.find("org_1")

    assert len(server.requests) == 1
    assert ("3600" in header) == (caught.value.retry_after == 3600)


def test_s37_t65_the_key_goes_to_no_other_host(broken: Broken) -> None:
    """Not to another port, another name of this machine, nor with another scheme."""
    with servers.raw(says(http())) as other:
        for place in (
            f"http://127.0.0.1:{other.port}/v2/orgs/org_1",
            f"http://localhost:{other.port}/",
            f"//127.0.0.1:{other.port}/",
            f"http://127.0.0.1:{other.port}@127.0.0.1/",
        ):
            redirect = http(b"", "307 Moved", f"Location: {place}\r\n")
            with (
                broken(says(redirect)) as (_, client),
                pytest.raises(errors.Error, match="another host"),
            ):
                client.orgs.find("org_1")

    assert other.connections == 0


def test_s41_t65_certificates_are_verified(tmp_path: Path, make: Make) -> None:
    """A certificate that nobody signed is refused; one of the bundle is taken."""
    certificate, key = make_certificate(tmp_path)
    context = server_context(certificate, key)

    def act(connection: socket.socket, _: bytes) -> None:
        raise AssertionError("nothing may be asked over an unverified connection")

    with tls_server(context) as (port, requests):
        url = f"https://127.0.0.1:{port}/v2"
        with (
            make(url=url, api_key=KEY, limits=PATIENT) as client,
            pytest.raises(errors.ConnectionError, match="certificate"),
        ):
            client.orgs.find("org_1")
        refused = list(requests)
        with make(
            url=url, api_key=KEY, limits=PATIENT, ca_bundle=str(certificate)
        ) as client:
            found = client.orgs.find("org_1")
            requests.append(b"drip")
            limit(client, QUICK)
            with pytest.raises(errors.ConnectionError, match="in time"):
                client.orgs.find("org_1")

    assert refused == []
    assert found.name == "Acme"


def test_s41_a_bundle_that_cannot_be_read_is_an_error_at_once(
    tmp_path: Path, make: Make
) -> None:
    """Not only at the first call, and with the file's name."""
    odd = tmp_path / "bundle.pem"
    odd.write_text("no certificate")
    for bundle in (odd, tmp_path / "absent.pem"):
        with (
            pytest.raises(errors.CertificateError, match=bundle.name),
            make(url="https://a.example.com", api_key=KEY, ca_bundle=str(bundle)),
        ):
            raise AssertionError("a client was made")


def test_f21_calls_trust_the_settings_ca_bundle(tmp_path: Path, make: Make) -> None:
    """A client of its own, an adapter's and the default client's: one setting."""
    certificate, key = make_certificate(tmp_path)
    with tls_server(server_context(certificate, key)) as (port, _):
        settings = Settings(
            url=f"https://127.0.0.1:{port}/v2", api_key=KEY, ca_bundle=str(certificate)
        )
        with make(settings, limits=PATIENT) as client:
            found = [client.orgs.find("org_1")]
        found.append(LazyClient(settings, PATIENT).orgs.find("org_1"))
        provider.configure(settings, limits=PATIENT)
        try:
            found.append(Org.find("org_1"))
        finally:
            provider.forget()

    assert [org.name for org in found] == ["Acme"] * 3


@pytest.mark.parametrize(
    "variable", ["AUTHROCKET_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"]
)
def test_f21_calls_trust_the_environments_bundle(
    tmp_path: Path, variable: str, make: Make
) -> None:
    """Our own variable, or those that other programs read."""
    certificate, key = make_certificate(tmp_path)
    with tls_server(server_context(certificate, key)) as (port, _):
        environ = {
            "AUTHROCKET_URL": f"https://127.0.0.1:{port}/v2",
            "AUTHROCKET_API_KEY": KEY,
            variable: str(certificate),
        }
        with make(Settings.from_environ(environ), limits=PATIENT) as client:
            found = client.orgs.find("org_1")

    assert found.name == "Acme"


def test_f21_an_untrusted_certificate_names_the_setting(
    tmp_path: Path, make: Make
) -> None:
    """Whoever has a certificate authority of their own is told what to set."""
    with (
        tls_server(server_context(*make_certificate(tmp_path))) as (port, _),
        make(Settings(url=f"https://127.0.0.1:{port}", api_key=KEY)) as client,
        pytest.raises(errors.ConnectionError, match=r"authority.*set ca_bundle"),
    ):
        client.orgs.find("org_1")


def test_s45_connections_are_used_again(api: servers.Api, client: Any) -> None:
    """Twenty calls in turn need one connection."""
    for _ in range(20):
        client.orgs.find("org_1")

    assert len({seen.peer for seen in api.seen}) == 1


def test_s45_32_threads_share_ten_connections_without_cross_talk(
    api: servers.Api, client: Any
) -> None:
    """Each gets its own answer, with its own credentials."""

    def echo(seen: servers.Seen) -> servers.Response:
        id_ = seen.path.rpartition("/")[2]
        key = seen.headers["authrocket-api-key"]
        return servers.Response({"object": "org", "id": id_, "name": key})

    api.answer = echo
    flow = threading.Barrier(32)

    def work(number: int) -> list[tuple[str | None, str | None]]:
        flow.wait()
        return [
            (org.id, org.name)
            for turn in range(20)
            for org in [
                client.orgs.find(
                    f"org_{number}_{turn}", credentials={"api_key": f"ks_{number}"}
                )
            ]
        ]

    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(work, range(32)))

    assert [
        [(f"org_{number}_{turn}", f"ks_{number}") for turn in range(20)]
        for number in range(32)
    ] == found
    assert len({seen.peer for seen in api.seen}) <= 10


def test_t67_a_full_pool_is_waited_for_until_the_deadline_only(broken: Broken) -> None:
    """Ten calls that hang make the eleventh fail in time, and harm nobody later."""
    with broken(hangs) as (server, client):
        limit(client, QUICK)

        def ask(_: int) -> str:
            with pytest.raises(errors.ConnectionError) as caught:
                client.orgs.find("org_1")
            return str(caught.value)

        with ThreadPoolExecutor(24) as pool:
            messages = list(pool.map(ask, range(24)))
        server.act = says(http())
        limit(client, PATIENT)
        again = client.orgs.find("org_1")

    assert len(messages) == 24
    assert again.name == "Acme"


#: Two calls, one of them with a header of its own.
ASKING = """
import arware
with arware.Client(url={url!r}, api_key="ks_1") as client:
    client.orgs.all(headers={{"authorization": "Bearer mine"}})
    client.orgs.all()
"""
ASKING_ASYNCHRONOUSLY = """
import arware, asyncio
async def main():
    async with arware.AsyncClient(url={url!r}, api_key="ks_1") as client:
        await client.orgs.all(headers={{"authorization": "Bearer mine"}})
        await client.orgs.all()
asyncio.run(main())
"""


@pytest.mark.parametrize("program", [ASKING, ASKING_ASYNCHRONOUSLY])
def test_t65_proxies_and_netrc_are_not_used(
    api: servers.Api, tmp_path: Path, program: str
) -> None:
    """No proxy and no ``.netrc`` of the environment changes a call."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login eve password stolen\n")
    (tmp_path / ".netrc").chmod(0o600)
    proxy = "http://127.0.0.1:1"
    subprocess.run(
        [sys.executable, "-W", "error", "-c", program.format(url=api.url)],
        check=True,
        env={
            "HOME": str(tmp_path),
            "HTTP_PROXY": proxy,
            "http_proxy": proxy,
            "ALL_PROXY": proxy,
            "PYTHONPATH": str(Path(__file__).parent.parent.parent),
        },
    )

    assert [s.headers.get("authorization") for s in api.seen] == ["Bearer mine", None]


def test_cookies_are_neither_kept_nor_sent(api: servers.Api, client: Any) -> None:
    """What a server sets for one caller never reaches another."""
    api.will({}, set_cookie="who=alice; Path=/")
    client.orgs.find("org_1")
    client.orgs.find("org_2")

    assert "cookie" not in api.last.headers


# --- A server with TLS -------------------------------------------------------------


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of 127.0.0.1 that signs itself, and its key."""
    import datetime as dt
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    places = folder / "certificate.pem", folder / "key.pem"
    places[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    places[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return places


def server_context(certificate: Path, key: Path) -> Any:
    """Return the TLS context of a server."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@contextmanager
def tls_server(context: Any) -> Iterator[tuple[int, list[bytes]]]:
    """Run a server that answers once per connection; ``b"drip"`` makes it drip."""
    requests: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def answer(connection: Any) -> None:
        requests.append(connection.recv(65536))
        if b"drip" in requests[:-1]:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
            while not ended.wait(0.1):
                connection.sendall(b" ")
        else:
            connection.sendall(http(headers="Connection: close\r\n"))

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(plain, server_side=True) as connection:
                    answer(connection)
            except OSError:
                plain.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], requests
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def test_t67_the_body_of_an_answer_may_be_just_as_large_as_the_limit(
    make: Make,
) -> None:
    """One byte more is refused."""
    body = json.dumps({"object": "org", "name": "x" * 1000}).encode()
    for most, fits in ((len(body), True), (len(body) - 1, False)):
        with (
            servers.raw(says(http(gzip.compress(body), headers=ZIPPED))) as server,
            make(url=server.url, api_key=KEY, limits=Limits(body=most)) as client,
        ):
            if fits:
                assert client.orgs.find("org_1").name == "x" * 1000
            else:
                with pytest.raises(errors.Error, match="exceeds"):
                    client.orgs.find("org_1")
