"""The lines that join the code to an application's own files, and what collides."""

from __future__ import annotations

import ast
from fnmatch import fnmatch
from pathlib import Path

import pytest

from arware.eject.blocks import TAG, Block, edit, without
from arware.eject.joining import edits, with_framework
from arware.eject.options import Options
from tests.docs.blocks import rst_blocks

from .kills import settle, tree_of

NEW = ("new", "myapp.auth", "--preset", "minimal")
OPTIONS = Options("myapp.auth", "myapp/auth", ())

IMPORT = f"from myapp.auth.wsgi import Middleware as Auth  {TAG}\n"
#: Written into the application, whose linter would refuse an import below other code.
LATE = "# noqa: E402"  # a text that is compared; it exempts nothing here
TOP = f"from myapp.auth.wsgi import Middleware as Auth  {LATE}  {TAG}\n"

#: The framework, a file, and what it becomes: `>` begins the lines that are added.
JOINED = {
    "pyramid": """\
def main(global_config, **settings):
    with Configurator(settings=settings) as config:
>        config.include("myapp.auth")  # arware eject
        # The first of the application's own.
        config.include(".routes")
""",
    "pyramid ": """\
import pyramid.config as p
def main():
\tc = p.Configurator(
\t\tsettings={},
\t)  # made
>\tc.include("myapp.auth")  # arware eject
\treturn c
""",
    "flask": f"""\
app = flask.Flask(__name__)
>{TOP}>app.wsgi_app = Auth(app.wsgi_app)  {TAG}
""",
    "flask ": f"""\
def create_app():
    site = Flask(__name__)
>    {IMPORT}>    site.wsgi_app = Auth(site.wsgi_app)  {TAG}
    return site
""",
    "flask  ": f"""\
# from myapp.auth.wsgi import Middleware
app: Flask = Flask(__name__)
>{TOP}>app.wsgi_app = Auth(app.wsgi_app)  {TAG}
x = 1""",
    "bottle": f"""\
app = Bottle()
>{TOP}>app.wsgi = Auth(app.wsgi)  {TAG}
""",
    "bottle ": f"""\
from bottle import route, run
@route("/")
def home():
    return "home"
if __name__ == "__main__":
>    from bottle import default_app  {TAG}
>    {IMPORT}>    default_app().wsgi = Auth(default_app().wsgi)  {TAG}
    run(port=8080)
""",
    "fastapi": f"""\
app = FastAPI(title="x")
>{TOP.replace("wsgi", "asgi")}>app.add_middleware(Auth)  {TAG}
""",
    "django": f"""\
application = get_wsgi_application()
>{TOP}>application = Auth(application)  {TAG}
""",
    "wsgi": f"""\
def app(environ, start_response):
    return []
>{TOP}>app = Auth(app)  {TAG}

x = 1
""",
}


def before_and_after(text: str) -> tuple[bytes, bytes]:
    """Return the file without the lines that are added, and with them."""
    lines = text.splitlines(keepends=True)
    before = "".join(line for line in lines if not line.startswith(">"))
    return before.encode(), "".join(line.removeprefix(">") for line in lines).encode()


def outcomes(project: Path) -> list[tuple[str, str]]:
    """Return what is to be done to the application's files."""
    options = with_framework(project, OPTIONS)
    return [(one.outcome, one.block.path) for one in edits(project, options)]


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("name", JOINED)
def test_gn06_the_lines_go_where_the_application_is_made(tmp_path, name, ending):
    """At most three, tagged, with the file's own indentation and line endings."""
    before, after = (t.replace(b"\n", ending) for t in before_and_after(JOINED[name]))
    settle(tmp_path, {"myapp/main.py": before})
    options = with_framework(tmp_path, OPTIONS)
    (one,) = edits(tmp_path, options)

    assert options.framework == name.strip()
    assert (one.outcome, one.data) == ("inject", after)
    assert len(one.block.lines) <= 3
    ast.parse(after)
    settle(tmp_path, {"myapp/main.py": after})
    assert [o.outcome for o in edits(tmp_path, options)] == ["already"]


