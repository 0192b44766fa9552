"""The command ``arware``: what it says, and how it ends."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arware.cli import main
from arware.testing import Browser, MemoryRealm
from arware.version import __version__
from arware.wsgi import Middleware

ROOT = Path(__file__).parents[1]
SECRET = "Yk3-a0b1c2d3e4f5g6h7i8j9k0l1m2n3o4p5"
GOOD = {
    "LOGINROCKET_URL": "https://example.e2.loginrocket.com/",
    "AUTHROCKET_COOKIE_SECRET": SECRET,
}

CLIENT = {
    "AUTHROCKET_API_KEY": "ks_0123456789",
    "AUTHROCKET_URL": "https://api-e2.authrocket.com/v2",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    """Nothing of the machine's own configuration counts."""
    for name in list(os.environ):
        if name.startswith(("AUTHROCKET_", "LOGINROCKET_")):
            monkeypatch.delenv(name)


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command; return exit code, output and complaints."""

    def run(*words, environ=(), stdin=""):
        for name, value in dict(environ).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = main(words)
        output = capsys.readouterr()
        return code, output.out, output.err

    return run


@pytest.fixture(scope="module")
def realm():
    """A realm whose tokens the tests look into."""
    return MemoryRealm()


# --- The command itself ---


def test_python_dash_m_is_the_same_command():
    """``python -m arware`` works where the script is not on the path."""
    words = [sys.executable, "-m", "arware", "--version"]
    result = subprocess.run(
        words, capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert (0, f"arware {__version__}\n") == (result.returncode, result.stdout)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("token",),
        ("demo", "--adapter", "cgi"),
        ("demo", "--port", "x"),
    ],
)
def test_what_is_not_understood_ends_with_two(words, capsys):
    """The usage is shown, and no traceback."""
    with pytest.raises(SystemExit) as stopped:
        main(words)

    assert stopped.value.code == 2
    assert "usage: arware" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "８０００", "1e3"])
def test_a_port_has_to_be_one(port, capsys):
    """The complaint says what a port is."""
    with pytest.raises(SystemExit):
        main(["demo", f"--port={port}"])

    assert "give a number from 0 to 65535" in capsys.readouterr().err


def test_the_command_needs_nothing_beside_the_standard_library():
    """Importing it and making a secret load no framework and no extra."""
    program = (
        "import sys, arware.cli; arware.cli.main(['secret']);"
        "names = ('requests', 'jwt', 'pyramid', 'sqlalchemy', 'jinja2', 'waitress');"
        "print(*[name for name in names if name in sys.modules])"
    )
    words = [sys.executable, "-c", program]
    result = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=True)

    assert result.stdout.splitlines()[1] == ""


@pytest.mark.parametrize("command", ["demo", "realm serve"])
def test_a_missing_extra_is_named_with_its_mend(command):
    """Without the extra the command says what to install."""
    program = (
        "import sys; sys.modules['sqlalchemy'] = sys.modules['jinja2'] = None;"
        f"from arware.cli import main; sys.exit(main('{command}'.split()))"
    )
    words = [sys.executable, "-c", program]
    result = subprocess.run(
        words, capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert result.returncode == 1
    assert re.search(
        r"arware: this command needs the package (sqlalchemy|jinja2); "
        r"pip install 'arware\[local\]'\n$",
        result.stderr,
    )


# --- arware secret ---


def test_a_secret_is_fresh_and_long_enough(run):
    """Each is accepted as a cookie secret and none comes twice."""
    secrets = {run("secret")[1].strip() for _ in range(5)}

    assert len(secrets) == 5
    assert all(len(secret) >= 64 for secret in secrets)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", secret) for secret in secrets)


# --- arware check ---


def test_a_good_configuration_passes(run):
    """It ends with 0 and says that a adapter can start."""
    code, output, _ = run("check", environ=GOOD)

    assert code == 0
    assert output.startswith("A adapter can start with the environment.\n")


def test_every_fault_is_told_at_once(run):
    """Form and presence together, each with its variable and the fix."""
    environ = {
        "LOGINROCKET_URL": "http://example.com/",
        "AUTHROCKET_COOKIE_NAME": "a b",
        "AUTHROCKET_PUBLIC_URL": "example.com",
    }
    code, output, _ = run("check", environ=environ)

    assert code == 1
    assert output.startswith("4 faults in the environment:\n")
    for variable in (*environ, "AUTHROCKET_COOKIE_SECRET"):
        assert f"({variable}): " in output
    assert "arware secret" in output


def test_no_secret_is_ever_printed(run):
    """Neither a good secret nor a bad one shows."""
    environ = {
        "AUTHROCKET_COOKIE_SECRET": "hunter2-too-short",
        "AUTHROCKET_JWT_KEY": "jsk_short",
        "AUTHROCKET_API_KEY": "ks_very-secret",
    }
    _, output, complaints = run("check", environ=environ)

    for value in environ.values():
        assert value not in output + complaints


def test_the_memory_region_is_warned_of(run):
    """A logout that does not reach other processes should surprise nobody."""
    _, output, _ = run("check", environ=GOOD)

    assert "a logout does not reach other processes" in output


@pytest.mark.parametrize(
    ("environ", "code", "line"),
    [
        (GOOD, 0, "A adapter can start with the environment."),
        (CLIENT, 0, "A client can start with the environment."),
        (GOOD | CLIENT, 0, "A adapter and a client can start with the environment."),
        ({}, 1, "2 faults in the environment:"),
        ({"AUTHROCKET_API_KEY": "ks_x"}, 1, "1 fault in the environment:"),
        (GOOD | {"AUTHROCKET_API_KEY": "ks_x"}, 1, "1 fault in the environment:"),
        (CLIENT | {"LOGINROCKET_URL": "x"}, 1, "2 faults in the environment:"),
    ],
)
def test_it_is_checked_what_the_settings_are_for(run, environ, code, line):
    """Settings of the API alone start a client; half a client is a fault."""
    ended, output, _ = run("check", environ=environ)

    assert (code, line) == (ended, output.splitlines()[0])


@pytest.mark.parametrize(
    ("setting", "value", "warning"),
    [
        ("unsolicited_login", "allow", "can log a visitor in as the stranger"),
        ("cookie_secret", "ab" * 20, "looks as if somebody typed it"),
        ("loginrocket_url", "http://127.0.0.1:8001/", "a realm on this machine"),
        ("public_url", "http://app.example.com", "cookies travel unprotected"),
        ("ignore", "/static /", "/ covers every page"),
        ("require_login", "no", "no page needs a login unless"),
        ("jwt_key", "jsk_0123456789abcdef012345", "wins over the key set"),
    ],
)
def test_what_works_but_should_be_known_is_a_warning(
    run, tmp_path, setting, value, warning
):
    """A warning does not change the exit code."""
    settings = {
        "loginrocket_url": GOOD["LOGINROCKET_URL"],
        "cookie_secret": SECRET,
        "logout_path": "",
    }
    file = ini(tmp_path, settings | {setting: value})
    code, output, _ = run("check", "--ini", str(file))

    assert code == 0
    assert warning in output


def ini(folder, settings, section="app:main"):
    """Write an ini file and return its path."""
    file = folder / "app.ini"
    lines = [f"authrocket.{name} = {text}\n" for name, text in settings.items()]
    file.write_text(f"[{section}]\nuse = egg:app\n{''.join(lines)}", "utf-8")
    return file


@pytest.mark.parametrize("adapter", [GOOD, {}])
def test_a_variable_that_another_one_overrules_is_told(run, adapter):
    """Whoever sets both learns which one counts, and sees neither value."""
    both = {
        "AUTHROCKET_URI": "https://ks_abcdefghij:rl_1@api-e2.authrocket.com/v2",
        "AUTHROCKET_API_KEY": "ks_9876543210",
        "AUTHROCKET_REALM": "rl_1",
        "AUTHROCKET_SERVICE": "svc_2",
    }
    code, output, _ = run("check", environ=adapter | both)

    assert code == 0
    assert "api_key: AUTHROCKET_API_KEY is not looked at, as AUTHROCKET_URI" in output
    assert "service: AUTHROCKET_SERVICE is not looked at" in output
    assert "AUTHROCKET_REALM" not in output
    assert "ks_" not in output


def test_an_overruled_variable_is_told_beside_the_faults(run):
    """It may be what is wrong."""
    environ = {
        "AUTHROCKET_URI": "https://api-e2.authrocket.com/v2",
        "AUTHROCKET_API_KEY": "ks_9876543210",
    }
    code, output, _ = run("check", environ=environ)

    assert code == 1
    assert "AUTHROCKET_API_KEY is not looked at, as AUTHROCKET_URI is set" in output


def test_an_ini_file_is_read_as_pyramid_reads_it(run, tmp_path):
    """``%(here)s`` is the file's folder, and other settings do not matter."""
    settings = {"loginrocket_url": "https://x.loginrocket.com", "cookie_secret": SECRET}
    file = ini(tmp_path, settings)
    file.write_text(file.read_text() + "db = %(here)s/db.sqlite\n")
    code, output, _ = run("check", "--ini", str(file))

    assert code == 0
    assert output.startswith(f"A adapter can start with {file}.\n")


