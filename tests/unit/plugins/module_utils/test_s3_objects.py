# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder as objects: the pure part, and files that change while they are read."""

from __future__ import annotations

import hashlib
import io
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import (
    folder_files,
    progress,
    s3_objects,
    s3_sending,
    s3_upload,
)
from ansible_collections.terraglue.aws.plugins.module_utils.errors import NotOurs, TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.folder_files import (
    LocalFile,
    local_files,
    matches,
)
from ansible_collections.terraglue.aws.plugins.module_utils.s3_objects import (
    Place,
    Stored,
)
from ansible_collections.terraglue.aws.plugins.module_utils.s3_sending import Digest
from ansible_collections.terraglue.aws.plugins.module_utils.s3_upload import (
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
    assert s3_upload.judge_keys([file], Place("b")) == []
    assert "over 1024 bytes" in s3_upload.judge_keys([file], Place("b", "p/"))[0].message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b.CSV", "text/csv"),
        ("a/b.csv.gz", "application/gzip"),
        ("main.py", "text/x-python"),
        ("policy.json", "application/json"),
        ("page.html", "text/html"),
        ("no-extension", "application/octet-stream"),
    ],
)
def test_content_type(name: str, expected: str) -> None:
    assert s3_objects.content_type(name) == expected


S = Digest("s", 7, ())


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
    (step,) = plan_upload([file], {"/f": S}, known, Place("b", "p/"), "shop", kms_key)
    assert (step.key, step.change) == ("p/f", change)


def test_an_object_of_another_environment_is_left_alone() -> None:
    file = LocalFile("/f", "f", 7)
    known = {"f": stored(owner="other")}
    with pytest.raises(NotOurs, match="s3://b/f belongs to the environment 'other'"):
        plan_upload([file], {"/f": S}, known, Place("b"), "shop", None)
    assert plan_upload([file], {"/f": S}, known, Place("b"), None, None)[0].change == "unchanged"


def test_prune_takes_what_is_marked() -> None:
    found = {"a": stored(), "b": stored(owner="other"), "c": stored(None, None)}
    assert [step.key for step in plan_prune(found, "shop")] == ["a"]
    assert [step.key for step in plan_prune(found, None)] == ["a", "b"]


def test_checksums_of_files(tmp_path: Path) -> None:
    files, faults = local_files(make(tmp_path, "a", "b"), ["*"], True)
    digests = folder_files.digests_of(files)
    assert {path: (digest.sha256, digest.size) for path, digest in digests.items()} == {
        str(tmp_path / name): (hashlib.sha256(name.encode()).hexdigest(), 1) for name in ("a", "b")
    }


