"""The how-to guides: their applications run as they stand."""

from __future__ import annotations

import configparser
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from arware.local import RealmSettings
from arware.local.app import joined
from arware.settings import Settings, read_mapping
from arware.testing import Browser, MemoryRealm, signed_in
from arware.wsgi import Middleware
from tests.api import servers
from tests.api.memory import Memory

from .blocks import ROOT, Block, rst_blocks, run

HOW_TO = ROOT / "docs" / "how-to"

PYTHON_BLOCKS = [
    pytest.param(block, path, id=f"{path.stem}-{block.line}")
    for path in sorted((ROOT / "docs").rglob("*.rst"))
    for block in rst_blocks(path)
    if block.language == "python"
]


@pytest.mark.parametrize(("block", "path"), PYTHON_BLOCKS)
def test_every_piece_of_python_is_python(block: Block, path: Path) -> None:
    """What is too short to run can be compiled all the same."""
    code = compile(block.code, str(path), "exec", dont_inherit=True)

    assert code


INI_BLOCKS = [
    pytest.param(block, id=f"{path.stem}-{block.line}")
    for path in sorted((ROOT / "docs").rglob("*.rst"))
    for block in rst_blocks(path)
    if block.language == "ini" and not block.code.startswith(("[realm]", "[alembic]"))
]
REALM_BLOCKS = [
    pytest.param(block, id=f"{path.stem}-{block.line}")
    for path in sorted((ROOT / "docs").rglob("*.rst"))
    for block in rst_blocks(path)
    if block.language == "ini" and block.code.startswith("[realm]")
]


@pytest.mark.parametrize("block", REALM_BLOCKS)
def test_every_piece_of_a_realms_ini_file_is_understood(block: Block) -> None:
    """The realm and its features know each setting that a guide names."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(block.code)
    settings = RealmSettings.read(**parser["realm"])

    settings.join(joined().settings)


@pytest.mark.parametrize("block", INI_BLOCKS)
def test_every_piece_of_an_ini_file_names_settings_that_exist(block: Block) -> None:
    """What stands in a guide's ini file is understood, and is well formed."""
    parser = configparser.ConfigParser(interpolation=None)
    has_section = block.code.startswith("[")
    parser.read_string(block.code if has_section else f"[app:main]\n{block.code}")
    values, faults = read_mapping(parser["app:main"], environ={})
    # A piece of a file need not be whole: what it exempts is exempt from something.
    settings = Settings(**{"require_login": True} | values)

    assert faults == []
    assert values
    assert settings != Settings(require_login=True)


def test_the_guide_to_processes_makes_a_region(
    realm: MemoryRealm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Redis need not answer: a broken cache stops nobody from logging in."""
    myapp = ModuleType("myapp")
    myapp.application = hello
    monkeypatch.setitem(sys.modules, "myapp", myapp)
    page = HOW_TO / "processes.rst"
    (block,) = (block for block in rst_blocks(page) if block.name == "wsgi.py")
    # No Redis of this machine's is to be touched: nothing listens on port 1.
    app = run(replace(block, code=block.code.replace(":6379", ":1")), page)["app"]

    assert signed_in(app, realm, "alice").get("/").body == b"Hello Alice"


def hello(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Be a reader's application."""
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"Hello {environ['authrocket.user'].name}".encode()]


def example(page: str, name: str) -> dict[str, Any]:
    """Run the block *name* of a guide and return its names."""
    path = HOW_TO / page
    (block,) = (block for block in rst_blocks(path) if block.name == name)
    return run(block, path)


FRAMEWORKS = ["flask", "starlette"]


def framework(name: str) -> Any:
    """Return the application of the guide *name*."""
    return example(f"{name}.rst", "reports.py")["app"]