def test_gn06_a_file_without_a_last_line_s_end_gets_one(tmp_path):
    """Else our line would be a part of it."""
    settle(tmp_path, {"app.py": b"app = Flask(__name__)"})
    (one,) = edits(tmp_path, with_framework(tmp_path, OPTIONS))

    assert one.data.startswith(b"app = Flask(__name__)\nfrom ")


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": b"app = Flask(__name__); app.debug = True\n"},
        {"a.py": b"app = Flask(1)\n", "b.py": b"app = Flask(2)\n"},
        {"a.py": b"self.app = Flask(__name__)\n"},
        {"a.py": b"if 1: app = Flask(__name__)\n"},
        {"a.py": b"app = Flask(__name__\n"},
        {"a.py": b""},
    ],
)
def test_gn07_where_no_place_is_certain_it_is_a_text_to_paste(tmp_path, files):
    """The file stays as it is."""
    settle(tmp_path, files)
    options = Options("myapp.auth", "myapp/auth", (), framework="flask")
    (one,) = edits(tmp_path, options)

    assert one.outcome == "MANUAL"
    assert "where `app` is made" in one.block.text
    assert f"app.wsgi_app = Auth(app.wsgi_app)  {TAG}" in one.block.text


def test_a_name_that_is_taken_stays_the_application_s(tmp_path):
    """The middleware gets another."""
    text = b"from x import Auth\napp = Flask(__name__)\nAuth(app)\n"
    settle(tmp_path, {"app.py": text})
    (one,) = edits(tmp_path, with_framework(tmp_path, OPTIONS))

    assert f"import Middleware as EjectedAuth  {LATE}  {TAG}\n".encode() in one.data
    assert b"\napp.wsgi_app = EjectedAuth(app.wsgi_app)" in one.data


def test_the_application_s_own_package_wins(tmp_path):
    """Beside it there may be scripts that make one, too."""
    made = b"app = Flask(__name__)\n"
    settle(tmp_path, {"myapp/web.py": made, "scripts/try.py": made})

    assert outcomes(tmp_path) == [("inject", "myapp/web.py")]


IMPORTS = b"from myapp.auth.wsgi import Middleware\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("scripts/x.py", b"", ("inject", "myapp/web.py")),
        ("scripts/x.py", b"from myapp.models import a", ("inject", "myapp/web.py")),
        ("a.py", b"from myapp.web import app", ("already", "a.py")),
        ("a.py", b"from myapp import app", ("already", "a.py")),
        ("a.py", b"import myapp.web", ("already", "a.py")),
        ("myapp/served.py", b"from .web import app", ("already", "myapp/served.py")),
        ("a.py", b"self.app = Flask(__name__)", ("already", "a.py")),
    ],
)
def test_a_script_that_imports_the_middleware_has_not_joined(
    tmp_path, path, text, expected
):
    """Only a file that has the application in its hands can have."""
    made = b"app = Flask(__name__)\n"
    settle(tmp_path, {"myapp/web.py": made, path: IMPORTS + text + b"\n"})

    assert outcomes(tmp_path) == [expected]


def test_tests_and_what_is_installed_are_not_the_application(tmp_path):
    """Nor what hides."""
    made = b"app = Flask(__name__)\n"
    places = "tests/a.py", "env/x/a.py", ".tox/a.py", "node_modules/a.py", "build/a.py"
    settle(tmp_path, dict.fromkeys(places, made) | {"env/pyvenv.cfg": b""})

    assert outcomes(tmp_path) == []