def test_a_misspelt_setting_is_a_fault_beside_the_others(run, tmp_path):
    """The nearest name is offered, and the rest is checked all the same."""
    file = ini(tmp_path, {"cookie_secrets": SECRET, "require_login": "perhaps"})
    code, output, _ = run("check", "--ini", str(file))

    assert code == 1
    assert "Did you mean cookie_secret?" in output
    assert "cookie_secret (AUTHROCKET_COOKIE_SECRET): it is missing" in output
    assert "require_login: " in output


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "cannot be read: No such file"),
        ("nonsense", "it is not an ini file (MissingSectionHeaderError, line 1)"),
        ("[app:main]\nx = 1\ny\n", "it is not an ini file (ParsingError, line 3)"),
        (
            "[app:main]\nauthrocket.cookie_secret = 100%\n",
            "the value of authrocket.cookie_secret holds a % that means nothing; a %",
        ),
        (
            "[app:main]\nauthrocket.realm = %(foo)s\n",
            "the value of authrocket.realm holds a % that means nothing",
        ),
        ("[app:main]\n!s3cr3t = 100%\n", ": a value holds a % that means nothing"),
        ("\ufeff[app:main]\n".encode("utf-16"), "it is not UTF-8 text"),
        ("[server:main]\n[composite:x]\n", "but server:main, composite:x"),
        ("", "but none at all"),
    ],
)
def test_an_ini_file_that_cannot_be_used_is_explained(run, tmp_path, text, complaint):
    """One sentence names the file and the fix; its lines are not quoted."""
    file = tmp_path / "app.ini"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, output, complaints = run("check", "--ini", str(file))

    assert (code, output) == (1, "")
    assert complaints.startswith(f"arware: {file} ")
    assert complaint in complaints
    assert "100%" not in complaints
    assert "s3cr3t" not in complaints
    assert ("%" in complaints) is ("means nothing" in complaint or "%%" in complaint)