@pytest.mark.parametrize(
    ("page", "examples"),
    [
        ("../index", ["flask"]),
        ("bottle", ["bottle"]),
        ("flask", ["flask"]),
        ("pyramid", ["pyramid"]),
        ("starlette", ["fastapi", "starlette"]),
    ],
)
def test_a_guide_begins_with_a_whole_application(
    page: str, examples: list[str]
) -> None:
    """Its ``app.py`` is the example that is started elsewhere, to the letter."""
    blocks = list(rst_blocks(HOW_TO / f"{page}.rst"))[: len(examples)]
    files = [ROOT / "docs" / "examples" / name / "app.py" for name in examples]

    assert [block.code for block in blocks] == [f.read_text("utf-8") for f in files]


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_framework_knows_who_is_logged_in(name: str, realm: MemoryRealm) -> None:
    """The guide's home page greets whoever logged in, and strangers too."""
    app = framework(name)

    assert Browser(app).get("/").body == b"Hello stranger"
    assert signed_in(app, realm, "alice").get("/").body == b"Hello Alice"


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_f32_a_view_may_refuse_without_a_traceback(
    name: str, realm: MemoryRealm, caplog: pytest.LogCaptureFixture
) -> None:
    """``auth.require`` in a view becomes the adapter's answer and logs no error."""
    app = framework(name)
    reader = signed_in(app, realm, "alice", permissions=["reports:read"])
    other = signed_in(app, realm, "bob")

    assert Browser(app).get("/reports").status == 302
    assert Browser(app).fetch("/reports").status == 401
    assert reader.get("/reports").body == b"Here are the reports"
    assert other.get("/reports").status == 403
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_a_coroutine_asks_the_api(
    realm: MemoryRealm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guide's view lists who belongs to the org of whoever asks."""
    with servers.api() as api:
        Memory(api)
        monkeypatch.setenv("AUTHROCKET_API_KEY", "ks_1")
        monkeypatch.setenv("AUTHROCKET_URL", api.url)
        app = example("starlette.rst", "members.py")["app"]
        member = signed_in(app, realm, "alice", org="1")
        found = [member.get("/members").json() for _ in range(2)]

    assert found == [["Alice"]] * 2


def test_falcon_needs_nothing_but_the_middleware(
    realm: MemoryRealm, caplog: pytest.LogCaptureFixture
) -> None:
    """The guide's handler passes a refusal on, and no error is logged."""
    app = example("write-your-own-integration.rst", "falcon_app.py")["app"]
    reader = signed_in(app, realm, "alice", permissions=["reports:read"])

    assert Browser(app).get("/reports").status == 302
    assert reader.get("/reports").body == b"Here are the reports"
    assert signed_in(app, realm, "bob").get("/reports").status == 403
    assert caplog.records == []


def test_a_derived_middleware_publishes_what_its_users_expect(
    realm: MemoryRealm,
) -> None:
    """The guide's middleware sets a key of its own, and decides by the path."""

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        user = environ["my.user"]
        return [user.id.encode() if user else b"nobody"]

    install = example("write-your-own-integration.rst", "arware_mine.py")["install"]
    app = install(application, **realm.settings(require_login=["/private"]))

    assert Browser(app).get("/").body == b"nobody"
    assert Browser(app).get("/private").status == 302
    assert signed_in(app, realm, "alice").get("/").body == b"usr_alice"


def test_the_integration_of_the_guide_serves_tornado(
    realm: MemoryRealm, tmp_path: Path
) -> None:
    """Its two files make a server that knows who is logged in, and may refuse."""
    for block in rst_blocks(HOW_TO / "write-your-own-integration.rst"):
        (tmp_path / block.name).write_text(block.code)
    reader = realm.token("alice", permissions=["reports:read"])

    result = run_python(tmp_path, "-c", TORNADO_PROGRAM, reader, realm.token("bob"))

    assert result.stdout.splitlines() == [
        "200 Hello stranger",
        "200 Hello Alice",
        "200 Here are the reports",
        "403",
        "401",
        "404",
    ]
    assert result.stderr == ""


TORNADO_PROGRAM = """
import asyncio
import sys

from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado_app import make_app


async def main():
    socket, port = bind_unused_port()
    server = HTTPServer(make_app())
    server.add_sockets([socket])

    async def ask(path, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"http://127.0.0.1:{port}{path}"
        client = AsyncHTTPClient()
        answer = await client.fetch(url, headers=headers, raise_error=False)
        print(answer.code, *([answer.body.decode()] if answer.code == 200 else []))

    reader, other = sys.argv[1:]
    await ask("/")
    await ask("/", reader)
    await ask("/reports", reader)
    await ask("/reports", other)
    await ask("/reports")
    await ask("/nowhere")
    server.stop()


asyncio.run(main())
"""


def test_fastapi_has_dependencies(realm: MemoryRealm) -> None:
    """The guide's views are given the user, or ask for a login and for permissions."""
    app = example("starlette.rst", "api.py")["app"]
    bearer = {"Authorization": f"Bearer {realm.token('alice', permissions=['edit'])}"}
    known, stranger = Browser(app), Browser(app)
    rename = "/orgs/org_acme/title?title=New"

    assert known.fetch("/", headers=bearer).body == b'{"hello":"Alice"}'
    assert (
        known.fetch("/me", headers=bearer).body == b'{"id":"usr_alice","name":"Alice"}'
    )
    assert known.fetch("/reports", headers=bearer).status == 403
    assert known.fetch(rename, "PUT", headers=bearer).status == 200
    assert stranger.fetch("/").body == b'{"hello":"stranger"}'
    assert stranger.fetch("/me").status == 401
    assert stranger.fetch(rename, "PUT").status == 401


def test_the_guide_to_django_makes_a_site(tmp_path: Path) -> None:
    """What it adds to a new project is right, and its views know who is there."""
    run_python(tmp_path, "-m", "django", "startproject", "mysite", ".")
    for block in rst_blocks(HOW_TO / "django.rst"):
        if block.name:
            mode = "a" if block.name == "mysite/settings.py" else "w"
            with (tmp_path / block.name).open(mode) as file:
                file.write(block.code)
    realm = MemoryRealm().settings()
    with (tmp_path / "mysite" / "settings.py").open("a") as file:
        file.writelines(f"AUTHROCKET_{k.upper()} = {realm[k]!r}\n" for k in realm)
    results = [
        run_python(tmp_path, "manage.py", *words)
        for words in (["check"], ["migrate"], ["test", "mysite"])
    ]
    results += [
        run_python(tmp_path, "-c", DJANGO_PROGRAM, interface)
        for interface in ("wsgi", "asgi")
    ]

    assert [result.returncode for result in results] == [0] * 5
    assert "no issues" in results[0].stdout
    assert "Ran 2 tests" in results[2].stderr
    for result in results[3:]:
        assert result.stdout.split() == [
            *("200", "stranger"),
            *("200", "Alice"),
            *("302", "401", "200", "403"),
            *("usr_alice", "True"),
            *("usr_dora", "carol", "usr_boss", "usr_twin", "usr_9"),
        ]
        assert "Error" not in result.stderr


DJANGO_PROGRAM = """
import importlib
import os
import sys

from arware.testing import Browser, MemoryRealm, signed_in

os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
realm = MemoryRealm()
from django.conf import settings
settings.AUTHROCKET_JWT_KEY = realm.settings()["jwt_key"]
settings.AUTHENTICATION_BACKENDS = ["mysite.backends.MyBackend"]
app = importlib.import_module("mysite." + sys.argv[1]).application

reader = signed_in(app, realm, "alice", permissions=["reports:read"])
other = signed_in(app, realm, "bob")
for browser in (Browser(app), reader):
    answer = browser.get("/")
    print(answer.status, answer.body.decode().split()[1])
print(
    Browser(app).get("/reports").status,
    Browser(app).fetch("/reports").status,
    reader.get("/reports").status,
    other.get("/reports").status,
)
reader.get("/admin/")
from django.contrib.auth.models import User
user = User.objects.get(authrocket__external_id="usr_alice")
home = reader.get("/admin/login/").location
print(user.username, home == settings.LOGIN_REDIRECT_URL)

address = "{}@example.com".format
make = User.objects.create
User.objects.all().delete()
for name in ("boss", "carol", "dora", "twin"):
    make(username=name, email=address(name), is_superuser=name == "boss")
make(username="other", email=address("twin"))
visitors = {"dora": False, "carol": True, "boss": True, "twin": True}
for name, confirmed in visitors.items():
    claims = {"email_verified": confirmed}
    signed_in(app, realm, name, **claims).get("/admin/")
    print(User.objects.get(authrocket__external_id="usr_" + name).username)
claims = {"email_verified": True, "sub": "usr_9", "email": address("carol")}
signed_in(app, realm, "carol", **claims).get("/admin/")
# She has the address of somebody who is known already.
print(User.objects.get(authrocket__external_id="usr_9").username)
User.objects.all().delete()
"""


def run_python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this Python in *folder*, warnings and all."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def test_the_guide_to_programs_lets_one_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token of its realm opens the reports, as long as it is not revoked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTHROCKET_COOKIE_SECRET", "s" * 32)
    names = example("api-tokens.rst", "reports.py")
    with names["realm"] as realm:
        realm.add_user("you@example.com", org="Acme", permissions=["reports:read"])
        realm.add_user("other@example.com", org="Acme", permissions=[])

        def status_of(token: str) -> int:
            bearer = {"Authorization": f"Bearer {token}"}
            return Browser(names["app"]).fetch("/reports", headers=bearer).status

        ended = realm.add_api_token("you@example.com", "an old report")
        realm.revoke_api_token(realm.api_tokens()[0].id)
        mine = realm.add_api_token("you@example.com", "nightly report", days=30)
        others = realm.add_api_token("other@example.com", "nightly report")

        assert status_of(mine) == 200
        assert status_of(others) == 403
        assert status_of(ended) == 401
        assert status_of("art_4XgBn0QvVw1mTqkYxL2Zc7uRjH9sDfKp3aEoUiN6tWy") == 401


