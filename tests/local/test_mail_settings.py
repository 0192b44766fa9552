"""Settings ``mail.*``: what can send no mail is found at start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from arware.kit.settings import FeatureSettings
from arware.local.mail_settings import Mail


def read(**values: Any) -> FeatureSettings:
    """Read settings whose names are given without ``mail.``."""
    settings = FeatureSettings({f"mail.{name}": values[name] for name in values})
    settings.add(Mail)
    return settings


def test_without_a_host_nothing_is_sent() -> None:
    """It is the default, and no fault."""
    settings = read()

    assert settings[Mail].host is None
    assert settings.faults == []


def test_settings_are_read_as_text() -> None:
    """As they stand in an ini file."""
    mail = read(
        host="mail.example.com",
        port="2525",
        security="tls",
        user="u",
        password="p",
        sender="Bücher <a@bücher.example>",
        insecure="false",
    )[Mail]

    assert (mail.port, mail.security) == (2525, "tls")
    assert mail.sender == "Bücher <a@xn--bcher-kva.example>"
    assert mail.mailer.host == "mail.example.com"


@pytest.mark.parametrize(
    ("values", "setting", "words"),
    [
        ({"sender": "a@b.example"}, "mail", "Set mail.host"),
        ({"host": "h.example"}, "mail", "Set mail.sender"),
        ({"host": "h.example", "sender": "Acme"}, "mail.sender", "no-reply@"),
        ({"host": "h.example", "user": "u"}, "mail", "mail.password"),
        ({"host": "h.example", "password": "p"}, "mail", "mail.user"),
        ({"host": "h.example", "security": "plain"}, "mail", "port 587"),
        ({"host": "h.example", "security": "ssl"}, "mail.security", "starttls"),
        ({"host": "h.example", "port": "0"}, "mail.port", "65535"),
        ({"host": "h.example", "ca_file": "/nowhere"}, "mail", "mail.ca_file"),
        ({"host": "h.example", "user": "u", "password": "ä"}, "mail", "ASCII"),
        ({"hots": "h.example"}, "mail.hots", "mail.host"),
    ],
)
def test_a_fault_names_the_setting_and_says_the_fix(
    values: dict[str, str], setting: str, words: str
) -> None:
    """One fault, that an operator can act on."""
    sender = {} if values.keys() & {"sender", "hots"} else {"sender": "a@b.example"}
    if "Set mail.sender" in words:
        sender = {}
    (fault,) = read(**(sender | values)).faults

    assert fault.setting == setting
    assert words in str(fault)


def test_a_server_on_this_machine_may_be_spoken_to_in_the_clear() -> None:
    """And any other one where that is said."""
    assert read(host="localhost", sender="a@b.example", security="plain").faults == []
    far = {"host": "h.example", "sender": "a@b.example", "security": "plain"}
    assert read(**far, insecure="true").faults == []


def test_a_fault_does_not_show_the_password(tmp_path: Path) -> None:
    """Nor do the settings (RQ-K10)."""
    values = {"host": "h.example", "sender": "a@b.example", "password": "s3cret"}
    good = read(**values, user="u")[Mail]

    assert "s3cret" not in repr(good)
    assert "s3cret" not in str(read(**values).faults)
