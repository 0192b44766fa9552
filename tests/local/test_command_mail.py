"""``arware realm mail`` and ``run-jobs``: mails, as an operator sees them."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arware.local import Realm, mail
from arware.local.command import add_parsers
from arware.local.command.options import read_values
from tests.services import HOST, free_port, wait_until
from tests.smtp_servers import smtp_server

Run = Callable[..., int]

HELLO = """{% extends "mail.txt" %}
{% block subject %}Hello{% endblock %}
{% block text %}s3cret{% endblock %}
"""


@pytest.fixture
def run() -> Run:
    """Return a function that runs the command."""

    def run(*words: object) -> int:
        parser = argparse.ArgumentParser()
        add_parsers(parser.add_subparsers(required=True))
        arguments = parser.parse_args([str(word) for word in words])
        code: int = arguments.run(arguments)
        return code

    return run


@pytest.fixture
def config(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return the configuration of a new realm, which has a mail."""
    folder = tmp_path / "realm"
    assert run("init", folder) == 0
    (folder / "templates" / "hello").mkdir(parents=True)
    (folder / "templates" / "hello" / "mail.txt").write_text(HELLO, "utf-8")
    path = folder / "realm.ini"
    add(path, templates="%(here)s/templates")
    capsys.readouterr()
    return path


def add(config: Path, **settings: object) -> None:
    """Add settings to a realm's configuration."""
    lines = [f"{name.replace('__', '.')} = {settings[name]}\n" for name in settings]
    with config.open("a", encoding="utf-8") as file:
        file.writelines(["\n", *lines])


def use_server(config: Path, port: int) -> None:
    """Let a realm send its mails to a server on this machine."""
    sender = "Acme <no-reply@acme.example>"
    add(
        config,
        mail__host=HOST,
        mail__port=port,
        mail__security="plain",
        mail__sender=sender,
    )


def write(config: Path, *names: str) -> None:
    """Write a mail for each of *names*."""
    with Realm(**read_values(config)) as realm, realm.writing() as db:
        for name in names:
            mail.write(realm, db, f"{name}@example.com", "hello/mail", realm.now)


def listed(run: Run, config: Path, capsys: Any, *words: str) -> list[dict[str, Any]]:
    """Return what the list says to a program."""
    assert run("mail", "list", "--json", *words, "--config", config) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_list_shows_what_waits_and_no_body(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A link that logs somebody in is in no terminal's history (RQ-K10)."""
    write(config, "ada", "bob")
    assert run("mail", "list", "--config", config) == 0
    said = capsys.readouterr()

    assert len(said.out.splitlines()) == 2
    assert "ada@example.com" in said.out
    assert "s3cret" not in said.out + said.err
    assert "mail.host" in said.err


def test_the_list_is_for_programs_too(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON, newest first, with times as ISO 8601 has them."""
    write(config, "ada")
    (one,) = listed(run, config, capsys)

    assert one["id"].startswith("mail_")
    assert one["made_at"].endswith("Z")
    told = {name: one[name] for name in ("state", "kind", "recipient", "tries")}
    assert told == {
        "state": "waiting",
        "kind": "hello/mail",
        "recipient": "ada@example.com",
        "tries": 0,
    }
    assert set(one) == {
        *told,
        "id",
        "last_error",
        "made_at",
        "due_at",
        "sent_at",
        "failed_at",
    }


def test_a_mail_that_was_refused_for_good_is_listed(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason, and until the operator has had time to see it."""
    write(config, "ada", "bob")
    with smtp_server() as mailbox:
        use_server(config, mailbox.port)
        mailbox.answers["ada@example.com"] = "550 5.1.1 nobody here"
        assert run("run-jobs", "--once", "--config", config) == 0
    capsys.readouterr()

    (failed,) = listed(run, config, capsys)
    assert (failed["recipient"], failed["state"]) == ("ada@example.com", "failed")
    assert failed["last_error"] == "recipient 550"
    (sent,) = listed(run, config, capsys, "--state", "sent")
    assert sent["recipient"] == "bob@example.com"
    assert len(listed(run, config, capsys, "--state", "all")) == 2
    assert run("mail", "list", "--config", config) == 0
    assert "failed" in capsys.readouterr().out


def test_a_retry_sends_what_waits(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once the server is repaired nobody needs to wait for the next try."""
    write(config, "ada")
    port = free_port()
    use_server(config, port)
    assert run("run-jobs", "--once", "--config", config) == 0
    (waiting,) = listed(run, config, capsys)
    assert (waiting["last_error"], waiting["tries"]) == ("connection", 1)

    with smtp_server(port=port) as mailbox:
        words = "mail", "retry", waiting["id"], "--json", "--config", config
        assert run(*words) == 0
        told = json.loads(capsys.readouterr().out)
        assert len(mailbox.messages) == 1
    assert told == {"due": 1, "sent": 1, "delayed": 0, "failed": 0}


def test_a_retry_of_what_is_gone_says_so(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A body that was wiped cannot be sent."""
    assert run("mail", "retry", "mail_unknown", "--config", config) == 1
    assert "no mail with this id waits" in capsys.readouterr().err
    assert run("mail", "retry", "--config", config) == 0


def test_mail_can_be_tried_out(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At once, and with the result: before the first person waits for a mail."""
    words = "mail", "test", "me@example.com", "--config", config
    assert run(*words) == 1
    assert "mail.host" in capsys.readouterr().err
    with smtp_server() as mailbox:
        use_server(config, mailbox.port)
        assert run(*words) == 0
        assert "took a mail for me@example.com" in capsys.readouterr().out
        mailbox.answers["MAIL"] = "530 log in first"
        assert run(*words) == 1
        assert "it was not sent: sender 530" in capsys.readouterr().err
        assert run("mail", "test", "nobody", "--config", config) == 1

    (message,) = mailbox.messages
    assert message["Subject"] == "Mail works"


def test_jobs_of_their_own_process_end_when_told(config: Path) -> None:
    """``run-jobs`` sends what others write, until a signal ends it cleanly."""
    with smtp_server() as mailbox:
        use_server(config, mailbox.port)
        words = [sys.executable, "-m", "arware", "realm", "run-jobs"]
        with subprocess.Popen([*words, "--config", config]) as process:
            try:
                for number, name in enumerate(("ada", "bob"), 1):
                    write(config, name)
                    wait_until(lambda n=number: len(mailbox.messages) == n)
            finally:
                process.send_signal(signal.SIGTERM)
            assert process.wait(60) in (0, 130)


def test_the_operator_can_ask_what_happened(
    run: Run, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``arware realm audit`` is a feature's command like any other."""
    assert run("audit", "--json", "--config", config) == 0
    assert capsys.readouterr() == ("", "")
    assert run("audit", "--config", config) == 0
    assert "There are no such events" in capsys.readouterr().err
    with Realm(**read_values(config)) as realm:
        realm.add_user("ada@example.com", "walrus tangerine lighthouse")

    assert run("audit", "--json", "--user", "ada@example.com", "--config", config) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "user.created"
    assert run("audit", "--user", "nobody@example.com", "--config", config) == 1
    assert "there is no user" in capsys.readouterr().err