def test_a_websocket_knows_who_is_there(realm: MemoryRealm) -> None:
    """The guide's chat welcomes Alice, and closes on strangers before it begins."""
    app = example("websockets.rst", "chat.py")["app"]
    browser = signed_in(app, realm, "alice")

    welcomed = browser.websocket("/chat")
    refused = Browser(app).websocket("/chat")

    assert welcomed[1] == {"type": "websocket.send", "text": "Welcome Alice"}
    assert [(m["type"], m.get("code")) for m in refused] == [("websocket.close", 1008)]


def test_notes_are_kept_by_the_users_id(
    realm: MemoryRealm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guide's tables hold the notes of each person apart."""
    monkeypatch.chdir(tmp_path)
    names = example("your-own-tables.rst", "notes.py")
    app = names["create_app"](**realm.settings())
    alice, bob = (signed_in(app, realm, name) for name in ("alice", "bob"))

    added = [alice.post("/notes", {"text": text}).status for text in ("one", "two")]
    bob.post("/notes", {"text": "three"})

    assert added == [201, 201]
    assert alice.get("/notes").json() == ["one", "two"]
    assert bob.get("/notes").json() == ["three"]
    assert Browser(app).fetch("/notes").status == 401
    names["engine"].dispose()


@pytest.mark.parametrize(
    ("permissions", "allowed"),
    [
        (["clerk"], ["invoices:read"]),
        (["accountant"], ["invoices:read", "invoices:write"]),
        (["ar:owner"], []),
    ],
)
def test_a_role_stands_for_permissions(
    permissions: list[str], allowed: list[str], realm: MemoryRealm
) -> None:
    """The guide's table decides what each role may do."""
    names = example("permissions.rst", "roles.py")
    seen: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        auth = environ["authrocket.auth"]
        seen.extend(name for name in names["ROLES"] if names["may"](auth, name))
        return hello(environ, start_response)

    app = Middleware(application, **realm.settings())
    signed_in(app, realm, "alice", permissions=permissions).get("/")

    assert sorted(set(seen)) == allowed


def test_a_script_is_told_who_is_there_or_that_nobody_is(realm: MemoryRealm) -> None:
    """The answers on which the guide's script relies, and the page it then opens."""
    page = "single-page-applications.rst"
    app = example(page, "api.py")["make_app"](**realm.settings())
    browser = Browser(app)

    login = browser.get("/login?redirect_uri=%2Forders%3Fpage%3D2")

    assert browser.fetch("/api/me").status == 401
    assert login.status == 302
    assert "%2Forders%3Fpage%3D2" in login.location
    assert signed_in(app, realm, "alice").fetch("/api/me").json()["name"] == "Alice"


def test_a_script_of_another_origin_can_read_a_refusal(realm: MemoryRealm) -> None:
    """The guide's 401 carries the headers without which it is a network error."""
    app = example("cors.rst", "api.py")["make_app"](**realm.settings())
    origin = "https://www.example.com"

    answer = Browser(app).fetch("/me", headers={"Origin": origin})

    assert answer.status == 401
    assert answer.header("access-control-allow-origin") == origin
    assert answer.header("access-control-allow-credentials") == "true"


def test_the_environment_chooses_between_hosted_and_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory_realm: MemoryRealm
) -> None:
    """The guide's file asks AuthRocket where it is told to, else a realm of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LOGINROCKET_URL", raising=False)
    local = example("hosted-or-local.rst", "app.py")
    own = Browser(local["app"]).get("/").location
    local["realm"].close()
    for name, value in memory_realm.settings().items():
        prefix = "" if name == "loginrocket_url" else "AUTHROCKET_"
        monkeypatch.setenv(f"{prefix}{name.upper()}", value)
    hosted = Browser(example("hosted-or-local.rst", "app.py")["app"]).get("/").location

    assert "/auth/login?" in own
    assert hosted.startswith(memory_realm.url + "login?")


def test_the_tests_of_the_guide_to_flask_pass(
    realm: MemoryRealm, tmp_path: Path
) -> None:
    """They find the application that a function makes."""
    for block in rst_blocks(HOW_TO / "flask.rst"):
        if block.name in ("factory.py", "test_reports.py"):
            (tmp_path / block.name).write_text(block.code)

    result = run_python(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider")

    assert "2 passed" in result.stdout
    assert result.returncode == 0
