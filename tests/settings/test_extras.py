"""What is said where a framework is not installed."""

from __future__ import annotations

import pytest

from arware.settings.extras import extra


def test_a_missing_framework_is_told_with_its_extra() -> None:
    """The fix can be copied from the message."""
    with pytest.raises(ModuleNotFoundError) as raised, extra("nonesuch"):
        import nonesuch.views  # noqa: F401 - it is not there, which is the case

    assert str(raised.value) == (
        'nonesuch is not installed: pip install "arware[nonesuch]"'
    )
    assert raised.value.name == "nonesuch"


def test_an_extra_may_have_several_packages() -> None:
    """Then its name is that of none of them."""
    with (
        pytest.raises(ModuleNotFoundError, match=r"nonesuch .*arware\[local\]"),
        extra("local", "other", "nonesuch"),
    ):
        import nonesuch  # noqa: F401 - it is not there, which is the case


def test_a_module_that_the_application_lacks_is_its_own_affair() -> None:
    """No extra would bring it."""
    with (
        pytest.raises(ModuleNotFoundError, match="No module named 'nonesuch'"),
        extra("flask"),
    ):
        import nonesuch  # noqa: F401 - it is not there, which is the case


def test_what_is_there_is_imported() -> None:
    """Nothing is said."""
    with extra("json"):
        import json

    assert json.loads("1") == 1