@pytest.fixture
def served():
    """A realm that serves its key set while the test runs."""
    realm = MemoryRealm()
    with realm.serve():
        yield realm


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
    assert "its key set cannot be had: the key host answered 404" in output


def test_a_key_set_without_a_key_is_a_fault(run, served):
    """A realm that signs with HS256 has none to offer."""
    served.jwks = lambda: {"keys": []}
    environ = GOOD | {"LOGINROCKET_URL": served.url}
    code, output, _ = run("check", "--online", environ=environ)

    assert code == 1
    assert "the key document has no usable key" in output


def test_a_fault_of_form_counts_for_a_client_too(run):
    """A client's settings are looked at as strictly as a adapter's."""
    environ = CLIENT | {"AUTHROCKET_PUBLIC_URL": "nonsense"}
    code, output, _ = run("check", environ=environ)

    assert code == 1
    assert output.startswith("1 fault in the environment:\n  - public_url (")


def test_the_output_can_be_cut_off():
    """A reader that has seen enough, like ``head``, causes no traceback."""
    words = [sys.executable, "-m", "arware", "secret"]
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        words, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT
    )
    os.close(writer)

    assert (result.returncode, result.stderr) == (1, "")


def test_another_section_can_be_chosen(run, tmp_path):
    """Some files hold several applications."""
    settings = {"loginrocket_url": "https://x.loginrocket.com", "cookie_secret": SECRET}
    file = ini(tmp_path, settings, section="app:shop")

    assert run("check", "--ini", str(file))[0] == 1
    assert run("check", "--ini", str(file), "--section", "app:shop")[0] == 0


