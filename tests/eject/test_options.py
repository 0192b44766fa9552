"""What can be asked for."""

from __future__ import annotations

import pytest

from arware.eject.options import InvalidOption, chosen_features, package_name
from arware.eject.rendering import RELEASE, known_features
from arware.local.features import FEATURES

KNOWN = ("password", "signup", "reset", "totp", "protocol", "orgs")


def test_the_features_of_a_release_are_read_without_importing_it():
    """They are those that it includes, in their order."""
    assert known_features(RELEASE) == FEATURES


@pytest.mark.parametrize(
    ("preset", "added", "dropped", "chosen"),
    [
        ("minimal", (), (), "password signup reset"),
        ("authkit", (), (), "password signup reset totp"),
        ("full", (), (), "password signup reset totp orgs"),
        ("minimal", ("orgs", "totp"), (), "password signup reset totp orgs"),
        ("full", ("protocol",), (), "password signup reset totp protocol orgs"),
        ("authkit", (), ("signup", "password"), "reset totp"),
        ("minimal", (), ("totp",), "password signup reset"),
    ],
)
def test_a_preset_can_be_added_to_and_taken_from(preset, added, dropped, chosen):
    """Whatever was said in which order, the release's order stays (AK-N19)."""
    assert chosen_features(KNOWN, preset, added, dropped) == tuple(chosen.split())


@pytest.mark.parametrize(
    ("added", "dropped", "said"),
    [
        (("passkeys",), (), "there is no feature 'passkeys': password, signup"),
        ((), ("x",), "there is no feature 'x'"),
        (("totp",), ("totp",), "both asked for and left out"),
    ],
)
def test_what_makes_no_sense_is_refused(added, dropped, said):
    """With the features that there are."""
    with pytest.raises(InvalidOption, match=said):
        chosen_features(KNOWN, "full", added, dropped)


@pytest.mark.parametrize("name", ["auth", "myapp.auth", "my_app.web.auth2"])
def test_a_package_has_a_dotted_name(name):
    """As Python imports it."""
    assert package_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "a.", ".a", "a/b", "a-b", "2a", "a b", "a..b", "müller.auth", "a.class",
     "arware", "arware.local", "email.auth", "../a"],
)  # fmt: skip
def test_other_names_are_refused(name):
    """Also those that Python or we have taken, and those that differ by system."""
    with pytest.raises(InvalidOption):
        package_name(name)
