"""The manifest, which may come from a stranger with a clone, is read strictly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arware.eject.errors import EjectError
from arware.eject.manifest import (
    MANIFEST,
    InvalidManifest,
    pristine,
    read_manifest,
    records,
)
from arware.eject.options import Options
from arware.eject.paths import content_of, digest, is_same

from .kills import settle

FILES = {"app/auth/a.py": b"a = 1\n", "app/auth/icon.svg": b"<svg/>\n"}
OPTIONS = Options("app.auth", "app/auth", ("password",))
DOCUMENT = json.loads(records("1.2.3", OPTIONS, FILES)[MANIFEST])
SHA = digest(b"")


def written(project: Path, **changed) -> Path:
    """Write a manifest of FILES, with some of its fields *changed*."""
    document = DOCUMENT | changed
    settle(project, {MANIFEST: json.dumps(document).encode()})
    return project


def test_gn14_what_was_written_is_read(tmp_path: Path):
    """The release, the options, and what each file was."""
    settle(tmp_path, records("1.2.3", OPTIONS, FILES))
    manifest = read_manifest(tmp_path)

    assert manifest is not None
    assert manifest.version == "1.2.3"
    assert manifest.options == OPTIONS
    assert manifest.files == {path: digest(data) for path, data in FILES.items()}
    assert pristine(tmp_path, manifest) == FILES


def test_copies_are_no_code_to_any_tool():
    """They end in ``.txt``, and git leaves their line endings alone."""
    paths = records("1.2.3", OPTIONS, FILES)

    assert all(path.endswith(".txt") for path in paths if "/pristine/" in path)
    assert b"-text" in paths[".arware/.gitattributes"]


def test_where_nothing_was_ejected_there_is_none(tmp_path: Path):
    """That is no error."""
    assert read_manifest(tmp_path) is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"format": 2}, "has format 2, not 1"),
        ({"format": True}, "'format' is no int"),
        ({"arware": 1}, "'arware' is no str"),
        ({"arware": "1.0\x1b[2J"}, "'arware' is no version"),
        ({"more": 1}, "what is 'more'?"),
        ({"files": []}, "'files' is no dict"),
        ({"files": {"a.py": "abc"}}, "'a.py' has no SHA-256"),
        ({"files": {"a.py": 1}}, "'a.py' has no SHA-256"),
        ({"files": {".ARWARE/manifest.json": SHA}}, "one of its own files"),
        ({"options": {}}, "'package' is no str"),
        ({"options": DOCUMENT["options"] | {"vendor": 1}}, "'vendor' is no bool"),
        ({"options": DOCUMENT["options"] | {"features": [1]}}, "features are no names"),
        ({"options": DOCUMENT["options"] | {"pages": ["a\x07"]}}, "pages are no names"),
        (
            {"options": DOCUMENT["options"] | {"pages": ["a"], "pages_folder": "../a"}},
            "no path inside",
        ),
        ({"options": DOCUMENT["options"] | {"package": "os"}}, "'os' is imported by"),
        ({"options": DOCUMENT["options"] | {"folder": "/"}}, "no path inside"),
        (
            {"options": DOCUMENT["options"] | {"folder": "app/login"}},
            "app.auth stands in app/auth or src/app/auth, not in 'app/login'",
        ),
    ],
)
def test_gn14_what_is_wrong_is_named(tmp_path: Path, changed, said):
    """One sentence, which names the manifest."""
    with pytest.raises(InvalidManifest) as caught:
        read_manifest(written(tmp_path, **changed))

    assert said in str(caught.value)
    assert MANIFEST in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"\xff", b"{", b'{"format": 1, "format": 1}', b"[" * 100_000],
    ids=["empty", "list", "latin", "half", "twice", "deep"],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, data):
    """Whatever it is."""
    settle(tmp_path, {MANIFEST: data})
    with pytest.raises(InvalidManifest, match="manifest"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../a.py", "app/../../a.py", "app//a.py", "./a.py", "C:/a.py",
     "app\\a.py", "a\0.py", ".git/config", "app/.GIT/config", "", "link/a.py",
     "linked.py"],
)  # fmt: skip
def test_gn14_no_path_leads_out_of_the_project(tmp_path: Path, path):
    """Absolute, upwards, through a link, as another system reads it, or into git's."""
    (tmp_path / "link").symlink_to(tmp_path.parent)
    (tmp_path / "linked.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(InvalidManifest):
        read_manifest(written(tmp_path, files={path: SHA}))


def test_a_folder_is_no_file(tmp_path: Path):
    """It is not read as one."""
    (tmp_path / "a.py").mkdir()
    with pytest.raises(EjectError, match="is no file"):
        content_of(tmp_path, "a.py")


def test_gn14_a_changed_or_missing_copy_is_told(tmp_path: Path):
    """A merge from it would be wrong."""
    settle(tmp_path, records("1.2.3", OPTIONS, FILES))
    manifest = read_manifest(tmp_path)
    copy = tmp_path / ".arware/pristine/app/auth/a.py.txt"
    copy.write_bytes(b"other\n")
    with pytest.raises(InvalidManifest, match=r"a\.py\.txt was changed"):
        pristine(tmp_path, manifest)
    copy.unlink()
    with pytest.raises(InvalidManifest, match=r"a\.py\.txt is missing"):
        pristine(tmp_path, manifest)
    copy.symlink_to(tmp_path / "app")
    with pytest.raises(InvalidManifest, match="link"):
        pristine(tmp_path, manifest)


def test_a_copy_with_other_line_endings_is_the_same(tmp_path: Path):
    """A checkout of git's on Windows may have given it CRLF."""
    settle(tmp_path, records("1.2.3", OPTIONS, FILES))
    manifest = read_manifest(tmp_path)
    settle(tmp_path, {".arware/pristine/app/auth/a.py.txt": b"a = 1\r\n"})

    assert pristine(tmp_path, manifest) == FILES


def test_bytes_that_are_no_text_are_compared_as_they_are():
    """A carriage return in them is no line ending."""
    assert not is_same(b"\0\r\n", digest(b"\0\n"))
    assert is_same(b"\r\n", digest(b"\n"))
