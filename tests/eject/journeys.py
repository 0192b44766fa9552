"""
Whole journeys: an application from scratch, in an environment of its own (GN-12).

What is declared is installed, and nothing else: the wheel of this checkout with the
extra ``local``, the framework, and what the ejected tests name. The code is ejected and
joined, the tables are made, the ejected tests run, and somebody signs up and logs in by
HTTP. Everything is done by the commands that a person would type.
"""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import requests

from tests.packages.environments import (
    Environment,
    bare_environment,
    build,
    make_environment,
)

from .test_mounting import APPLICATIONS, BESIDE

PASSWORD = "a long-tailed tit in the ivy"

#: What serves each kind of application, of the module and the name that are given.
WSGI = "import waitress; waitress.serve({app}, port={port}, threads=4)"
ASGI = "import uvicorn; uvicorn.run({app}, port={port}, log_level='error')"

SETUP = """
from setuptools import find_packages, setup
setup(
    name="myapp", version="0", packages=find_packages(exclude=["tests"]),
    include_package_data=True, zip_safe=False, install_requires=["arware[local]"],
)
"""
#: The layout of Pyramid's cookiecutter.
STARTER = {
    "myapp/__init__.py": APPLICATIONS["pyramid"][1],
    "served.py": APPLICATIONS["pyramid"][2],
    "setup.py": SETUP,
    "MANIFEST.in": "include *.txt\nrecursive-include myapp *.jinja2\n",
    "myapp/alembic/env.py": """
        def run_migrations_online():
            context.configure(
                connection=connection,
                target_metadata=target_metadata
            )
        """,
    **BESIDE["pyramid"],
}


@dataclass
class Journey:
    """An application: its *files*, how it is served, and what is chosen."""

    name: str
    files: Mapping[str, str]
    server: str = WSGI
    words: tuple[str, ...] = ()
    package: str = "myapp.auth"
    before: Callable[[Place], None] | None = None
    after: Callable[[Place], None] | None = None


