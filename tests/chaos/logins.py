"""
Everybody logs in at once: the memory stays bounded, and each gets an answer.

Whoever finds no room for the hash of a password is told when to come again (503, with
``Retry-After``), does so, and gets in.
"""

from __future__ import annotations

import http.client
import json
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arware.kit.secrets import new_id
from arware.local import Realm
from arware.local.models import User
from tests import services

from .scenarios import Report

PEOPLE = 100
PASSWORD = "walrus tangerine lighthouse"
#: What a hash takes, RFC 9106's second recommended option, in MiB; and how much more
#: may come and go: the stacks of threads, and connections.
HASH, OTHER = 64, 64


@dataclass(frozen=True, slots=True)
class Answer:
    """What a login was answered; *again* is after how many seconds to come again."""

    name: str
    status: int
    again: int

    @property
    def is_plain(self) -> bool:
        """Whether it is a login, or tells when there could be one."""
        return self.status == 204 or (self.status == 503 and self.again > 0)


def move_in(realm: Realm, count: int) -> list[str]:
    """Let so many people have accounts, all with one password; return who."""
    names = [f"person{number}@example.com" for number in range(count)]
    given: dict[str, Any] = {
        "password_hash": realm.passwords.hash(PASSWORD),
        "created_at": realm.now,
        "credential_version": 0,
    }
    with realm.writing() as db:
        db.add_all(User(id=new_id("usr"), email=name, **given) for name in names)
    return names


def log_in(port: int, name: str) -> Answer:
    """Log in as a program does, from a network of one's own."""
    number = int("".join(re.findall(r"\d", name)))
    headers = {
        "Content-Type": "application/json",
        "X-Forwarded-For": f"198.51.{number >> 8}.{number & 255}",
    }
    body = json.dumps({"email": name, "password": PASSWORD})
    connection = http.client.HTTPConnection(services.HOST, port, timeout=300)
    connection.request("POST", "/login", body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return Answer(name, answer.status, int(answer.headers.get("Retry-After", 0)))


def all_at_once(port: int, names: Sequence[str]) -> Iterator[Answer]:
    """Let everybody log in at the same instant; yield what they are told, in turn."""
    start = threading.Barrier(len(names))

    def run(name: str) -> Answer:
        start.wait()
        return log_in(port, name)

    with ThreadPoolExecutor(len(names)) as pool:
        futures = [pool.submit(run, name) for name in names]
        yield from (future.result() for future in as_completed(futures))


def logins(people: int = PEOPLE, threads: int = PEOPLE, slots: int = 2) -> Report:
    """Let so many log in at once, and come again as they are told, until all are in."""
    report = Report(f"logins, {people} at once, {threads} threads, {slots} hash")
    with served(people, threads, slots) as (service, names):
        log_in(service.port, names[0])
        before, began = peak(service.process.pid), time.perf_counter()
        told: Counter[int] = Counter()
        waiting, rounds, plain = names, 0, True
        while waiting and plain:
            answers = list(all_at_once(service.port, waiting))
            told.update(answer.status for answer in answers)
            plain = all(answer.is_plain for answer in answers)
            waiting = [answer.name for answer in answers if answer.status != 204]
            rounds += 1
            time.sleep(max(answer.again for answer in answers))
        after = peak(service.process.pid)
        report.figures |= {
            "answers by status": dict(told),
            "rounds": rounds,
            "seconds": round(time.perf_counter() - began),
            "peak before, after one hash, MiB": before,
            "peak after, MiB": after,
            "without a bound, about, MiB": before + (people - 1) * HASH,
        }
    report.expect(plain, "somebody was not told when to come again")
    report.expect(not waiting, "somebody did not get in")
    report.expect(after <= before + (slots - 1) * HASH + OTHER, "memory is not bounded")
    return report


@contextmanager
def served(
    people: int, threads: int, slots: int
) -> Iterator[tuple[services.Service, list[str]]]:
    """Serve a realm with so many people by its own command; yield who they are, too."""
    with tempfile.TemporaryDirectory() as folder:
        port, config = services.free_port(), Path(folder, "realm.ini")
        values = {
            "database": f"sqlite:///{folder}/realm.sqlite",
            "url": f"http://{services.HOST}:{port}",
            "key_file": f"{folder}/key.pem",
            "login_urls": f"http://{services.HOST}:1/",
            "trusted_proxies": services.HOST,
            "hashing_slots": str(slots),
        }
        lines = (f"{name} = {value}" for name, value in values.items())
        config.write_text("\n".join(["[realm]", *lines]), "utf-8")
        with Realm(**values) as realm:
            names = move_in(realm, people)
        words = ["-m", "arware", "realm", "serve", "--config", str(config)]
        arguments = [sys.executable, *words, "--threads", str(threads)]
        with services.running(arguments, port=port) as service:
            yield service, names


def peak(pid: int) -> int:
    """Return how many MiB of memory a process has held at most, on Linux."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    (found,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(found) >> 10