# --- arware token inspect ---


def believing(realm):
    """Return an environment in which tokens of *realm* are believed."""
    return {"AUTHROCKET_JWT_KEY": realm.public_key.replace("\n", "\\n")}


def test_a_good_token_is_decoded_and_believed(run, realm):
    """Header, claims, times and the verdict, with 0."""
    token = realm.token("alice", permissions=["reports:read"])
    code, output, _ = run("token", "inspect", token, environ=believing(realm))

    assert code == 0
    for fact in ('"kid": "jky_memory"', '"sub": "usr_alice"', '"reports:read"'):
        assert fact in output
    assert re.search(r"^issued +20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", output, re.M)
    assert re.search(r"^verdict +believed", output, re.M)


def test_the_signature_is_not_printed(run, realm):
    """What is printed cannot be used to log in."""
    token = realm.token()
    _, output, _ = run("token", "inspect", token, environ=believing(realm))

    assert token.split(".")[2] not in output


def test_a_token_can_come_from_standard_input(run, realm):
    """So it stays out of the shell's history and the list of processes."""
    environ = believing(realm)
    code, *_ = run("token", "inspect", "-", stdin=realm.token() + "\n", environ=environ)

    assert code == 0


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1, "iat": 1}, "expired"),
        ({"nbf": int(time.time()) + 900}, "not_yet_valid"),
        ({"iss": "https://example.com"}, "wrong_issuer"),
        ({"sub": None}, "malformed"),
    ],
)
def test_a_refused_token_has_its_reason(run, realm, claims, reason):
    """The same word as ``auth.reason``, and a sentence."""
    token = realm.token(**claims)
    code, output, _ = run("token", "inspect", token, environ=believing(realm))

    assert code == 1
    assert re.search(rf"^verdict +refused: {reason} \(", output, re.M)


def test_a_foreign_signature_is_refused(run, realm):
    """A token that another key signed is not believed."""
    other = MemoryRealm()
    code, output, _ = run("token", "inspect", other.token(), environ=believing(realm))

    assert code == 1
    assert "refused: bad_signature" in output


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"alg": "HS256", "typ": "JWT"}, "bad_signature"),
        ({"alg": "HS256", "typ": "JWT", "kid": "k"}, "bad_signature"),
        ({"alg": "RS256", "typ": "JWT"}, "unknown_key"),
    ],
)
def test_a_token_that_no_key_set_can_verify_has_the_doors_reason(
    run, served, header, reason
):
    """The algorithm comes first, at both, and nothing is downloaded for it."""
    parts = [_segment(header), _segment(served.claims()), "AAAA"]
    token = ".".join(parts)
    environ = {"LOGINROCKET_URL": served.url}
    _, output, _ = run("token", "inspect", token, environ=environ)
    told = []

    def application(environ, start_response):
        told.append(environ["authrocket.auth"].reason)
        start_response("200 OK", [])
        return []

    adapter = Middleware(application, loginrocket_url=served.url, cookie_secret=SECRET)
    Browser(adapter).fetch("/", headers={"Authorization": f"Bearer {token}"})

    assert f"refused: {reason} (" in output
    assert told == [reason]
    assert served.downloads == 0