@dataclass
class Place:
    """Where a journey takes place."""

    environment: Environment
    folder: Path
    wheel: Path
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str) -> str:
        """Run Python with *words* as a person does; return what it says."""
        done = subprocess.run(
            [self.environment.python, *words],
            cwd=self.folder,
            env=bare_environment() | self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            line = " ".join(words)
            raise AssertionError(f"{line}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    @contextlib.contextmanager
    def served(self, journey: Journey) -> Iterator[str]:
        """Serve the application; give its address."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        program = journey.server.format(app="served", port=port)
        server = subprocess.Popen(
            [self.environment.python, "-c", f"from served import served\n{program}"],
            cwd=self.folder,
            env=bare_environment() | self.variables,
        )
        address = f"http://localhost:{port}"
        try:
            _wait_for(address)
            yield address
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            requests.get(address, timeout=5)
        except requests.ConnectionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


# --- What people do --------------------------------------------------------------


def sign_up_and_log_in(address: str) -> None:
    """Sign up in one browser and log in with another, by HTTP."""
    for page in ("signup", "login"):
        browser = requests.Session()
        assert browser.get(address, timeout=30).text == "nobody"
        answer = send(browser, f"{address}/auth/{page}", email="ada@example.com")
        assert answer.text == "ada@example.com", answer.text[:2000]


def send(
    browser: requests.Session, page: str, email: str, password: str = PASSWORD
) -> requests.Response:
    """Fill in the form of *page*, and come back to the application."""
    url = f"{page}?redirect_uri=/"
    shown = browser.get(url, timeout=30).text
    fields = dict(re.findall('name="([^"]+)"[^>]*value="([^"]*)"', shown))
    fields |= {"email": email, "password": password}
    return browser.post(url, data=fields, timeout=30)


# --- The journeys ----------------------------------------------------------------


def simple(framework: str, name: str, *words: str) -> Journey:
    """Return the journey of an application of one file, and what is beside it."""
    path, text, serve = APPLICATIONS[framework]
    files = {path: text, "served.py": f"{serve}\n", **BESIDE.get(framework, {})}
    if path.startswith("myapp/"):
        files["myapp/__init__.py"] = ""
    package = "myapp.auth" if path.startswith("myapp/") else "auth"
    server = ASGI if framework == "fastapi" else WSGI
    return Journey(name, files, server, words, package)


def old_users(place: Place) -> None:
    """Let the application have users with hashes of bcrypt, before anything else."""
    place.run(
        "-c",
        dedent("""
        import bcrypt, sqlite3
        db = sqlite3.connect("realm.sqlite")
        db.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, "
                   "password_hash TEXT)")
        hashed = bcrypt.hashpw(b"correct horse of old", bcrypt.gensalt(6)).decode()
        db.execute("INSERT INTO users VALUES (7, 'old@example.com', ?)", (hashed,))
        db.commit()
    """),
    )


def take_over(place: Place) -> None:
    """Make users of the realm of them; they log in with the password they have."""
    said = place.run("-m", "myapp.auth", "user", "import", "users",
                     "--database", "sqlite:///realm.sqlite")  # fmt: skip
    assert said == "1 added, 0 known already, 0 rows linked\n", said


def old_password(address: str) -> None:
    """Log in as somebody from before."""
    browser = requests.Session()
    page = f"{address}/auth/login"
    answer = send(browser, page, "old@example.com", "correct horse of old")
    assert answer.text == "old@example.com", answer.text[:2000]


LIBRARY = """
from arware.local import Realm
from webtest import TestApp

with Realm("sqlite:///realm.sqlite", url="http://localhost:8000/auth") as realm:
    realm.add_user("old@example.com", "correct horse of old")
    print(realm.add_api_token("old@example.com", "a program", org=None))
    client = TestApp(realm.wsgi_app, {"HTTP_HOST": "localhost:8000"})
    form = client.get("/auth/login").forms[0]
    form["email"], form["password"] = "old@example.com", "correct horse of old"
    form.submit(status=303)
    print(client.cookies["arrealm"])
"""
REDEEM = """
import sys
from myapp.auth.configuration import open_realm

with open_realm() as realm:
    assert realm.redeem_api_token(sys.argv[1])
"""


def library_realm(place: Place) -> None:
    """Let a realm of the library have a user, a token and a login (GN-25)."""
    token, cookie = place.run("-c", LIBRARY).split()
    (place.folder / "token").write_text(token)
    (place.folder / "cookie").write_text(cookie)


def still_there(place: Place) -> None:
    """Redeem the token in the ejected realm."""
    place.run("-c", REDEEM, (place.folder / "token").read_text())


def old_login(place: Place, address: str) -> None:
    """Come back with the cookie from before, and log in with the password."""
    cookie = {"arrealm": (place.folder / "cookie").read_text()}
    assert requests.get(address, cookies=cookie, timeout=30).text == "old@example.com"
    old_password(address)


def journeys() -> list[Journey]:
    """Return (a) to (f), and one that needs arware no more."""
    return [
        Journey("a starter", STARTER),
        simple("bottle", "b bottle"),
        simple("wsgi", "c wsgi"),
        simple("flask", "d flask"),
        Journey("e bcrypt", STARTER, before=old_users, after=take_over),
        Journey("f library", STARTER, words=("--preset", "full"),
                before=library_realm, after=still_there),
        Journey("g vendored", STARTER, words=("--vendor",)),
    ]  # fmt: skip


def check_journeys(folder: Path) -> Iterator[str]:
    """Make each journey; yield what its tests say, and how long it took."""
    environment = make_environment(folder / "environment")
    _, wheel = build(folder / "built")
    environment.install(
        f"{wheel}[local]",
        *("flask", "bcrypt", "pytest", "webtest", "babel", "setuptools", "wheel"),
    )
    for journey in journeys():
        began = time.monotonic()
        place = Place(environment, folder / journey.name.replace(" ", "-"), wheel)
        said = make_journey(journey, place)
        yield f"{journey.name}: {said}, {time.monotonic() - began:.0f} s in all"


def make_journey(journey: Journey, place: Place, tests: str = "tests") -> str:
    """Make one journey; return what the ejected *tests* say."""
    for path, text in journey.files.items():
        target = place.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text).lstrip())
    if journey.before:
        journey.before(place)
    said = place.run("-m", "arware", "eject", "new", journey.package, *journey.words)
    assert "inject" in said, said
    assert "MANUAL" not in said, said
    if extras := re.search(r"depend.*: arware(\[.*\])", said):
        place.environment.install(f"{place.wheel}{extras[1]}")
    if "setup.py" in journey.files:
        check_wheel(place, journey)
    if "--vendor" in journey.words:
        place.environment.must("-m", "pip", "uninstall", "-q", "-y", "arware")
    place.run("-m", journey.package, "migrate", "--database", "sqlite:///realm.sqlite")
    if journey.after:
        journey.after(place)
    folder = journey.package.replace(".", "/")
    tested = place.run("-m", "pytest", "-q", "--import-mode=importlib",
                       "-p", "no:cacheprovider", f"{folder}/{tests}")  # fmt: skip
    with place.served(journey) as address:
        sign_up_and_log_in(address)
        if journey.before is old_users:
            old_password(address)
        if journey.before is library_realm:
            old_login(place, address)
    return tested.strip().splitlines()[-1]


def check_wheel(place: Place, journey: Journey) -> None:
    """Build the application's own wheel, and look for what is no Python (GN-24)."""
    place.run("-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation",
              "-w", "dist", ".")  # fmt: skip
    (wheel,) = (place.folder / "dist").glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    folder = journey.package.replace(".", "/")
    own = [p for p in (place.folder / folder).rglob("*") if p.is_file()]
    wanted = {path.relative_to(place.folder).as_posix() for path in own}
    lacking = {name for name in wanted - names if "__pycache__" not in name}
    assert not lacking, sorted(lacking)[:5]
