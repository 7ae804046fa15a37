# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder as objects: the pure part, and files that change while they are read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import s3_objects
from ansible_collections.terraglue.aws.plugins.module_utils.errors import NotOurs, TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.s3_objects import (
    LocalFile,
    Place,
    Stored,
    local_files,
    matches,
    plan_prune,
    plan_upload,
)

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd"


def make(root: Path, *names: str) -> str:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return str(root)


NAMES = (
    "main.py",
    "lib/a.py",
    "lib/deep/b.py",
    "notes.txt",
    ".hidden",
    ".git/x.py",
    "lib/_SUCCESS",
)


@pytest.mark.parametrize(
    ("patterns", "recurse", "expected"),
    [
        (["*"], True, ["lib/_SUCCESS", "lib/a.py", "lib/deep/b.py", "main.py", "notes.txt"]),
        (["*"], False, ["main.py", "notes.txt"]),
        (["*.py"], True, ["lib/a.py", "lib/deep/b.py", "main.py"]),
        (["**.py"], True, ["lib/a.py", "lib/deep/b.py", "main.py"]),
        (["lib/*.py", "*.txt"], True, ["lib/a.py", "lib/deep/b.py", "notes.txt"]),
        (["MAIN.py", "b.py"], True, ["lib/deep/b.py"]),
    ],
)
def test_files(tmp_path: Path, patterns: list[str], recurse: bool, expected: list[str]) -> None:
    files, faults = local_files(make(tmp_path, *NAMES), patterns, recurse)
    assert faults == []
    assert [file.name for file in files] == expected
    assert {file.size == len(file.name) for file in files} == {True}
    assert {matches(name, patterns, recurse) for name in expected} == {True}


def test_a_folder_that_is_missing_or_empty(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    for src, patterns, words in (
        (tmp_path / "none", ["*"], "does not exist"),
        (tmp_path / "a.txt", ["*"], "is not a folder"),
        (tmp_path, ["*.py", "*.sql"], "no file that matches *.py, *.sql"),
    ):
        files, faults = local_files(str(src), patterns, True)
        assert files == []
        assert (faults[0].where, words in faults[0].message) == (str(src), True)


def test_links_are_followed_and_circles_end(tmp_path: Path) -> None:
    make(tmp_path / "outside", "x.py")
    make(tmp_path / "src", "a/y.py")
    (tmp_path / "src" / "linked").symlink_to(tmp_path / "outside")
    (tmp_path / "src" / "a" / "circle").symlink_to(tmp_path / "src")
    files, faults = local_files(str(tmp_path / "src"), ["*"], True)
    assert ([file.name for file in files], faults) == (["a/y.py", "linked/x.py"], [])


def test_names_and_links_that_cannot_be_uploaded(tmp_path: Path) -> None:
    make(tmp_path, "good.py")
    (tmp_path / "lost.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "own.py").symlink_to("own.py")
    with open(os.fsencode(tmp_path) + b"/bad\xff.py", "wb"):
        pass
    faults = local_files(str(tmp_path), ["*"], True)[1]
    assert sorted(fault.message.split(".")[0] for fault in faults) == [
        "cannot be read: No such file or directory",
        "cannot be read: Too many levels of symbolic links",
        "the name is not UTF-8",
    ]


def test_a_key_that_is_too_long() -> None:
    file = LocalFile("/x", "é" * 512, 1)
    assert s3_objects.judge_keys([file], Place("b")) == []
    assert "over 1024 bytes" in s3_objects.judge_keys([file], Place("b", "p/"))[0].message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b.CSV", "text/csv"),
        ("main.py", "text/x-python"),
        ("policy.json", "application/json"),
        ("page.html", "text/html"),
        ("no-extension", "application/octet-stream"),
    ],
)
def test_content_type(name: str, expected: str) -> None:
    assert s3_objects.content_type(name) == expected


def stored(sha256: str | None = "s", owner: str | None = "shop", **changes: Any) -> Stored:
    base = Stored(7, sha256, owner, KEY, '"e"', "text/csv", {})
    return base._replace(**changes)


@pytest.mark.parametrize(
    ("found", "kms_key", "change"),
    [
        (None, None, "created"),
        (stored(), None, "unchanged"),
        (stored(), KEY, "unchanged"),
        (stored(), KEY + "9", "reencrypted"),
        (stored(kms_key=None), KEY, "reencrypted"),
        (stored(kms_key=None), None, "unchanged"),
        (stored("other"), None, "updated"),
        (stored("other"), KEY + "9", "updated"),
        (stored(size=8), None, "updated"),
        (stored(None), None, "updated"),
        (stored(None, None), None, "updated"),
        (stored("s", None), None, "updated"),
    ],
)
def test_plan(found: Stored | None, kms_key: str | None, change: str) -> None:
    file = LocalFile("/f", "f", 7)
    known = {"p/f": found} if found else {}
    (step,) = plan_upload([file], {"/f": "s"}, known, Place("b", "p/"), "shop", kms_key)
    assert (step.key, step.change) == ("p/f", change)


def test_an_object_of_another_environment_is_left_alone() -> None:
    file = LocalFile("/f", "f", 7)
    known = {"f": stored(owner="other")}
    with pytest.raises(NotOurs, match="s3://b/f belongs to the environment 'other'"):
        plan_upload([file], {"/f": "s"}, known, Place("b"), "shop", None)
    assert plan_upload([file], {"/f": "s"}, known, Place("b"), None, None)[0].change == "unchanged"


def test_prune_takes_what_is_marked() -> None:
    found = {"a": stored(), "b": stored(owner="other"), "c": stored(None, None)}
    assert [step.key for step in plan_prune(found, "shop")] == ["a"]
    assert [step.key for step in plan_prune(found, None)] == ["a", "b"]


def test_checksums_of_files(tmp_path: Path) -> None:
    files, faults = local_files(make(tmp_path, "a", "b"), ["*"], True)
    checksums = s3_objects.sha256_of_all(files)
    assert checksums == {
        str(tmp_path / name): hashlib.sha256(name.encode()).hexdigest() for name in ("a", "b")
    }


class Transfers:
    """A client that takes what is sent to it, reading it as the transfer of boto3 does."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def put_object(self, **request: Any) -> None:
        self.done.append("put")

    def upload_fileobj(self, body: Any, *target: Any, **options: Any) -> None:
        assert not hasattr(body, "seek")
        while len(body.read(3)) == 3:
            pass
        self.done.append("parts")


@pytest.mark.parametrize("small", [1, 1000])
def test_a_file_that_changes_is_not_uploaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    monkeypatch.setattr(s3_objects, "SMALL", small)
    path = tmp_path / "file"
    for before, after in (("123456", "123457"), ("123456", "12345"), ("12345", "1234567890")):
        path.write_text(before, encoding="utf-8")
        sha256 = s3_objects.sha256_of(str(path))
        path.write_text(after, encoding="utf-8")
        file = LocalFile(str(path), "file", len(before))
        s3 = Transfers()
        with pytest.raises(TerraglueError, match="changed while it was uploaded"):
            s3_objects.upload(s3, Place("b"), file, sha256, None, None)
        assert s3.done == []
    s3_objects.upload(s3, Place("b"), file, s3_objects.sha256_of(str(path)), None, None)
    assert s3.done == ["parts" if small == 1 else "put"]


def test_a_file_that_vanishes_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(TerraglueError, match="cannot be read: No such file"):
        s3_objects.upload(
            Transfers(), Place("b"), LocalFile(str(tmp_path / "x"), "x", 1), "", None, None
        )