def _segment(value):
    text = base64.urlsafe_b64encode(json.dumps(value).encode())
    return text.rstrip(b"=").decode()


def test_a_key_set_is_downloaded_if_one_is_configured(run):
    """The verdict is that of a adapter with the same settings."""
    realm = MemoryRealm()
    with realm.serve() as url:
        environ = {"LOGINROCKET_URL": url}
        code, output, _ = run("token", "inspect", realm.token(), environ=environ)

    assert code == 0
    assert realm.downloads == 1
    assert f"{url}connect/jwks" in output


def test_a_key_set_that_cannot_be_had_is_no_verdict(run, realm):
    """Nothing is claimed about a token that could not be checked."""
    environ = {"LOGINROCKET_URL": "http://127.0.0.1:9/"}
    code, output, _ = run("token", "inspect", realm.token(), environ=environ)

    assert code == 1
    assert "not judged: keys_unavailable" in output


def test_without_a_key_nothing_is_judged(run, realm):
    """The claims are shown, with the settings that are missing."""
    code, output, _ = run("token", "inspect", realm.token())

    assert code == 1
    assert "not judged: set LOGINROCKET_URL or AUTHROCKET_JWT_KEY" in output
    assert '"sub": "usr_alice"' in output


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30", "é.é.é", "." * 9])
def test_what_is_no_token_is_told_so(run, realm, text):
    """Garbage is refused as malformed, without a traceback."""
    code, output, _ = run("token", "inspect", "-", stdin=text, environ=believing(realm))

    assert code == 1
    assert "refused: malformed (" in output


def segment(text):
    """Return *text* as a part of a token."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("claims", "line"),
    [
        ('{"exp": "soon"}', "expires  at no time that can be read"),
        ('{"exp": 1e400}', "expires  at no time that can be read"),
        ('{"exp": -1e18}', "expires  at no time that can be read"),
        ('{"exp": 0}', "expires  1970-01-01 00:00:00 UTC ("),
        ("[1]", "claims   ["),
        ("nonsense", "claims   cannot be read"),
        ('{"a": ' + "[" * 900 + "]" * 900 + "}", "claims   "),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "claims   cannot be read"),
    ],
)
def test_odd_claims_are_shown_as_far_as_they_go(run, realm, claims, line):
    """Whatever a token holds, looking at it never fails."""
    text = f"{segment('{}')}.{segment(claims)}.AAAA"
    code, output, _ = run("token", "inspect", text, environ=believing(realm))

    assert code == 1
    assert line in output
    assert "refused: malformed (" in output


def test_a_key_that_cannot_be_used_is_told(run, realm):
    """It is long enough for an RSA key and is none."""
    environ = {"AUTHROCKET_JWT_KEY": "A" * 300}
    code, _, complaints = run("token", "inspect", realm.token(), environ=environ)

    assert code == 1
    assert complaints.startswith("arware: jwt_key cannot be used: ")
    assert "AAAA" not in complaints


def test_a_misspelt_setting_stops_the_inspection(run, tmp_path, realm):
    """A verdict by settings that were not meant would be worth nothing."""
    file = ini(tmp_path, {"jwt_keys": "x"})
    code, _, complaints = run("token", "inspect", realm.token(), "--ini", str(file))

    assert code == 1
    assert "Did you mean jwt_key?" in complaints


def test_nothing_in_a_token_can_reach_the_terminal_as_it_is(run, realm):
    """Escape sequences in a claim are shown, not obeyed."""
    token = realm.token(name="\x1b[2J\u202egnp")
    _, output, _ = run("token", "inspect", token, environ=believing(realm))

    assert "\\u001b[2J\\u202egnp" in output
    assert "\x1b" not in output


def test_a_faulty_configuration_is_told(run, realm):
    """The verdict waits until the settings can work."""
    environ = {"AUTHROCKET_JWT_KEY": "jsk_short"}
    code, _, complaints = run("token", "inspect", realm.token(), environ=environ)

    assert code == 1
    assert "jwt_key (AUTHROCKET_JWT_KEY)" in complaints
    assert "jsk_short" not in complaints
