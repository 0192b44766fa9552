"""What is wrong with the settings is said at the start, all at once, with the fix."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from arware.errors import ConfigurationError
from arware.local import Realm, RealmSettings
from arware.local.features.confirm import Confirm
from arware.local.features.orgs.models import Org
from arware.local.features.reset import Reset
from tests.local.support import PEM, SECRET, URL, make_realm, signing_key


def faults_of(**values: Any) -> dict[str, str]:
    """Return the faults of *values*, by setting."""
    with pytest.raises(ConfigurationError) as caught:
        RealmSettings.read(**values)
    assert all(fault.fix and fault.problem for fault in caught.value.faults)
    return {fault.setting: str(fault) for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database", ""),
        ("database", 7),
        ("database", "not a url"),
        ("database", "sqlite://"),
        ("database", "sqlite:///:memory:"),
        ("database", "mysql://x/y"),
        ("url", ""),
        ("url", "login.example.com"),
        ("url", "http://login.example.com/"),
        ("url", "https://login.example.com/?x"),
        ("url", "https://user@login.example.com/"),
        ("url", "https://login.example.com/a/../b"),
        ("url", None),
        ("login_urls", ()),
        ("login_urls", ""),
        ("login_urls", 7),
        ("login_urls", ["http://app.example.com/"]),
        ("login_urls", ["https://app.example.com/", "nonsense"]),
        ("login_urls", ["https://app.example.com/?x=1"]),
        ("login_urls", ["https://app.example.com/#x"]),
        ("url", "https://login.example.com/#x"),
        ("secret", "short"),
        ("secret", ["x" * 32, "short"]),
        ("secret", 7),
        ("secret", [7]),
        ("key", 7),
        ("name", ""),
        ("name", "x" * 101),
        ("name", "a\nb"),
        ("realm_id", "rl_1"),
        ("realm_id", "usr_0000000000000000000000"),
        ("session_minutes", 0),
        ("session_minutes", "soon"),
        ("session_minutes", True),
        ("jwt_minutes", -1),
        ("jwt_minutes", 10**9),
        ("issuer", ""),
        ("cookie_name", "__Host-x"),
        ("cookie_name", "a b"),
        ("cookie_name", ""),
        ("signup", "maybe"),
        ("password_minimum", 7),
        ("breached_passwords_url", "http://range.example.com/"),
        ("breached_passwords_url", "https://range.example.com/?x="),
        ("cheap_hashing", "perhaps"),
        ("trusted_proxies", ["nonsense"]),
        ("trusted_proxies", ["0.0.0.0/0"]),
        ("trusted_proxies", "::/0"),
        ("trusted_proxies", 7),
        ("clock", 7),
    ],
)
def test_a_bad_value_is_named(name: str, value: Any) -> None:
    """Each fault names its setting and what to do (AK-D06, RQ-P1)."""
    assert list(faults_of(**{name: value})) == [name]


def test_all_faults_are_reported_together() -> None:
    """One start shows everything that is wrong."""
    faults = faults_of(url="nonsense", secret="short", session_minutes="x")

    assert set(faults) == {"url", "secret", "session_minutes"}


@dataclass(frozen=True)
class Sample:
    """The settings of a feature."""

    minutes: int = 30


def test_the_settings_of_a_feature_are_asked_for_by_their_class() -> None:
    """They are given as keywords, or as an object."""
    for given in ({"sample.minutes": "5"}, {"sample": Sample(minutes=5)}):
        settings = RealmSettings.read(**given)
        settings.join([Sample])

        assert settings[Sample].minutes == 5


def test_a_fault_of_a_feature_is_told_when_it_joins() -> None:
    """Names that no feature has, too."""
    settings = RealmSettings.read(**{"sample.minutes": "x", "other.minutes": 1})

    with pytest.raises(ConfigurationError) as caught:
        settings.join([Sample])
    assert [fault.setting for fault in caught.value.faults] == [
        "sample.minutes",
        "other.minutes",
    ]


def test_a_setting_of_no_feature_stops_the_start(tmp_path: Path) -> None:
    """It may be a feature that was left out."""
    with pytest.raises(ConfigurationError, match=r"nothing\.of_the_kind"):
        make_realm(tmp_path, **{"nothing.of_the_kind": 1})


def test_an_unknown_name_is_a_fault_with_a_suggestion() -> None:
    """A mistyped setting is not silently ignored."""
    assert "login_urls" in faults_of(login_url="x")["login_url"]


@pytest.mark.parametrize("path", ["/range", "/range/"])
def test_the_digits_have_a_path_of_their_own(path: str) -> None:
    """With and without a slash at the end it is the same service."""
    settings = RealmSettings.read(breached_passwords_url=f"https://x.example{path}")

    assert str(settings.breached_passwords_url) == "https://x.example/range/"


def test_secrets_do_not_show() -> None:
    """Neither in the text of a fault nor in a repr."""
    settings = RealmSettings.read(secret=SECRET, key=PEM)
    fault = faults_of(secret="correct horse")["secret"]

    assert SECRET not in repr(settings)
    assert "correct horse" not in fault


def test_text_values_as_ini_files_hold_them() -> None:
    """Everything can be given as text."""
    settings = RealmSettings.read(
        login_urls="https://a.example/\nhttps://b.example/x",
        secret=f"{'a' * 32}, {'b' * 32}",
        session_minutes=" 60 ",
        idle_minutes="90",
        cheap_hashing="yes",
        trusted_proxies="10.0.0.1 10.1.0.0/16",
        key=PEM.replace("\n", "\\n"),
    )

    assert [str(url) for url in settings.login_urls] == [
        "https://a.example/",
        "https://b.example/x",
    ]
    assert settings.secret == ("a" * 32, "b" * 32)
    assert (settings.session_minutes, settings.idle_minutes) == (60, 60)
    assert settings.cheap_hashing is True
    assert len(settings.trusted_proxies) == 2


def test_a_preset_is_what_is_not_given(make: Callable[..., Realm]) -> None:
    """AK-D04, as far as it is safe; what is given wins, though it is the default."""
    given = {"fresh_minutes": 15, "reset.minutes": "30", "confirm": Confirm()}
    usual = make(preset="authkit").settings
    own = make(preset=" authkit ", **given).settings

    assert (usual.fresh_minutes, usual.password_minimum) == (60, 8)
    assert (usual[Reset].minutes, usual[Confirm].minutes) == (1440, 4320)
    assert (own.fresh_minutes, own.password_minimum) == (15, 8)
    assert (own[Reset].minutes, own[Confirm].minutes) == (30, 1440)
    assert "preset" in faults_of(preset="nist")


@pytest.mark.parametrize(
    ("values", "setting"),
    [
        ({"cheap_hashing": True, "url": "https://login.example.com/"}, "cheap_hashing"),
        ({"key": PEM, "key_file": "x.pem"}, "key_file"),
    ],
)
def test_contradictions(values: dict[str, Any], setting: str) -> None:
    """What cannot both be meant is a fault; so is cheap hashing in public (RQ-H6)."""
    assert setting in faults_of(**values)


def test_a_first_start_makes_key_and_secret(tmp_path: Path) -> None:
    """They lie beside the database, for their owner alone, and stay the same."""
    database = f"sqlite:///{tmp_path}/realm.sqlite"
    with Realm(database=database, url=URL, cheap_hashing=True) as first:
        keys, realm_id, secrets = first.public_keys(), first.id, first.secrets
    with Realm(database=database, url=URL, cheap_hashing=True) as second:
        again = second.public_keys(), second.id, second.secrets
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()
    }

    assert again == (keys, realm_id, secrets)
    assert modes == {
        "realm.sqlite": 0o600,
        "realm-key.pem": 0o600,
        "realm-key.secret": 0o600,
    }
    assert len(secrets[0]) >= 32


def test_a_key_may_be_a_file(tmp_path: Path, make: Callable[..., Realm]) -> None:
    """The path of an own key is taken as well."""
    path = tmp_path / "own.pem"
    path.write_text(PEM)
    path.chmod(0o600)

    assert make(key=str(path)).public_keys() == make(key=PEM).public_keys()


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("nonsense", 0o600, "holds no PEM"),
        ("-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n", 0o600, "not a"),
        (signing_key(1024), 0o600, "2048"),
        (PEM, 0o644, "chmod"),
    ],
)
def test_a_bad_key_file_is_told(
    tmp_path: Path, make: Callable[..., Realm], content: str, mode: int, said: str
) -> None:
    """A key that is none, too short, or open to all stops the start."""
    path = tmp_path / "own.pem"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigurationError) as caught:
        make(key=path)

    assert [fault.setting for fault in caught.value.faults] == ["key"]
    assert said in str(caught.value)


@pytest.mark.parametrize(("mode", "is_told"), [(0o600, False), (0o644, True)])
def test_a_database_that_all_may_read_is_told(
    tmp_path: Path,
    make: Callable[..., Realm],
    caplog: pytest.LogCaptureFixture,
    mode: int,
    is_told: bool,
) -> None:
    """It may be the application's own, so it is no fault; it holds hashes."""
    path = tmp_path / "realm.sqlite"
    path.touch()
    path.chmod(mode)
    make()

    assert (f"chmod 600 {path}" in caplog.text) is is_told


