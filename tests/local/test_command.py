"""``arware realm``: from an empty folder to a realm that serves."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from arware.local.command import add_parsers
from arware.local.command.options import read_values
from arware.tokens.keys import parse_jwt_key
from tests.local.support import PASSWORD, PEM
from tests.services import free_port

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command; *typed* is piped in."""

    def run(*words: object, typed: str = "") -> int:
        parser = argparse.ArgumentParser()
        add_parsers(parser.add_subparsers(required=True))
        arguments = parser.parse_args([str(word) for word in words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code: int = arguments.run(arguments)
        return code

    return run


@pytest.fixture
def config(run: Run, tmp_path: Path) -> Path:
    """Return the configuration of a new realm."""
    assert run("init", tmp_path / "realm", "--name", "100 % ours") == 0
    return tmp_path / "realm" / "realm.ini"


def test_init_makes_everything_and_no_secret_in_the_ini(config: Path) -> None:
    """Key and secret are files of their own, for their owner alone."""
    folder = config.parent
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}

    assert modes["realm-key.pem"] == modes["realm-key.secret"] == 0o600
    assert (folder / "realm-key.secret").read_text().strip() not in config.read_text()
    assert "PRIVATE" not in config.read_text()


def test_only_the_owner_may_read_what_init_writes(config: Path) -> None:
    """The configuration may hold the password of a database."""
    modes = {path.name: path.stat().st_mode & 0o777 for path in config.parent.iterdir()}

    assert set(modes.values()) == {0o600}
    assert {"realm.ini", "realm-key.pem", "realm-key.secret"} <= set(modes)


def test_a_realm_is_called_like_its_first_application(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the help says."""
    urls = "--url", "https://login.example.com", "--login-url", "https://app.example/"
    assert run("init", tmp_path / "realm", *urls) == 0
    with pytest.raises(SystemExit):
        run("init", "--help")
    told = "".join(capsys.readouterr().out.split())

    assert "name = app.example\n" in (tmp_path / "realm" / "realm.ini").read_text()
    assert "(default:thehostofthefirst--login-url;" in told  # wherever lines end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_an_init_that_is_ended_leaves_nothing(
    tmp_path: Path, number: signal.Signals
) -> None:
    """Told to end half way, with the key made and the database busy, it undoes it."""
    busy = sqlite3.connect(tmp_path / "busy.sqlite", isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    busy.execute("CREATE TABLE theirs (id INTEGER)")
    before = set(tmp_path.iterdir())
    words = ["init", "new/realm", "--database", f"sqlite:///{tmp_path}/busy.sqlite"]
    with subprocess.Popen(
        [sys.executable, "-m", "arware", "realm", *words],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        preexec_fn=_heed_interrupts,  # noqa: PLW1509 - it does nothing but a system call
    ) as process:
        while not (tmp_path / "new" / "realm" / "realm-key.pem").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
    busy.close()

    assert process.returncode == 130
    assert set(tmp_path.iterdir()) - before <= {tmp_path / "busy.sqlite-journal"}


def test_init_never_overwrites(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second time it says so and changes nothing."""
    before = {path: path.read_bytes() for path in config.parent.iterdir()}

    assert run("init", config.parent) == 1
    assert "nothing was changed" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in config.parent.iterdir()}


def test_an_empty_list_says_so_to_the_person_only(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that reads the output reads nothing."""
    for what, words in (("user", "no users yet"), ("token", "no API tokens yet")):
        assert run(what, "list", "--config", config) == 0
        said = capsys.readouterr()
        assert words in said.err
        assert words not in said.out


def test_users(run: Run, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Added, listed, disabled and enabled."""
    options = ["--config", config]
    words = ["user", "add", "ada@example.com", "--org", "Acme", "--permission", "x"]

    assert run(*words, *options, typed=f"{PASSWORD}\n") == 0
    assert run("user", "disable", "Ada@example.com", *options) == 0
    assert "The account is disabled." in capsys.readouterr().out
    assert run("user", "list", *options) == 0
    assert "inactive  ada@example.com" in capsys.readouterr().out
    assert run("user", "enable", "ada@example.com", *options) == 0
    assert run("user", "unlock", "ada@example.com", *options) == 0
    assert "may try again at once" in capsys.readouterr().out
    assert run("user", "unlock", "nobody@example.com", *options) == 1
    assert run("user", "disable", "nobody@example.com", *options) == 1
    assert run(*words, *options, typed=f"{PASSWORD}\n") == 1
    assert run("user", "add", "eve@example.com", *options, typed="short\n") == 1
    assert "at least 15" in capsys.readouterr().err


def test_a_user_without_an_address(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name without an @ is a user name, here and wherever a user is named."""
    options = ["--config", config]

    assert run("user", "add", "Ada", *options, typed=f"{PASSWORD}\n") == 0
    assert run("token", "add", "ada", "--name", "report", *options) == 0
    capsys.readouterr()
    assert run("user", "list", *options) == 0
    assert "active    ada  ada\n" in capsys.readouterr().out
    assert run("token", "list", *options) == 0
    assert "active    ada  -  report  " in capsys.readouterr().out
    assert run("user", "unlock", "ada", *options) == 0
    assert run("user", "disable", "ADA", *options) == 0
    assert run("user", "add", "a b", *options, typed=f"{PASSWORD}\n") == 1
    assert "username: use at most" in capsys.readouterr().err


def test_a_name_makes_an_org_and_an_id_joins_one(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stranger may have called theirs so; the answer says which it is."""

    def add(email: str, org: str) -> tuple[int, str]:
        options = ["--config", config, "--permission", "x"]
        code = run("user", "add", email, "--org", org, *options, typed=f"{PASSWORD}\n")
        said = capsys.readouterr()
        return code, said.out + said.err

    def org_in(said: str) -> str:
        return said.split(" to ")[1].split(maxsplit=1)[0]

    _, stranger = add("stranger@example.com", "Acme")
    _, boss = add("ceo@example.com", "Acme")
    _, clerk = add("clerk@example.com", org_in(boss))

    assert org_in(boss) != org_in(stranger)
    assert boss.endswith("(Acme), a new org\n")
    assert org_in(clerk) == org_in(boss)
    assert clerk.endswith("(Acme), which was there\n")


def test_a_user_who_cannot_be_added_leaves_nothing(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is one transaction, and each reason is a sentence."""
    options = ["--config", config]
    add = ["user", "add", "ada@example.com"]
    for words, said in (
        (["--org", "org_" + "x" * 22], "there is no org_"),
        (["--org", "\u3164"], "Enter a name"),
        (["--permission", "x"], "--permission needs --org"),
        (["--org", "Acme", "--permission", "a b"], "is not a permission"),
    ):
        assert run(*add, *words, *options, typed=f"{PASSWORD}\n") == 1
        assert said in capsys.readouterr().err
    assert run("user", "list", *options) == 0
    assert "no users yet" in capsys.readouterr().err
    assert run(*add, "--org", "Acme", *options, typed=f"{PASSWORD}\n") == 0
    assert run(*add, "--org", "Globex", *options, typed=f"{PASSWORD}\n") == 1
    assert "already an account" in capsys.readouterr().err


def test_api_tokens(run: Run, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Made and shown once, listed without the secret, revoked by their id."""
    options = ["--config", config]
    add = ["user", "add", "ada@example.com", "--org", "Acme", *options]
    assert run(*add, typed=f"{PASSWORD}\n") == 0
    capsys.readouterr()
    make = ["token", "add", "ada@example.com", "--name"]
    assert run(*make, "nightly report", *options) == 0
    made = capsys.readouterr()
    assert run(*make, "for good", "--days", "0", "--org", "Acme", *options) == 0
    capsys.readouterr()
    assert run("token", "list", *options) == 0
    listed = capsys.readouterr().out
    # Two of one second stand in the order of their names.
    first, second = sorted(listed.splitlines(), key=lambda line: "for good" in line)
    assert run("token", "revoke", first.split()[0], *options) == 0
    assert "is revoked" in capsys.readouterr().out
    assert run("token", "list", *options) == 0

    assert re.fullmatch(r"art_\w{49}\n", made.out)
    assert "it is not shown again" in made.err
    assert made.out.strip() not in listed
    assert re.fullmatch(
        r"at_\w{22}  active    ada@example\.com  Acme  nightly report  "
        r"created \d{4}-\d\d-\d\d, used never, ends \d{4}-\d\d-\d\d",
        first,
    )
    assert second.endswith("used never, ends never")
    assert first.replace("active  ", "revoked ") in capsys.readouterr().out


def test_api_tokens_that_cannot_be_made_or_revoked(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence and exit code 1."""
    options = ["--config", config]
    make = ["token", "add", "nobody@example.com", "--name", "x", *options]

    assert run(*make) == 1
    assert capsys.readouterr().err == "there is no user nobody@example.com\n"
    assert run("token", "revoke", "art_typed-by-mistake", *options) == 1
    said = capsys.readouterr().err
    assert "no API token with this id is alive" in said
    assert "mistake" not in said


def test_keys(run: Run, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rotation puts a new key in front."""
    options = ["--config", config]
    assert run("key", "list", *options) == 0
    old = capsys.readouterr().out.split()[0]
    assert run("key", "rotate", *options) == 0
    assert run("key", "list", *options) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[-1] == f"{old}  2048 bits  published"
    assert lines[-2].endswith("signs")
    assert run("key", "rotate", "--keep", "-1", *options) == 1


def test_programs_are_told_what_was_made(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key by its id, a file by its path, and of what was refused the reason."""

    def told(*words: object) -> list[dict[str, object]]:
        capsys.readouterr()
        run(*words, "--json")
        return [json.loads(line) for line in "".join(capsys.readouterr()).splitlines()]

    [made] = told("init", tmp_path / "realm")
    options = "--config", made["config"]
    [first] = told("key", "list", *options)
    [public] = told("key", "public", *options)
    [rotated] = told("key", "rotate", *options)
    now = told("key", "list", *options)

    assert all(Path(str(made[name])).is_file() for name in ("config", "key", "secret"))
    assert (first["use"], first["bits"]) == ("signs", 2048)
    assert public["kid"] == first["kid"]
    assert parse_jwt_key(str(public["jwt_key"])).anonymous[0].algorithm == "RS256"
    assert rotated == {"kid": now[0]["kid"], "old_tokens_minutes": 360}
    assert [one["use"] for one in now] == ["signs", "published"]
    assert now[1]["kid"] == first["kid"]
    assert told("migrate", *options) == [{"newer": False}]
    assert told("init", tmp_path / "realm")[0]["reason"] == "refused"


def test_the_public_key_is_what_a_adapter_takes(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It can be given to an adapter that shall not ask the realm."""
    assert run("key", "public", "--config", config) == 0
    pem = capsys.readouterr().out.partition("-----BEGIN")

    assert parse_jwt_key(pem[1] + pem[2]).anonymous[0].algorithm == "RS256"


def test_commands_that_cannot_work(
    run: Run, config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence and exit code 1."""
    text = config.read_text()
    given = PEM.replace("\n", "\\n")
    config.write_text(f"{text}\nkey = {given}\n")

    assert run("key", "rotate", "--config", config) == 1
    assert "given as text" in capsys.readouterr().err
    config.write_text(text + "\nkey_file = /nowhere/key.pem\n")
    assert run("key", "rotate", "--config", config) == 1
    assert "cannot be rotated" in capsys.readouterr().err
    config.write_text(text.replace("http://localhost:8001", "https://a.example"))
    assert run("serve", "--config", config) == 1
    assert "--port" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert run("init", tmp_path / "file" / "below") == 1
    assert "cannot be written to" in capsys.readouterr().err


def test_init_for_another_database(run: Run, tmp_path: Path) -> None:
    """The key is kept in the folder, wherever the data is."""
    database = f"sqlite:///{tmp_path}/elsewhere.sqlite"
    folder = tmp_path / "realm"

    assert run("init", folder, "--database", database) == 0
    assert (folder / "realm-key.pem").exists()
    assert run("key", "list", "--config", folder / "realm.ini") == 0
    assert not (tmp_path / "realm-key.pem").exists()


def test_init_registers_both_names_of_this_machine(run: Run, config: Path) -> None:
    """People type either; what is given instead is taken alone."""
    given = "https://app.example/"
    folder = config.parent.parent / "other"
    assert run("init", folder, "--login-url", given) == 0

    both = read_values(config)["login_urls"].split()
    assert both == ["http://127.0.0.1:8000/", "http://localhost:8000/"]
    assert read_values(folder / "realm.ini")["login_urls"].split() == [given]


@pytest.mark.parametrize(
    "options",
    [
        ["--database", "postgresql://127.0.0.1:1/nothing"],
        ["--database", "mysql://x/y"],
        ["--database", "sqlite:////nowhere/at/all/realm.sqlite"],
        ["--url", "http://example.com"],
    ],
)
@pytest.mark.parametrize("is_there", [True, False])
def test_an_init_that_fails_leaves_nothing(
    run: Run, tmp_path: Path, options: list[str], is_there: bool
) -> None:
    """No key, no secret, no database and no folder, but what was there stays."""
    folder = tmp_path / "a" / "realm"
    if is_there:
        folder.mkdir(parents=True)
        (folder / "realm-key.secret").write_text("mine")
    before = sorted(tmp_path.rglob("*"))

    assert run("init", folder, *options) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_an_init_without_the_databases_driver_leaves_nothing(tmp_path: Path) -> None:
    """As where the extra was forgotten."""
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from arware.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = ["realm", "init", "realm", "--database", "postgresql://127.0.0.1/x"]
    ended = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        check=False,
    )

    assert ended.returncode == 1
    assert "its driver is not installed" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("x = 1", "cannot be read"),
        ("[other]\nx = 1\n", "no section"),
        ("[realm]\nurl = nonsense\nsecert = x\n", "did you mean secret"),
        ("[realm]\nurl = nonsense\n", "not an http or https URL"),
        ("[realm]\nname = 50% off\n", "cannot be read"),
    ],
)
def test_a_bad_configuration_is_told(
    run: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    said: str,
) -> None:
    """In words, with exit code 1 and no traceback."""
    path = tmp_path / "realm.ini"
    if text is not None:
        path.write_text(text)

    assert run("user", "list", "--config", path) == 1
    assert said.lower() in capsys.readouterr().err.lower()


def test_without_a_configuration(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says what can be named, and how to make one; a database alone is enough."""
    monkeypatch.chdir(tmp_path)

    assert run("user", "list") == 1
    said = capsys.readouterr().err
    assert "realm init" in said
    assert "--realm the realm that your application makes" in said
    assert run("user", "list", "--database", "sqlite:///here.sqlite") == 0


APPLICATION = """
from arware.local import Realm
realm = Realm("sqlite:///users.db", url="http://localhost/in", cheap_hashing=True)
app = object()
"""


def test_the_realm_that_an_application_makes_is_named(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With its database, its address and all else that the application gives it."""
    (tmp_path / "shopfront.py").write_text(APPLICATION)
    (tmp_path / "without.py").write_text("import os\nos.environ['SECRET']\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    named = "--realm", "shopfront:realm"

    assert run("user", "add", "ada", *named, typed=f"{PASSWORD}\n") == 0
    assert run("operator", "add", "ada", *named) == 0
    assert "pages are at http://localhost/in/operator" in capsys.readouterr().err
    for wrong, said in (
        ("shopfront:app", "this is no Realm, but object"),
        ("shopfront:other", "has no attribute 'other'"),
        ("nowhere:realm", "No module named 'nowhere'; this command looks in"),
        ("without:realm", f"KeyError: 'SECRET' at {tmp_path}/without.py:2; give the"),
    ):
        assert run("user", "list", "--realm", wrong) == 1
        assert said in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        run("user", "list", "--realm", "shopfront")
    assert "'shopfront' is not MODULE:NAME, like app:realm" in capsys.readouterr().err
    sys.modules.pop("shopfront")


def test_who_is_added_may_have_proved_the_address(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So the first operator can have a second factor where no mail is sent yet."""
    for name, options in (("ada", []), ("eve", ["--verified"])):
        words = "user", "add", f"{name}@example.com", *options, "--config", config
        assert run(*words, typed=f"{PASSWORD}\n") == 0
    capsys.readouterr()

    assert run("user", "list", "--json", "--config", config) == 0
    people = map(json.loads, capsys.readouterr().out.splitlines())
    assert {one["email"]: one["email_verified"] for one in people} == {
        "ada@example.com": False,
        "eve@example.com": True,
    }


def served(config: Path, port: int, *options: str) -> subprocess.Popen[str]:
    """Start ``realm serve`` in a process of its own."""
    program = (
        "import argparse, sys\n"
        "from arware.local.command import add_parsers\n"
        "parser = argparse.ArgumentParser()\n"
        "add_parsers(parser.add_subparsers(required=True))\n"
        "arguments = parser.parse_args()\n"
        "sys.exit(arguments.run(arguments))\n"
    )
    words = ["serve", "--config", str(config), "--url", f"http://127.0.0.1:{port}"]
    words += options
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
        # Who starts us may ignore interrupts, as shells do in the background.
        preexec_fn=_heed_interrupts,  # noqa: PLW1509 - it does nothing but a system call
    )


def _heed_interrupts() -> None:
    # Who runs the tests in the background may have them ignore both.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve(run: Run, config: Path, number: signal.Signals) -> None:
    """It says when it is ready, and serves until it is interrupted or ended."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with served(config, port) as process:
        ready = process.stdout.readline() if process.stdout else ""
        with urllib.request.urlopen(f"{url}/connect/jwks") as answer:
            keys = json.load(answer)["keys"]
        taken = run("serve", "--config", config, "--url", url, "--port", port)
        process.send_signal(number)
        said = process.communicate(timeout=20)[1]

    assert said == f"no mail server is set: messages are at {url}/dev/mailbox\n"
    assert f"100 % ours answers at http://127.0.0.1:{port}/" in ready
    assert len(keys) == 1
    assert taken == 1
    assert process.returncode == 0


def test_serve_names_the_port_that_it_found(config: Path) -> None:
    """Whoever asks for any free port is told which one it is, a program too."""
    options = "--port", "0", "--host", "127.0.0.1", "--json"
    with served(config, free_port(), *options) as process:
        ready = json.loads(process.stdout.readline() if process.stdout else "")
        place = ready["listening"]
        with urllib.request.urlopen(f"http://{place}/connect/jwks") as answer:
            status = answer.status
        process.terminate()
        process.communicate(timeout=20)

    assert status == 200


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--port", "99999", "'99999' is not a port; give a number from 0 to 65535"),
        ("--port", "-5", "'-5' is not a port"),
        ("--port", "9" * 5000, "is not a port"),
        ("--port", "http", "'http' is not a port"),
        ("--threads", "0", "'0' is not a number of threads; give a number from 1 to"),
        ("--threads", "-1", "'-1' is not a number of threads"),
        ("--threads", "1001", "'1001' is not a number of threads"),
    ],
)
def test_serve_refuses_numbers_that_make_no_sense(
    run: Run, capsys: pytest.CaptureFixture[str], option: str, value: str, said: str
) -> None:
    """Before anything is opened, with the exit code for what was not understood."""
    with pytest.raises(SystemExit) as ended:
        run("serve", f"{option}={value}")

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_serve_names_a_host_that_cannot_be_listened_on(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The port is not to blame."""
    assert run("serve", "--config", config, "--host", "999.1.1.1") == 1
    assert capsys.readouterr().err == (
        "host '999.1.1.1' is not an address; give one of this machine's\n"
    )


def test_a_trusted_proxy_tells_who_calls(config: Path) -> None:
    """The server leaves the proxy's header alone, so that people are told apart."""
    with config.open("a") as file:
        file.write("trusted_proxies = 127.0.0.1\n")
    port = free_port()
    with served(config, port) as process:
        _ = process.stdout.readline() if process.stdout else ""
        form = urllib.request.Request(
            f"http://127.0.0.1:{port}/login",
            data=b"",
            headers={"X-Forwarded-For": "203.0.113.9"},
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(form)
        refused.value.close()
        process.terminate()
        said = process.communicate(timeout=20)[1]

    assert "cause=form_without_cookie ip=203.0.113.9" in said


@pytest.mark.parametrize(("trusted", "warns"), [("", True), ("127.0.0.1", False)])
def test_a_public_realm_without_a_trusted_proxy_says_so(
    config: Path, trusted: str, warns: bool
) -> None:
    """All would count as one client, and nothing else would tell."""
    with config.open("a") as file:
        file.write(f"trusted_proxies = {trusted}\n")
    options = ["--url", "https://login.example.com", "--port", "0"]
    with served(config, 0, *options) as process:
        _ = process.stdout.readline() if process.stdout else ""
        process.terminate()
        said = process.communicate(timeout=20)[1]

    assert ("trusted_proxies is empty" in said) is warns


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("secret = not-for-the-eye%of-others", "the value of secret holds a %"),
        ("secret = not-for-the-eye-%(of)s-others", "a % has to be written %%"),
        ("database = postgresql://x:not-for-the-eye%40others@h/n", "DuplicateOption"),
        ("[realm]\nsecret = not-for-the-eye", "not an ini file (DuplicateSection"),
        ("not-for-the-eye", "not an ini file (ParsingError, line {last})"),
    ],
)
def test_a_line_that_cannot_be_read_is_not_quoted(
    run: Run, config: Path, line: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may hold a secret, and what a command says ends up in logs."""
    with config.open("a") as file:
        file.write(f"{line}\n")

    assert run("user", "list", "--config", config) == 1

    said = capsys.readouterr().err
    assert why.format(last=len(config.read_text().splitlines())) in said
    assert "eye" not in said
    assert "others" not in said