def test_gn07_status_tells_whether_it_was_pasted(run, project):
    """With the text again as long as it was not."""
    (project / "a.py").write_text("self.app = Flask(__name__)\n")
    _, output, _ = run(*NEW, "--framework", "flask")
    assert "MANUAL    (paste it yourself)\n" in output
    assert "\nMANUAL, where `app` is made:\n\n    from myapp.auth.wsgi import" in output
    assert "\nMANUAL, where `app` is made" in run("status")[1]
    (project / "a.py").write_text(
        "from myapp.auth.wsgi import Middleware\n"
        "self.app = Flask(__name__)\n"
        "self.app.wsgi_app = Middleware(self.app.wsgi_app)\n"
    )
    output = run("status")[1]

    assert "already   a.py\n" in output
    assert "MANUAL" not in output


def test_gn01_a_second_run_leaves_the_lines_alone(run, project):
    """And ``remove`` takes them out, so that all is as before (AK-B20)."""
    files = {
        "myapp/web.py": b"app = Flask(__name__)\r\nx = 1\r\n",
        "pyproject.toml": b'[project]\nname = "myapp"\n',
    }
    settle(project, files)
    before = tree_of(project)
    _, output, _ = run(*NEW)
    assert "inject    myapp/web.py\ninject    pyproject.toml\n" in output
    joined = tree_of(project)
    _, output, _ = run(*NEW)

    assert "already   myapp/web.py\nalready   pyproject.toml\n" in output
    assert tree_of(project) == joined
    assert "take out  myapp/web.py\n" in run("remove")[1]
    assert tree_of(project) == before


@pytest.mark.parametrize(
    "code",
    [
        "AuthRocket(app, local_realm=realm)\n",
        'settings["authrocket.local_realm"] = realm\n',
        "AUTHROCKET_LOCAL_REALM = realm\n",
    ],
)
def test_a_realm_that_is_mounted_so_far_is_told(run, project, code):
    """Until it is taken out people get its pages, whatever is changed in the code."""
    (project / "web.py").write_text(f"\n{code}")
    told = "Take out arware's own realm, or people still get its pages: web.py:2"

    assert f"\n1. {told}\n" in run(*NEW)[1]
    assert told in run("status")[2]
    (project / "web.py").write_text(f"# {code}")
    assert told not in run("status")[2]


def test_lines_that_others_need_stay(run, project):
    """What is left would be no Python."""
    (project / "app.py").write_text("def f():\n    app = Flask(1)\n    return app\n")
    run(*NEW)
    text = f"def f():\n    from myapp.auth import x  {TAG}\n"
    (project / "app.py").write_text(text)
    _, output, _ = run("remove")

    assert "MANUAL    app.py\n" in output
    assert (project / "app.py").read_text() == text


def test_keys_of_others_stay_in_their_table(run, project):
    """Without its head they would be in the one above."""
    (project / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.x]\n')
    run(*NEW)
    with (project / "pyproject.toml").open("a") as file:
        file.write('myapp = ["*.txt"]\n')
    joined = (project / "pyproject.toml").read_text()
    _, output, _ = run("remove")

    assert "MANUAL    pyproject.toml\n" in output
    assert (project / "pyproject.toml").read_text() == joined


def test_a_file_behind_a_link_is_left_to_a_person(run, project):
    """It is read there, and never written."""
    there = project / "elsewhere.toml"
    there.write_text('[project]\nname = "x"\n')
    (project / "pyproject.toml").symlink_to(there)
    assert "MANUAL    pyproject.toml\n" in run(*NEW)[1]
    there.write_text(
        '[project]\nname = "x"\n'
        f'[tool.setuptools.package-data]\n"myapp.auth" = ["**/*"]  {TAG}\n'
    )
    assert "already   pyproject.toml\n" in run("status")[1]

    assert "MANUAL    pyproject.toml\n" in run("remove")[1]
    assert TAG in there.read_text()


def test_a_second_run_goes_by_the_framework_that_was_found(run, project):
    """An application that is made otherwise since is no other option."""
    (project / "app.py").write_text("app = Flask(__name__)\n")
    run(*NEW)
    (project / "app.py").write_text("def make():\n    return Flask(__name__)\n")

    assert run(*NEW)[0] == 0


