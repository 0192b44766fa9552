"""What a scope tells of a request."""

from __future__ import annotations

import pytest

from arware.web.scope import split_path


@pytest.mark.parametrize(
    ("path", "root", "mount", "below"),
    [
        ("/shop/a", "/shop", "/shop", "/a"),
        ("/shop", "/shop", "/shop", ""),
        ("/shop//a", "/shop", "/shop", "//a"),
        ("/shop//a", "/shop/", "/shop", "/a"),
        ("/shop/a", "/shop/", "/shop", "/a"),
        ("/a", "/", "", "/a"),
        # By a server that tells the path below the mount alone.
        ("/shopping", "/shop", "/shop", "/shopping"),
        ("/a", "/shop", "/shop", "/a"),
    ],
)
def test_f15_a_mount_is_taken_off_by_whole_segments(
    path: str, root: str, mount: str, below: str
) -> None:
    """Its slash at the end means nothing."""
    assert split_path(path, root) == (mount, below)