class Bucket:
    """A client that keeps what is sent to it, whole or in parts."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[int, bytes] = {}
        self.aborted = 0

    def put_object(self, **request: Any) -> dict[str, Any]:
        self.objects[request["Key"]] = request["Body"]
        return {"ETag": "whole"}

    def create_multipart_upload(self, **request: Any) -> dict[str, Any]:
        return {"UploadId": "1"}

    def upload_part(self, **request: Any) -> dict[str, Any]:
        self.parts[request["PartNumber"]] = request["Body"]
        return {"ETag": "part"}

    def complete_multipart_upload(self, **request: Any) -> dict[str, Any]:
        numbers = [part["PartNumber"] for part in request["MultipartUpload"]["Parts"]]
        self.objects[request["Key"]] = b"".join(self.parts[number] for number in numbers)
        return {"ETag": "parts"}

    def abort_multipart_upload(self, **request: Any) -> None:
        self.aborted += 1


def in_small_parts(monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    """Parts of four bytes, of which two may be on their way, for what is over ``small`` bytes."""
    monkeypatch.setattr(s3_upload, "SMALL", small)
    monkeypatch.setattr(s3_sending, "PIECE", 4)
    monkeypatch.setattr(s3_sending, "IN_MEMORY", 12)
    monkeypatch.setattr(folder_files, "SMALL", 4)


@pytest.mark.parametrize("small", [1, 1000])
def test_a_file_that_changes_is_not_uploaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    in_small_parts(monkeypatch, small)
    path = tmp_path / "file"
    for before, after in (
        ("123456", "123457"),
        ("123456", "12345"),
        ("12345678", "1234"),
        ("12345", "1234567890"),
        ("1234", "12345678"),
    ):
        path.write_text(before, encoding="utf-8")
        file = LocalFile(str(path), "file", len(before))
        digest = folder_files.digest_of(file)
        path.write_text(after, encoding="utf-8")
        s3 = Bucket()
        with pytest.raises(TerraglueError, match="changed while it was uploaded"):
            s3_upload.upload(s3, Place("b"), file, digest, None, None)
        assert s3.objects == {}
        assert s3.aborted == (small == 1)
    sent = s3_upload.upload(s3, Place("b"), file, folder_files.digest_of(file), None, None)
    assert s3.objects == {"file": b"12345678"}
    assert sent.etag == ("parts" if small == 1 else "whole")


def test_a_file_that_vanishes_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(TerraglueError, match="cannot be read: No such file"):
        s3_upload.upload(
            Bucket(), Place("b"), LocalFile(str(tmp_path / "x"), "x", 1), S, None, None
        )


class Cured:
    """A stream as a cured copy gives it: it knows no end beforehand and may read less than asked."""

    def __init__(self, content: bytes, step: int, breaks_at: int = -1) -> None:
        self.rest, self.step, self.breaks_at = content, step, breaks_at
        self.closed = False

    def read(self, size: int) -> bytes:
        if len(self.rest) == self.breaks_at:
            raise OSError(5, "Input/output error")
        size = min(size, self.step)
        piece, self.rest = self.rest[:size], self.rest[size:]
        return piece

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("small", [1, 1000])
@pytest.mark.parametrize("step", [1, 3, 4, 100])
def test_a_cured_copy_is_uploaded_in_the_file_s_place(
    monkeypatch: pytest.MonkeyPatch, small: int, step: int
) -> None:
    in_small_parts(monkeypatch, small)
    content = b"cured, longer than it was"
    streams: list[Cured] = []

    def give() -> Any:
        streams.append(Cured(content, step))
        return streams[-1]

    file = LocalFile("/not/there.csv", "there.csv", 3, give)
    digests = folder_files.digests_of([file])
    (planned,) = plan_upload([file], digests, {}, Place("b", "p/"), "shop", None)
    sha256 = hashlib.sha256(content).hexdigest()
    assert (planned.size, planned.sha256) == (len(content), sha256)
    s3 = Bucket()
    made = s3_upload.carry_out(s3, Place("b", "p/"), [planned], "shop", None)
    assert s3.objects == {"p/there.csv": content}
    assert made["p/there.csv"].sha256 == sha256
    assert [stream.closed for stream in streams] == [True, True]
    # What lies there is compared with the cured bytes, not with the file's.
    (again,) = plan_upload([file], digests, made, Place("b", "p/"), "shop", None)
    assert again.change == "unchanged"


@pytest.mark.parametrize("breaks_at", [10, 7, 6, 0])
def test_a_stream_that_breaks_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, breaks_at: int
) -> None:
    in_small_parts(monkeypatch, 1)
    digest = folder_files.digest_of(LocalFile("/f", "f", 0, lambda: Cured(b"0123456789", 3)))
    broken = LocalFile("/f", "f", 0, lambda: Cured(b"0123456789", 3, breaks_at))
    s3 = Bucket()
    with pytest.raises(TerraglueError, match=r"^/f cannot be read: Input/output error\.$"):
        s3_upload.upload(s3, Place("b"), broken, digest, None, None)
    assert (s3.objects, s3.aborted) == ({}, 1)


def test_the_parts_suffice_and_memory_is_bounded() -> None:
    tib = 1024 * 1024 * s3_sending.MIB
    for size in (1, 70 * 1024 * s3_sending.MIB, 5 * tib):
        part = s3_sending.part_size(size)
        assert part % s3_sending.PIECE == 0
        assert part * 10_000 >= size
        assert s3_sending.threads_for(size, 4) >= 1
    assert s3_sending.threads_for(5 * 1024 * s3_sending.MIB, 4) == 4
    assert s3_sending.threads_for(5 * tib, 4) == 1


def test_what_is_known_of_bytes() -> None:
    content = b"x" * (9 * s3_sending.MIB)
    digest = folder_files.digest_of(LocalFile("/f", "f", 0, lambda: Cured(content, 1_000_000)))
    eight = 8 * s3_sending.MIB
    assert digest == (
        hashlib.sha256(content).hexdigest(),
        len(content),
        (zlib.crc32(content[:eight]), zlib.crc32(content[eight:])),
    )
    assert folder_files.digest_of(LocalFile("/f", "f", 0, lambda: Cured(b"", 1))) == (
        hashlib.sha256().hexdigest(),
        0,
        (),
    )


@pytest.mark.parametrize(
    "size", [0, 1, 5000, s3_sending.MIB - 1, s3_sending.MIB, s3_sending.MIB + 1]
)
@pytest.mark.parametrize("listed", [-1, 0, 1])
def test_a_file_s_digest_is_that_of_its_stream(tmp_path: Path, size: int, listed: int) -> None:
    path, content = tmp_path / "file", os.urandom(size)
    path.write_bytes(content)
    told: list[int] = []
    file = LocalFile(str(path), "file", max(size + listed, 0))
    digest = folder_files.digest_of(file, told.append)
    assert digest == s3_sending.digest_of(io.BytesIO(content))
    assert sum(told) == size


def test_a_small_file_that_cannot_be_read_is_said_to_be(tmp_path: Path) -> None:
    for name in ("gone", "."):
        with pytest.raises(TerraglueError, match="cannot be read: (No such file|Is a directory)"):
            folder_files.digest_of(LocalFile(str(tmp_path / name), name, 1))


def test_progress_is_told_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    told: list[str] = []
    tally = progress.Tally(told.append, "sent", 10_000, 5_000_000_000)
    for seconds, done in ((0.5, 1_000_000_000), (1.0, 200_000_000), (1.5, 0), (2.5, 3_800_000_000)):
        now[0] = 100 + seconds
        tally.bytes(done)
        tally.file()
    assert told == [
        "sent 1 of 10,000 files, 1.2 of 5.0 GB",
        "sent 3 of 10,000 files, 5.0 of 5.0 GB",
    ]


def test_small_files_are_read_in_batches() -> None:
    sizes = [1] * 101 + [10, 3, 8, 1, 1]
    files = [LocalFile(f"/{number}", "", size) for number, size in enumerate(sizes)]
    batches = folder_files._batches(files, 1000)
    assert [len(batch) for batch in batches] == [100, 6]
    batches = folder_files._batches(files[101:], 10)
    assert [[file.size for file in batch] for batch in batches] == [[10], [3, 8], [1, 1]]
    assert folder_files._batches([], 10) == []


def test_reading_and_sending_say_how_far_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter(range(1000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(seconds))
    files = local_files(make(tmp_path, "aa"), ["*"], True)[0]
    told: list[str] = []
    digests = folder_files.digests_of(files, told.append)
    steps = plan_upload(files, digests, {}, Place("b"), None, None)
    s3_upload.carry_out(Bucket(), Place("b"), steps, None, None, told.append)
    assert told[0] == "read 0 of 1 files"
    assert told[-1] == "sent 1 of 1 files"


def test_fewer_large_files_are_sent_side_by_side() -> None:
    mib = s3_sending.MIB
    sizes = [0, mib, mib + 1, 32 * mib, 32 * mib + 1]
    assert [s3_upload._at_once(size) for size in sizes] == [16, 16, 3, 3, 2]