def test_files_that_are_there_need_no_folder_to_write_to(
    tmp_path: Path, make: Callable[..., Realm]
) -> None:
    """A key and a secret may come from a folder that is read only."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    make(key=None, secret=None, key_file=folder / "realm-key.pem").close()
    folder.chmod(0o500)
    # Permissions do not stop root, but whatever is written there sets the time.
    os.utime(folder, (0, 0))
    make(key=None, secret=None, key_file=folder / "realm-key.pem")
    written = folder.stat().st_mtime
    folder.chmod(0o700)

    assert written == 0


def test_faults_of_the_start_come_together(
    tmp_path: Path, make: Callable[..., Realm]
) -> None:
    """A missing folder, a missing key and a missing list are three faults of one."""
    gone = tmp_path / "gone"
    with pytest.raises(ConfigurationError) as caught:
        make(
            database=f"sqlite:///{gone}/realm.sqlite",
            key=gone / "key.pem",
            refused_passwords=gone / "list.txt",
            secret=None,
        )

    assert {fault.setting for fault in caught.value.faults} == {
        "database",
        "key",
        "refused_passwords",
        "secret",
    }


def test_a_database_server_that_is_away_is_told(make: Callable[..., Realm]) -> None:
    """Without its password."""
    with pytest.raises(ConfigurationError) as caught:
        make(database="postgresql://u:hidden@127.0.0.1:1/x?connect_timeout=2")

    assert "cannot be opened" in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_file_that_is_no_database_is_told(
    tmp_path: Path, make: Callable[..., Realm]
) -> None:
    """Nothing is written to a file that is something else."""
    (tmp_path / "x.sqlite").write_text("this is a letter, not a database" * 100)
    with pytest.raises(ConfigurationError):
        make(database=f"sqlite:///{tmp_path}/x.sqlite")

    assert (tmp_path / "x.sqlite").read_text().startswith("this is a letter")


def test_a_database_belongs_to_one_realm(make: Callable[..., Realm]) -> None:
    """Another realm_id on the same database is a fault, not a second realm."""
    realm_id = "rl_0000000000000000000000"
    make(realm_id=realm_id)

    assert make().id == realm_id
    with pytest.raises(ConfigurationError, match="belongs to"):
        make(realm_id="rl_1111111111111111111111")


def test_what_a_realm_tells_of_itself(make: Callable[..., Realm]) -> None:
    """Its address, its issuer, its id, and in a repr no secret."""
    realm = make(url="http://127.0.0.1:8001/auth")
    realm.migrate()

    assert realm.url == "http://127.0.0.1:8001/auth/"
    assert realm.issuer == "https://authrocket.com"
    assert repr(realm) == f"Realm(url={realm.url!r})"
    assert SECRET not in repr(realm)


@pytest.mark.parametrize(
    "wrong", [{"realm_id": "rl_1111111111111111111111"}, {"nonsense.setting": "1"}]
)
def test_a_realm_that_could_not_be_opened_can_be_printed(
    make: Callable[..., Realm], wrong: dict[str, Any]
) -> None:
    """A debugger or an error tracker shows it beside the error."""
    make().migrate()
    with pytest.raises(ConfigurationError) as caught:
        make(**wrong)

    unfinished = [
        entry.frame.f_locals["self"]
        for entry in caught.traceback
        if isinstance(entry.frame.f_locals.get("self"), Realm)
    ]
    assert [repr(one) for one in unfinished] == [f"Realm(url='{URL}/')"]


@pytest.mark.parametrize(("content", "mode"), [("short", 0o600), ("x" * 43, 0o644)])
def test_a_kept_secret_that_is_no_good(
    make: Callable[..., Realm], tmp_path: Path, content: str, mode: int
) -> None:
    """Too short, or open to all: told at the start, and what to do."""
    path = tmp_path / "realm-key.secret"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigurationError) as caught:
        make(secret=None)

    assert [fault.setting for fault in caught.value.faults] == ["secret"]
    assert content not in str(caught.value)


def test_settings_or_fields_but_not_both(make: Callable[..., Realm]) -> None:
    """Two sources of truth are one too many."""
    with pytest.raises(TypeError):
        Realm(RealmSettings.read(), name="x")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "x"}, "email"),
        ({"password": "short"}, "password"),
        ({"first_name": "a\x00"}, "first_name"),
        ({"username": "x" * 63}, "username"),
        ({"locale": "x" * 36}, "locale"),
        ({"org": ""}, "org"),
        ({"org": "X", "permissions": ["a b"]}, "permission"),
        ({"permissions": ["x"]}, "need an org"),
        ({"email": "ADA@example.com"}, "already an account"),
    ],
)
def test_a_program_adds_users_under_the_same_rules(
    realm: Realm, fields: dict[str, Any], said: str
) -> None:
    """What a form refuses is refused here, as a ValueError, and nothing is added."""
    values = {"email": "eve@example.com", "password": "plenty of blue mango"}
    with pytest.raises(ValueError, match=said):
        realm.add_user(**(values | fields))

    assert len(realm.users()) == 2


def test_the_name_of_an_org_names_a_new_one(realm: Realm) -> None:
    """Whoever signs up may give an org any name, so a name never finds one."""

    def count() -> int:
        named = select(func.count()).select_from(Org).where(Org.name == "Acme")
        with realm.reading() as db:
            return db.scalar(named) or 0

    before = count()
    realm.add_user("eve@example.com", "plenty of blue mango", org="Acme")

    assert count() == before + 1


@pytest.mark.parametrize(
    ("url", "login_url"),
    [
        ("http://localhost:8000/auth", "http://localhost:8000/"),
        ("https://app.example.com/a/b", "https://app.example.com/"),
        ("https://login.example.com", "http://127.0.0.1:8000/"),
    ],
)
def test_a_mounted_realm_returns_to_its_own_origin(url: str, login_url: str) -> None:
    """One line is enough for it; a realm with a host of its own must be told."""
    settings = RealmSettings(url=url)

    assert [str(one) for one in settings.login_urls] == [login_url]


def test_the_database_may_stand_first(tmp_path: Path) -> None:
    """As in the README: the URL, and then keywords."""
    with Realm(f"sqlite:///{tmp_path}/users.db", name="Ours") as realm:
        assert realm.settings.name == "Ours"
        assert (tmp_path / "users.db").exists()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "Local realm"),
        ({"url": "http://localhost:8000/auth"}, "Local realm"),
        ({"url": "https://shop.example/auth"}, "shop.example"),
        (
            {"url": "https://id.example", "login_urls": "https://shop.example:444/a"},
            "shop.example",
        ),
        ({"url": "https://shop.example/auth", "name": "Shop"}, "Shop"),
    ],
)
def test_a_realm_without_a_name_is_called_like_its_application(
    values: dict[str, str], name: str
) -> None:
    """People who log in know where they are, also where nobody gave it a name."""
    assert RealmSettings.read(**values).name == name
