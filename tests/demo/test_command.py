"""The command ``arware demo``: it starts, answers, keeps or forgets, and stops."""

from __future__ import annotations

import http.client
import io
import os
import signal
import socket
import threading
from contextlib import closing, contextmanager, redirect_stdout
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from arware.cli import main
from arware.demo.people import PEOPLE, settle
from arware.kit.listening import listen
from arware.local import Realm
from tests.demo.running import Demo

ADAPTERS = ("wsgi", "asgi", "pyramid", "bottle")


@contextmanager
def running(*options, **environ):
    """Run the demonstration for as long as the block runs."""
    demo = Demo(*options, **environ)
    try:
        yield demo.wait_until_ready()
    finally:
        demo.finish()


def get(url, **headers):
    """Return status, headers and body of what *url* answers, redirects included."""
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=60)) as connection:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers=headers)
        with closing(connection.getresponse()) as answer:
            return answer.status, answer.headers, answer.read().decode()


@pytest.fixture(scope="module", params=ADAPTERS)
def demo(request):
    """The demonstration behind each adapter in turn."""
    with running("--adapter", request.param) as demo:
        yield demo


def test_it_is_ready_when_both_ports_answer(demo):
    """At the ready line the realm has its keys and the sample its pages."""
    realm_status, _, keys = get(demo.realm_url + "/connect/jwks")
    status, _, page = get(demo.url + "/")

    assert (realm_status, status) == (200, 200)
    assert '"kid"' in keys
    assert "Nobody is logged in" in page


def test_it_prints_the_logins(demo):
    """Nobody has to read the source to find out who lives in the realm."""
    for person in PEOPLE:
        assert f"{person.email}  {person.password}" in demo.output


def test_a_navigation_to_a_private_page_leads_to_the_login(demo):
    """The way back is the page itself, with its query and the state at the end."""
    status, headers, _ = get(demo.url + "/private?a=1&b=%2F", Accept="text/html")

    place = headers["Location"]
    assert status == 302
    assert place.startswith(f"{demo.realm_url}/login?redirect_uri=http%3A%2F%2F")
    assert "%2Fprivate%3Fa%3D1%26b%3D%252F%26ar_state%3D" in place


@pytest.mark.parametrize("path", ["/private", "/reports", "/api/me", "/no-such-page"])
def test_what_is_not_public_needs_a_login(demo, path):
    """Every page but the public ones is closed, even one that does not exist."""
    status, headers, body = get(demo.url + path)

    assert status == 401
    assert "Bearer" in headers["WWW-Authenticate"]
    assert '"login_required"' in body


def test_the_static_file_needs_no_login_and_can_be_cached(demo):
    """The adapter keeps away from it: no cookie, no Vary, nothing private."""
    status, headers, body = get(demo.url + "/static/style.css")

    assert status == 200
    assert "text/css" in headers["Content-Type"]
    assert "color-scheme" in body
    assert headers["Vary"] is None
    assert headers["Set-Cookie"] is None
    assert "private" not in (headers["Cache-Control"] or "")


@pytest.mark.parametrize("path", ["/static/../pages.py", "/static/%2e%2e/pages.py"])
def test_the_static_files_are_all_that_is_served(demo, path):
    """No path leads out of the folder of static files."""
    status, _, body = get(demo.url + path)

    assert status in (401, 403, 404)
    assert "jinja2" not in body


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_without_a_trace(tmp_path, number):
    """The exit code is 0, nothing is printed but one word, no file stays."""
    with running(TMPDIR=str(tmp_path)) as demo:
        assert any(tmp_path.iterdir())
        code = demo.finish(number)

    assert code == 0
    assert demo.output.endswith("Stopped.\n")
    assert "Traceback" not in demo.output
    assert list(tmp_path.iterdir()) == []


