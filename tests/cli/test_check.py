"""``arware check``: what is wrong with a configuration."""

from __future__ import annotations

import pytest

from .samples import CLIENT, GOOD, SECRET, ini


def test_a_good_configuration_passes(run):
    """It ends with 0 and says that an adapter can start."""
    code, output, _ = run("check", environ=GOOD)

    assert code == 0
    assert output.startswith("An adapter can start with the environment.\n")


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
        (GOOD, 0, "An adapter can start with the environment."),
        (CLIENT, 0, "A client can start with the environment."),
        (GOOD | CLIENT, 0, "An adapter and a client can start with the environment."),
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
        "login_path": "",
        "logout_path": "",
    }
    file = ini(tmp_path, settings | {setting: value})
    code, output, _ = run("check", "--ini", str(file))

    assert code == 0
    assert warning in output


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
    assert "api_key: AUTHROCKET_API_KEY is ignored because AUTHROCKET_URI" in output
    assert "service: AUTHROCKET_SERVICE is ignored" in output
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
    assert "AUTHROCKET_API_KEY is ignored because AUTHROCKET_URI is set" in output


def test_an_ini_file_is_read_as_pyramid_reads_it(run, tmp_path):
    """``%(here)s`` is the file's folder, and other settings do not matter."""
    settings = {"loginrocket_url": "https://x.loginrocket.com", "cookie_secret": SECRET}
    file = ini(tmp_path, settings)
    file.write_text(file.read_text() + "db = %(here)s/db.sqlite\n")
    code, output, _ = run("check", "--ini", str(file))

    assert code == 0
    assert output.startswith(f"An adapter can start with {file} and the environment.\n")


def test_a_misspelt_setting_is_a_fault_beside_the_others(run, tmp_path):
    """The nearest name is offered, and the rest is checked all the same."""
    file = ini(tmp_path, {"cookie_secrets": SECRET, "require_login": "perhaps"})
    code, output, _ = run("check", "--ini", str(file))

    assert code == 1
    assert "Did you mean authrocket.cookie_secret?" in output
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


def test_a_fault_of_form_counts_for_a_client_too(run):
    """A client's settings are looked at as strictly as an adapter's."""
    environ = CLIENT | {"AUTHROCKET_PUBLIC_URL": "nonsense"}
    code, output, _ = run("check", environ=environ)

    assert code == 1
    assert output.startswith("1 fault in the environment:\n  - public_url (")


def test_another_section_can_be_chosen(run, tmp_path):
    """Some files hold several applications."""
    settings = {"loginrocket_url": "https://x.loginrocket.com", "cookie_secret": SECRET}
    file = ini(tmp_path, settings, section="app:shop")

    assert run("check", "--ini", str(file))[0] == 1
    assert run("check", "--ini", str(file), "--section", "app:shop")[0] == 0


def test_f30_an_ini_file_stands_above_the_environment(run, tmp_path):
    """As the application reads it: what the file leaves out is taken from there."""
    file = ini(tmp_path, {"loginrocket_url": GOOD["LOGINROCKET_URL"]})

    assert run("check", "--ini", str(file))[0] == 1
    assert run("check", "--ini", str(file), environ=GOOD)[0] == 0


@pytest.mark.parametrize("with_ini", [True, False])
def test_f30_a_misspelt_variable_is_told(run, tmp_path, with_ini):
    """It keeps nothing from starting, so it is a warning; its value is not shown."""
    words = ["--ini", str(ini(tmp_path, {"require_login": "yes"}))] if with_ini else []
    environ = GOOD | {"AUTHROCKET_COOKIE_SECRETS": "hunter2", "LOGINROCKET_ULR": "x"}
    code, output, _ = run("check", *words, environ=environ)

    assert code == 0
    assert "AUTHROCKET_COOKIE_SECRETS: there is no such setting. Did you mean" in output
    assert "Did you mean LOGINROCKET_URL?" in output
    assert "hunter2" not in output


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"AUTHROCKET_REALM": "org_1"}, "realm (AUTHROCKET_REALM): it is an org"),
        ({"LOGINROCKET_URL": "https://x.loginrocket.com/login"}, "it ends in /login"),
        ({"LOGINROCKET_URL": ""}, "`arware realm` makes a realm of your own"),
        ({"LOGINROCKET_URL": ""}, "`arware demo`"),
        ({"AUTHROCKET_CA_BUNDLE": "/nowhere.pem"},
         "no certificates can be read from /nowhere.pem"),
        ({"SSL_CERT_FILE": "/nowhere.pem"}, "ca_bundle (AUTHROCKET_CA_BUNDLE)"),
    ],
)  # fmt: skip
def test_f30_what_would_fail_later_is_told_at_once(run, environ, fault):
    """With the fix, before the first login does not work."""
    code, output, _ = run("check", environ=GOOD | environ)

    assert code == 1
    assert fault in output


def test_f30_a_backend_s_own_name_is_told(run, tmp_path):
    """The names of dogpile are longer than those of the stores."""
    file = ini(tmp_path, {"cache.backend": "redis", "cache.arguments.url": "redis://h"})
    code, output, _ = run("check", "--ini", str(file), environ=GOOD)

    assert code == 1
    assert "cache: " in output
    assert "dogpile.cache.redis" in output


#: Long enough, and in every list that is fed to password crackers.
KNOWN = "change_this_super_secret_random_string"


def test_t03_a_secret_that_everybody_knows_is_told(run):
    """As jwt_key it is a fault, for the cookie a warning; it is not repeated."""
    refused = run("check", environ=GOOD | {"AUTHROCKET_JWT_KEY": KNOWN})
    warned = run(
        "check",
        environ={"AUTHROCKET_JWT_KEY": "", "AUTHROCKET_COOKIE_SECRET": KNOWN},
    )

    assert (refused[0], warned[0]) == (1, 0)
    assert "jwt_key (AUTHROCKET_JWT_KEY): it is in public lists" in refused[1]
    assert "cookie_secret: it is in public lists" in warned[1]
    assert KNOWN not in f"{refused}{warned}"


def test_f21_certificates_that_are_not_there_stop_a_client_too(run):
    """Before its first call does."""
    environ = CLIENT | {"REQUESTS_CA_BUNDLE": "/nowhere.pem"}
    code, output, _ = run("check", environ=environ)

    assert code == 1
    assert "no certificates can be read from /nowhere.pem" in output