def test_what_cannot_be_read_is_no_application(tmp_path):
    """As what a generator has written; nobody is warned of what is not theirs."""
    deep = f"app = Flask({'+'.join(['1'] * 30_000)})\n"
    settle(tmp_path, {"a.py": deep.encode(), "b.py": b'x = "\\d"\n'})

    assert outcomes(tmp_path) == []


def test_an_edit_that_would_not_parse_is_a_text_to_paste(tmp_path):
    """As inside of a text of several lines."""
    settle(tmp_path, {"a.py": b"x = (1,\n     2)\n"})
    block = Block("a.py", ("y = 1",), "there", "y = 1", 1)

    assert edit(tmp_path, block).outcome == "MANUAL"


GUIDE = Path(__file__).parents[2] / "docs/how-to/eject-frameworks.rst"
SHOWN = [block for block in rst_blocks(GUIDE) if TAG in block.code]


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: f"line-{block.line}")
def test_the_guide_shows_what_each_framework_gets(tmp_path, block):
    """Line by line, from the same file without the lines."""
    data = block.code.encode()
    settle(tmp_path, {block.name: without(data)})
    (one,) = edits(tmp_path, with_framework(tmp_path, OPTIONS))

    assert len(SHOWN) == 6
    assert one.data.decode() == block.code


# --- Alembic, and the wheel --------------------------------------------------------

ENV = """\
def run_migrations_offline():
    context.configure(url=url)

def run_migrations_online():
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_metadata
        )
"""


def test_an_alembic_that_is_there_leaves_the_tables_alone(tmp_path):
    """By a hook in the call that has a connection."""
    settle(tmp_path, {"myapp/alembic/env.py": ENV.encode()})
    (one,) = edits(tmp_path, OPTIONS)
    (call,) = [
        node
        for node in ast.walk(ast.parse(one.data))
        if isinstance(node, ast.Call) and len(node.keywords) == 3
    ]
    (hook,) = [k.value for k in call.keywords if k.arg == "include_name"]
    include = eval(compile(ast.Expression(hook), "env.py", "eval"))

    assert one.outcome == "inject"
    assert not include("ar_users", "table", {})
    assert include("users", "table", {})
    assert include(None, "schema", {})
    assert len(one.block.lines) == 3


@pytest.mark.parametrize(
    "env",
    [
        ENV.replace("connection=connection", "connection=c, include_name=mine"),
        "context.configure(connection=c, target_metadata=t)\n",
    ],
)
def test_another_hook_or_form_is_left_to_a_person(tmp_path, env):
    """With the text, and where it goes."""
    settle(tmp_path, {"alembic/env.py": env.encode()})
    (one,) = edits(tmp_path, OPTIONS)

    assert (one.outcome, one.data) == ("MANUAL", None)
    assert "context.configure()" in one.block.text


PACKAGED = {
    '[project]\nname = "x"\n': '["**/*"]',
    '[project]\nname="x"\n[tool.setuptools.package-data]\nx = ["*.txt"]\n': '["**/*"]',
    '[project]\nname = "x"\n[tool.setuptools]\npackages = ["x"]\n': None,
    '[project]\nname = "x"\n[tool.setuptools]\npackage-data = {x = ["a"]}\n': None,
    '[project]\nname = "x"\n[build-system]\nbuild-backend = "hatchling.build"\n': "",
    "[tool.ruff]\n": "",
}


@pytest.mark.parametrize("text", PACKAGED)
def test_gn24_setuptools_is_told_of_what_is_no_python(tmp_path, text):
    """Others take all that stands in a package."""
    settle(tmp_path, {"pyproject.toml": text.encode()})
    found = edits(tmp_path, OPTIONS)
    wanted = PACKAGED[text]
    if wanted == "":
        assert found == []
        return
    (one,) = found

    assert one.outcome == ("MANUAL" if wanted is None else "inject")
    if one.data is not None:
        assert f'"myapp.auth" = ["**/*"]  {TAG}\n'.encode() in one.data
        assert one.data.count(b"package-data]") == 1