def test_it_stops_while_a_connection_is_open(demo):
    """A browser that keeps its connection does not keep the command from ending."""
    with running("--adapter", "asgi") as other:
        parts = urlsplit(other.url)
        with socket.create_connection((parts.hostname, parts.port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert connection.recv(9) == b"HTTP/1.1 "
            code = other.finish()

    assert code == 0
    assert "Traceback" not in other.output


@pytest.mark.parametrize("position", [0, 1])
def test_a_port_that_is_taken_is_named_with_its_option(position, tmp_path):
    """One sentence says which port is taken and how to choose another one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = (port, 0) if position == 0 else (0, port)
        demo = Demo(ports=ports, TMPDIR=str(tmp_path))
        code = demo.process.wait(timeout=60)
        demo.finish()

    option = ("--port", "--realm-port")[position]
    assert code == 1
    assert (
        f"arware: port {port} is taken by another program; "
        f"choose another one with {option}\n"
    ) == demo.output
    assert list(tmp_path.iterdir()) == []


def test_a_database_url_keeps_the_data(tmp_path):
    """The second start finds the realm of the first: its id and its key."""
    url = f"sqlite:///{tmp_path}/demo.sqlite"
    with running("--db", url) as first:
        _, _, keys = get(first.realm_url + "/connect/jwks")
    with running("--db", url) as second:
        _, _, again = get(second.realm_url + "/connect/jwks")

    assert keys == again
    assert (tmp_path / "demo.sqlite").exists()
    for person in PEOPLE:
        assert person.email in second.output


def test_a_database_url_that_is_none_is_explained():
    """A fault of the realm's settings is told as a sentence, not as a traceback."""
    demo = Demo("--db", "nonsense")
    code = demo.process.wait(timeout=60)
    demo.finish()

    assert code == 1
    assert demo.output.startswith("arware: ")
    assert "not a database URL" in demo.output
    assert "Traceback" not in demo.output


def test_it_can_be_interrupted_while_it_starts(tmp_path):
    """Impatience is no error: no traceback, no file of ours, whenever it comes."""
    demo = Demo(TMPDIR=str(tmp_path))
    # Python has tried the place before, with a file that an interrupt may leave there.
    while not any(tmp_path.glob("arware-*")):
        assert demo.process.poll() is None
    code = demo.finish()

    # Python ends itself by the signal if that came while it ran code from a string.
    assert code in (0, 130, -signal.SIGINT)
    assert "Traceback" not in demo.output
    assert list(tmp_path.glob("arware-*")) == []


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_it_leaves_the_process_as_it_was(adapter):
    """Called from a program it returns 0, its threads are gone, signals as before."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(number) for number in signals]
    threads = set(threading.enumerate())
    with listen(0, "--port") as one, listen(0, "--port") as two:
        ports = [listener.getsockname()[1] for listener in (one, two)]
    words = [
        "demo",
        f"--port={ports[0]}",
        f"--realm-port={ports[1]}",
        "--adapter",
        adapter,
    ]
    screen = Screen()
    impatient = threading.Thread(target=interrupt, args=(screen.is_ready,))
    impatient.start()
    with redirect_stdout(screen):
        code = main(words)
    impatient.join()

    assert code == 0
    assert f"Ready: open http://localhost:{ports[0]}/ " in screen.getvalue()
    assert [signal.getsignal(number) for number in signals] == handlers
    assert {t.name for t in threading.enumerate() if t not in threads} == set()


class Screen(io.StringIO):
    """What is printed, and a word that it is ready."""

    def __init__(self):
        super().__init__()
        self.is_ready = threading.Event()

    def write(self, text):
        """Keep *text*, and look for the word."""
        if "Ready: open" in text:
            self.is_ready.set()
        return super().write(text)


def interrupt(is_ready):
    """Press Ctrl-C as soon as it says so."""
    if is_ready.wait(60):
        os.kill(os.getpid(), signal.SIGINT)


def test_a_taken_port_ends_the_call_with_one(capsys):
    """The sentence goes to standard error, nothing to standard output."""
    with listen(0, "--port") as taken:
        port = taken.getsockname()[1]
        code = main(["demo", f"--port={port}", "--realm-port=0"])
    output = capsys.readouterr()

    assert (code, output.out) == (1, "")
    assert f"port {port} is taken by another program" in output.err


def test_one_port_for_both_is_nobody_elses_fault(capsys):
    """The two options are named, and no other program is blamed."""
    code = main(["demo", "--port=8001"])

    assert code == 1
    assert capsys.readouterr().err == (
        "arware: --port and --realm-port are both 8001; give two different ports\n"
    )


def test_a_database_that_cannot_be_used_ends_the_call_with_one(capsys):
    """The fault of the realm's settings is told under the option's name."""
    code = main(["demo", "--port=0", "--realm-port=0", "--db=mysql://x/y"])

    assert code == 1
    assert "arware: --db: mysql is not supported" in capsys.readouterr().err


def test_people_are_put_into_an_empty_realm_only(tmp_path):
    """A realm that others use gets no users whose passwords everybody knows."""
    with Realm(database=f"sqlite:///{tmp_path}/r.sqlite", cheap_hashing=True) as realm:
        realm.add_user("somebody@example.com", "seven-silent-sailing-ships")
        found = settle(realm)

    assert found == []


def test_people_are_settled_once(tmp_path):
    """The second start finds who moved in at the first."""
    with Realm(database=f"sqlite:///{tmp_path}/r.sqlite", cheap_hashing=True) as realm:
        assert settle(realm) == list(PEOPLE)
        assert settle(realm) == list(PEOPLE)


def test_the_password_of_a_database_is_not_printed(tmp_path):
    """A database that cannot be reached is named without its password."""
    # Beside such a database there is no folder for the realm's key but the current one.
    demo = Demo("--db", "postgresql://user:hunter22@127.0.0.1:9/none", cwd=tmp_path)
    code = demo.process.wait(timeout=60)
    demo.finish()

    assert code == 1
    assert demo.output.startswith("arware: --db: ")
    assert "hunter22" not in demo.output


def test_it_listens_on_this_machine_only(demo):
    """Nobody else in the network can log in with the printed passwords."""
    listeners = listening_addresses(demo.process.pid)

    assert {"127.0.0.1"} == listeners


def listening_addresses(pid):
    """Return the addresses on which the process *pid* listens, read from Linux."""
    folder = Path(f"/proc/{pid}/fd")
    if not folder.exists():
        pytest.skip("only Linux tells which sockets a process has")
    inodes = set()
    for link in folder.iterdir():
        target = str(link.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    addresses = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and fields[9] in inodes:
            packed = bytes.fromhex(fields[1].partition(":")[0])[::-1]
            addresses.add(socket.inet_ntoa(packed))
    return addresses
