"""The command ``arware demo`` in a process of its own, as a person would start it."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
READY = re.compile(r"^Ready: open (http://\S+) ", re.MULTILINE)
REALM = re.compile(r"^ *Realm +(http://\S+)", re.MULTILINE)
START_SECONDS = 60


class Demo:
    """A demonstration that runs; :attr:`output` is what it has printed so far."""

    def __init__(
        self,
        *options: str,
        ports: tuple[int, int] = (0, 0),
        cwd: Path = ROOT,
        **environ: str,
    ):
        words = ["--port", str(ports[0]), "--realm-port", str(ports[1]), *options]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "arware", "demo", *words],
            cwd=cwd,
            env=os.environ
            | environ
            | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.output = ""

    def wait_until_ready(self) -> Demo:
        """Read what it prints until it says that it is ready."""
        end = time.monotonic() + START_SECONDS
        while READY.search(self.output) is None:
            if not self._read(end - time.monotonic()):
                code = self.finish(signal.SIGKILL)
                raise RuntimeError(
                    f"it did not start (exit {code}): {self.output[-2000:]}"
                )
        return self

    def _read(self, seconds: float) -> bool:
        pipe = self.process.stdout
        if seconds <= 0 or not select.select([pipe], [], [], seconds)[0]:
            return False
        data = os.read(pipe.fileno(), 65536)
        self.output += data.decode()
        return bool(data)

    @property
    def url(self) -> str:
        """Where the sample application is, without a slash at the end."""
        return READY.search(self.output)[1].rstrip("/")

    @property
    def realm_url(self) -> str:
        """Where the realm is, without a slash at the end."""
        return REALM.search(self.output)[1].rstrip("/")

    def finish(self, number: int = signal.SIGINT) -> int:
        """Send the signal, wait for the end and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            rest, _ = self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            rest, _ = self.process.communicate()
        self.output += rest.decode()
        return self.process.returncode