def test_gn24_a_manifest_is_told_where_there_is_one(tmp_path):
    """As the starter of Pyramid has it."""
    setup = b"setup(include_package_data=True)\n"
    settle(tmp_path, {"setup.py": setup, "MANIFEST.in": b"include *.txt\n"})
    (one,) = edits(tmp_path, OPTIONS)
    assert one.data == f"include *.txt\ngraft myapp/auth  {TAG}\n".encode()
    (tmp_path / "MANIFEST.in").unlink()

    assert [o.outcome for o in edits(tmp_path, OPTIONS)] == ["MANUAL"]


def test_gn17_git_is_told_what_to_leave_out(project, run):
    """The key, the secret, the database and its configuration; and nothing else."""
    (project / ".gitignore").write_text("*.pyc\n")
    run(*NEW)
    lines = (project / ".gitignore").read_text().splitlines()
    made = "realm.ini", "realm.sqlite", "realm.sqlite-wal", "realm-key.pem"
    others = "realm.py", "myapp/realm.ini", "realms.ini", "key.pem"

    assert lines[:2] == ["*.pyc", f"{TAG}: what the first start makes"]
    assert len(lines) == 4
    for name in (*made, "realm-key.secret"):
        assert any(fnmatch(f"/{name}", pattern) for pattern in lines[2:])
    for name in others:
        assert not any(fnmatch(f"/{name}", pattern) for pattern in lines[2:])
    assert "already   .gitignore\n" in run(*NEW)[1]
    run("remove")
    assert (project / ".gitignore").read_text() == "*.pyc\n"


# --- What collides -----------------------------------------------------------------

COLLIDES = {
    '    __tablename__ = "ar_users"\n': "myapp/x.py:2 has a table ar_users",
    '    t = Table("ar_sessions", m)\n': "myapp/x.py:2 has a table ar_sessions",
    '    op.create_table("ar_realm")\n': "myapp/x.py:2 has a table ar_realm",
    '    config.add_route("a", "/auth/login")\n': "has an address /auth/login",
    '    x = path("auth/", view)\n': "has an address /auth/",
    '    app.mount("/auth", other)\n': "has an address /auth",
    '    r = APIRouter(prefix="/auth")\n': "has an address /auth",
    '    @app.post("/auth/x")\n    def f(): pass\n': "has an address /auth/x",
}


@pytest.mark.parametrize("text", COLLIDES)
def test_gn09_what_collides_is_told_before_anything_is_written(run, project, text):
    """With file and line, and what to do about an address."""
    (project / "myapp/x.py").write_text(f"class X:\n{text}")
    before = tree_of(project)
    code, output, complaints = run(*NEW)

    assert (code, output) == (1, "")
    assert COLLIDES[text] in complaints
    assert ("--prefix" in complaints) == ("address" in complaints)
    assert tree_of(project) == before


def test_what_only_looks_like_it_is_left_alone(run, project):
    """Other tables, other addresses, and clients that ask for one of ours."""
    text = 'class X:\n    __tablename__ = "users"\nclient.get("/auth/login")\n'
    text += 'add_route("auth", "/in")\nadd_url_rule("/in", "auth", view)\n'
    (project / "myapp/x.py").write_text(f'{text}add_route("a", "/authors")\n')

    assert run(*NEW)[0] == 0


def test_another_prefix_is_out_of_the_way(run, project):
    """It is kept in the manifest, so that a second run knows it."""
    (project / "myapp/x.py").write_text('add_route("a", "/auth/login")\n')
    _, output, _ = run(*NEW, "--prefix", "/members")

    assert "/members/signup" in output
    assert b'PREFIX = "/members"' in (project / "myapp/auth/naming.py").read_bytes()
    assert run(*NEW)[0] == 1
    assert run(*NEW, "--prefix", "/members")[0] == 0
