# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module s3_folder, run as a whole against a bucket in memory."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import threading
import tracemalloc
from datetime import datetime
from pathlib import Path
from typing import Any, Callable

import boto3
import botocore.client
import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import (
    folder_files,
    progress,
    s3_manifest,
    s3_objects,
    s3_upload,
)
from ansible_collections.terraglue.aws.plugins.modules import s3_folder
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    REGION,
    ApiCalls,
    ModuleFailed,
    run_module,
)
from botocore.exceptions import EndpointConnectionError

pytestmark = pytest.mark.usefixtures("aws", "no_pauses")

BUCKET = "raw"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
MIB = s3_objects.MIB


@pytest.fixture
def src(tmp_path: Path) -> Path:
    root = tmp_path / "src"
    for name in ("sales/orders/a.csv", "sales/items/b.csv", "main.py"):
        put(root, name, name)
    return root


@pytest.fixture
def s3(api_calls: ApiCalls) -> Any:
    client = boto3.client("s3", REGION)
    client.create_bucket(Bucket=BUCKET)
    api_calls.clear()
    return client


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def present(src: Path | None, check: bool = False, **options: Any) -> dict[str, Any]:
    args = {"bucket": BUCKET, "src": src and str(src), "owner": "shop", **options}
    return run_module(s3_folder, args, check)


def absent(check: bool = False, **options: Any) -> dict[str, Any]:
    return run_module(
        s3_folder, {"bucket": BUCKET, "owner": "shop", "state": "absent", **options}, check
    )


def failure(*args: Any, **options: Any) -> str:
    with pytest.raises(ModuleFailed) as caught:
        present(*args, **options)
    return str(caught.value)


def changes(result: dict[str, Any]) -> dict[str, str]:
    return {
        item["key"]: item["change"] for item in result["objects"] if item["change"] != "unchanged"
    }


def keys(s3: Any) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_upload_repeat(src: Path, s3: Any, api_calls: ApiCalls) -> None:
    predicted = present(src, check=True, prefix="/in/")
    assert api_calls.names() == ["ListObjectsV2"]
    made = present(src, prefix="in")
    assert made == predicted
    assert (made["uploaded"], made["unchanged"], made["changed"]) == (3, 0, True)
    assert set(changes(made)) == {"in/main.py", "in/sales/items/b.csv", "in/sales/orders/a.csv"}
    assert made["objects"][0]["uri"] == "s3://raw/in/main.py"
    assert made["diff"][0]["after_header"] == "s3://raw/in/ (wanted)"
    assert made["diff"][0]["after"]["in/main.py"] == (
        f"7 bytes, sha256 {made['objects'][0]['sha256'][:12]}"
    )
    sent = [given for name, given in api_calls.made if name == "PutObject"]
    checksum = base64.b64encode(hashlib.sha256(b"main.py").digest()).decode()
    assert checksum in {given["ChecksumSHA256"] for given in sent}
    head = s3.head_object(Bucket=BUCKET, Key="in/main.py")
    assert head["ContentType"] == "text/x-python"
    assert head["Metadata"] == {
        "terraglue-owner": "shop",
        "terraglue-sha256": made["objects"][0]["sha256"],
    }

    api_calls.clear()
    again = present(src, prefix="in")
    assert (again["changed"], again["unchanged"], again["diff"]) == (False, 3, [])
    assert sorted(api_calls.names()) == ["HeadObject"] * 3 + ["ListObjectsV2"]


def mend(src: Path, api_calls: ApiCalls, **options: Any) -> dict[str, Any]:
    """Check mode names the drift and changes nothing, a run mends it, another finds nothing."""
    api_calls.clear()
    predicted = present(src, check=True, **options)
    assert api_calls.changing() == []
    mended = present(src, **options)
    assert mended == predicted
    assert not present(src, **options)["changed"]
    return mended


def test_an_object_overwritten_by_hand(src: Path, s3: Any, api_calls: ApiCalls) -> None:
    present(src)
    s3.put_object(Bucket=BUCKET, Key="main.py", Body=b"hacked")
    result = mend(src, api_calls)
    assert changes(result) == {"main.py": "updated"}
    assert result["diff"][0]["before"] == {"main.py": "6 bytes, no checksum of ours"}
    assert list(result["diff"][0]["after"]) == ["main.py"]
    assert s3.get_object(Bucket=BUCKET, Key="main.py")["Body"].read() == b"main.py"


def test_an_object_removed_by_hand_and_a_file_edited(
    src: Path, s3: Any, api_calls: ApiCalls
) -> None:
    present(src)
    s3.delete_object(Bucket=BUCKET, Key="main.py")
    put(src, "sales/items/b.csv", "new")
    assert changes(mend(src, api_calls)) == {"main.py": "created", "sales/items/b.csv": "updated"}


def test_prune_takes_what_we_uploaded(src: Path, s3: Any, api_calls: ApiCalls) -> None:
    present(src)
    s3.put_object(Bucket=BUCKET, Key="sales/theirs.csv", Body=b"x")
    present(src, owner="other", prefix="other")
    (src / "main.py").unlink()
    (src / "sales/items/b.csv").unlink()
    assert not present(src)["changed"]
    csv_only = {"prune": True, "patterns": ["*.csv"]}
    assert changes(mend(src, api_calls, **csv_only)) == {"sales/items/b.csv": "removed"}
    assert changes(mend(src, api_calls, prune=True)) == {"main.py": "removed"}
    assert "sales/theirs.csv" in keys(s3)
    assert "other/main.py" in keys(s3)


def test_another_key_encrypts_in_place(src: Path, s3: Any, api_calls: ApiCalls) -> None:
    present(src)
    before = present(src, check=True, kms_key_arn=KEY)
    assert before["reencrypted"] == 3
    assert before["diff"][0]["after"]["main.py"].endswith(f"under {KEY}")
    mend(src, api_calls, kms_key_arn=KEY)
    assert "PutObject" not in api_calls.names()
    head = s3.head_object(Bucket=BUCKET, Key="main.py")
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", KEY)
    assert (head["ContentType"], head["Metadata"]["terraglue-owner"]) == ("text/x-python", "shop")
    # Without a key of ours the bucket's rules hold, and nothing is said about the key.
    assert not present(src)["changed"]


def test_a_new_object_under_a_key(src: Path, s3: Any) -> None:
    present(src, kms_key_arn=KEY)
    assert s3.head_object(Bucket=BUCKET, Key="main.py")["SSEKMSKeyId"] == KEY
    assert not present(src, kms_key_arn=KEY)["changed"]


def test_a_large_file_goes_in_parts_with_constant_memory(
    tmp_path: Path, s3: Any, api_calls: ApiCalls
) -> None:
    with open(tmp_path / "big.csv", "wb") as stream:
        for number in range(100):
            stream.write(bytes([number]) * MIB)
    sizes: list[int] = []

    def part(given: dict[str, Any]) -> dict[str, Any]:
        sizes.append(len(given["Body"]))
        return {"ETag": '"x"'}

    api_calls.answer("UploadPart", part, times=13)
    api_calls.answer("CompleteMultipartUpload", {"ETag": '"whole-13"'})
    # Nothing may keep the bodies: here that would be the record of the calls.
    api_calls.made = Forgetful()
    tracemalloc.start()
    try:
        made = present(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made["uploaded"] == 1
    assert sorted(sizes) == [4 * MIB] + [8 * MIB] * 12
    created = dict(api_calls.made)["CreateMultipartUpload"]
    assert created["Metadata"]["terraglue-sha256"] == made["objects"][0]["sha256"]
    assert created["ChecksumAlgorithm"] == "CRC32"
    done = dict(api_calls.made)["CompleteMultipartUpload"]["MultipartUpload"]["Parts"]
    assert [part["PartNumber"] for part in done] == list(range(1, 14))
    assert peak < 56 * MIB


class Forgetful(list):
    """A list of calls without the bytes that they sent."""

    def append(self, call: tuple[str, dict[str, Any]]) -> None:
        super().append((call[0], {**call[1], "Body": None}))


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of more than 4 MiB are sent in parts."""
    monkeypatch.setattr(s3_upload, "SMALL", 4 * MIB)


def test_a_large_file_is_known_again(tmp_path: Path, s3: Any, in_parts: None) -> None:
    (tmp_path / "big.csv").write_bytes(b"0123456\n" * (2 * MIB))
    assert present(tmp_path)["uploaded"] == 1
    assert "-" in s3.head_object(Bucket=BUCKET, Key="big.csv")["ETag"]
    assert not present(tmp_path)["changed"]


def test_a_large_file_that_changes_leaves_the_old_object(
    tmp_path: Path,
    s3: Any,
    api_calls: ApiCalls,
    in_parts: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s3.put_object(Bucket=BUCKET, Key="big.csv", Body=b"old")
    (tmp_path / "big.csv").write_bytes(b"0123456\n" * (2 * MIB))
    real = folder_files.digests_of

    def read_before_the_change(files: Any, say: Any) -> Any:
        found = real(files, say)
        with open(tmp_path / "big.csv", "r+b") as stream:
            stream.seek(9 * MIB)
            stream.write(b"X")
        return found

    monkeypatch.setattr(folder_files, "digests_of", read_before_the_change)
    assert "changed while it was uploaded" in failure(tmp_path)
    assert s3.get_object(Bucket=BUCKET, Key="big.csv")["Body"].read() == b"old"
    assert "AbortMultipartUpload" in api_calls.names()
    assert "CompleteMultipartUpload" not in api_calls.names()


def test_without_the_bucket(src: Path, api_calls: ApiCalls) -> None:
    predicted = present(src, check=True)
    assert (predicted["uploaded"], predicted["changed"]) == (3, True)
    assert "The bucket raw does not exist. Make it first" in failure(src)
    assert not absent(prefix="x")["changed"]
    assert api_calls.changing() == []


def test_bad_input_is_told_before_any_call(tmp_path: Path, api_calls: ApiCalls) -> None:
    told = failure(tmp_path / "none", kms_key_arn="alias/mine")
    assert "does not exist" in told
    assert "kms_key_arn: 'alias/mine'" in told
    assert "has no file" in failure(tmp_path)
    assert "src" in failure(None)
    with pytest.raises(ModuleFailed, match="Nothing to remove"):
        absent(prefix="/")
    assert api_calls.made == []


@pytest.mark.parametrize(
    ("operation", "action", "resource"),
    [
        ("ListObjectsV2", "s3:ListBucket", "bucket raw"),
        ("PutObject", "s3:PutObject", "object s3://raw/main.py"),
        ("HeadObject", "s3:GetObject", "object s3://raw/main.py"),
    ],
)
def test_denied(
    src: Path, s3: Any, api_calls: ApiCalls, operation: str, action: str, resource: str
) -> None:
    if operation == "HeadObject":
        present(src)
    api_calls.deny(operation)
    told = failure(src, patterns=["main.py"])
    assert told.startswith(f"Access denied: {action} on {resource}.")


def test_the_bucket_s_owner_is_asked_for_in_every_call(
    src: Path, s3: Any, api_calls: ApiCalls
) -> None:
    account = {"expected_bucket_owner": "123456789012"}
    present(src, prefix="p", **account)
    (src / "main.py").unlink()
    present(src, prefix="p", prune=True, kms_key_arn=KEY, **account)
    absent(prefix="p", **account)
    # The copy looks at its source with a call of its own, which takes no such guard from boto3.
    unguarded = {name for name, given in api_calls.made if "ExpectedBucketOwner" not in given}
    assert unguarded <= {"HeadObject"}
    assert {"CopyObject", "DeleteObjects", "ListObjectVersions"} <= set(api_calls.names())


def test_absent_removes_every_version_of_what_is_ours(
    src: Path, s3: Any, api_calls: ApiCalls
) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    present(src, prefix="p")
    put(src, "main.py", "second")
    present(src, prefix="p")
    s3.delete_object(Bucket=BUCKET, Key="p/main.py")
    s3.put_object(Bucket=BUCKET, Key="p/theirs", Body=b"x")
    present(src, prefix="q")
    api_calls.clear()
    predicted = absent(prefix="p", check=True)
    assert api_calls.changing() == []
    gone = absent(prefix="p")
    assert gone == predicted
    assert set(changes(gone)) == {"p/main.py", "p/sales/items/b.csv", "p/sales/orders/a.csv"}
    left = s3.list_object_versions(Bucket=BUCKET, Prefix="p/")
    assert [item["Key"] for item in left["Versions"]] == ["p/theirs"]
    assert "DeleteMarkers" not in left
    assert len([key for key in keys(s3) if key.startswith("q/")]) == 3
    assert not absent(prefix="p")["changed"]


def test_absent_by_folder(src: Path, s3: Any) -> None:
    present(src)
    (src / "sales/items/b.csv").unlink()
    assert set(changes(absent(src=str(src)))) == {"main.py", "sales/orders/a.csv"}
    assert keys(s3) == ["sales/items/b.csv"]
    gone = absent(src=str(src / "none"))
    assert (gone["changed"], "does not exist" in gone["warnings"][0]) == (False, True)


def test_errors_of_single_objects_are_told(src: Path, s3: Any, api_calls: ApiCalls) -> None:
    present(src, prefix="p")
    error = {"Key": "p/main.py", "Code": "AccessDenied", "Message": "Access Denied"}
    api_calls.answer("DeleteObjects", {"Errors": [error]})
    with pytest.raises(ModuleFailed, match=r"1 of 3 objects of bucket raw; the first, p/main.py"):
        absent(prefix="p")


def test_a_long_diff_is_cut(src: Path, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_folder, "DIFF_LINES", 2)
    made = present(src)
    assert made["uploaded"] == 3
    assert list(made["diff"][0]["after"].values())[-1] == "and 1 more"


def test_a_long_upload_says_how_far_it_is(
    src: Path, s3: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Clock:
        """Two seconds pass between any two looks at it."""

        now = 0.0

        def monotonic(self) -> float:
            self.now += 2
            return self.now

    monkeypatch.setattr(progress, "time", Clock())
    (tmp_path / "progress").touch()
    present(src, progress_file=str(tmp_path / "progress"))
    assert (tmp_path / "progress").read_text().strip() == "sent 3 of 3 files"


def test_a_long_result_has_what_changed(
    src: Path, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_folder, "RESULT_OBJECTS", 2)
    assert [item["key"] for item in present(src)["objects"]] == ["main.py", "sales/items/b.csv"]
    put(src, "main.py", "new")
    again = present(src)
    assert (changes(again), len(again["objects"])) == ({"main.py": "updated"}, 1)
    assert (again["uploaded"], again["unchanged"]) == (1, 2)
    monkeypatch.setattr(s3_folder, "RESULT_OBJECTS", 3)
    assert len(present(src)["objects"]) == 3


def test_throttling_passes(src: Path, s3: Any, api_calls: ApiCalls) -> None:
    api_calls.fail("PutObject", "SlowDown", times=2)
    assert present(src)["uploaded"] == 3


MANIFEST = ".terraglue/shop/in/manifest.json.gz"


@pytest.fixture
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A manifest pays from two objects on."""
    monkeypatch.setattr(s3_manifest, "WORTH", 2)


def manifest_of(s3: Any, key: str = MANIFEST) -> dict[str, Any]:
    """The manifest's objects."""
    body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return json.loads(gzip.decompress(body))["objects"]


def calls_of(api_calls: ApiCalls, *args: Any, **options: Any) -> tuple[list[str], dict[str, Any]]:
    """The calls of one run, sorted, and its result."""
    api_calls.clear()
    result = present(*args, **options)
    return sorted(api_calls.names()), result


NOTHING_TO_DO = ["GetObject", "ListObjectsV2"]


def test_a_few_objects_need_no_manifest(src: Path, s3: Any, api_calls: ApiCalls) -> None:
    present(src, prefix="in")
    assert len(keys(s3)) == 3
    assert calls_of(api_calls, src, prefix="in")[0] == ["HeadObject"] * 3 + ["ListObjectsV2"]


def test_a_manifest_saves_asking(src: Path, s3: Any, api_calls: ApiCalls, worth_it: None) -> None:
    check = present(src, check=True, prefix="in")
    assert keys(s3) == []
    made = present(src, prefix="in", kms_key_arn=KEY)
    assert {**made, "diff": []} == {**check, "diff": []}
    head = s3.head_object(Bucket=BUCKET, Key=MANIFEST)
    assert (head["Metadata"]["terraglue-owner"], head["SSEKMSKeyId"]) == ("shop", KEY)
    assert set(manifest_of(s3)) == {item["key"] for item in made["objects"]}
    calls, again = calls_of(api_calls, src, prefix="in", kms_key_arn=KEY)
    assert calls == NOTHING_TO_DO
    assert (again["changed"], again["unchanged"], len(again["objects"])) == (False, 3, 3)
    assert again["objects"] == [{**item, "change": "unchanged"} for item in made["objects"]]


def test_what_was_written_since_is_asked_for(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None
) -> None:
    present(src, prefix="in")
    s3.put_object(Bucket=BUCKET, Key="in/main.py", Body=b"main.PY")
    calls, result = calls_of(api_calls, src, check=True, prefix="in")
    assert calls == ["GetObject", "HeadObject", "ListObjectsV2"]
    assert changes(result) == {"in/main.py": "updated"}
    assert changes(present(src, prefix="in")) == {"in/main.py": "updated"}
    assert calls_of(api_calls, src, prefix="in")[0] == NOTHING_TO_DO


def test_the_same_bytes_written_anew_are_asked_for(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    present(src, prefix="in")
    real = s3_objects.list_objects

    def later(*args: Any) -> Any:
        listed = real(*args)
        old = listed["in/main.py"]
        return {**listed, "in/main.py": old._replace(modified="2999-01-01T00:00:00+00:00")}

    monkeypatch.setattr(s3_objects, "list_objects", later)
    s3.put_object(Bucket=BUCKET, Key="in/main.py", Body=b"main.py")
    assert changes(present(src, check=True, prefix="in")) == {"in/main.py": "updated"}


@pytest.mark.parametrize(
    "damage", ["missing", "not gzip", "cut", "another's", "nonsense", "denied"]
)
def test_a_manifest_that_is_of_no_use(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None, damage: str
) -> None:
    present(src, prefix="in")
    good = s3.get_object(Bucket=BUCKET, Key=MANIFEST)["Body"].read()
    nonsense = json.loads(gzip.decompress(good))
    nonsense["objects"] = {"in/main.py": [1], "in/sales/items/b.csv": None}
    other = {**json.loads(gzip.decompress(good)), "bucket": "other"}
    bodies = {
        "not gzip": b"hello",
        "cut": good[:-20],
        "another's": gzip.compress(json.dumps(other).encode()),
        "nonsense": gzip.compress(json.dumps(nonsense).encode()),
    }
    if damage == "missing":
        s3.delete_object(Bucket=BUCKET, Key=MANIFEST)
    elif damage == "denied":
        api_calls.fail("GetObject", "AccessDenied", times=1)
    else:
        # Marked as ours: the damage has to be seen in the content itself.
        body = bodies[damage]
        s3_objects.put_bytes(s3, s3_objects.Place(BUCKET), MANIFEST, body, "shop", None)
    calls, result = calls_of(api_calls, src, prefix="in")
    assert (result["changed"], result["unchanged"], result.get("warnings")) == (False, 3, None)
    assert calls.count("HeadObject") == 3
    # It is mended, although nothing else was to be done.
    assert calls_of(api_calls, src, prefix="in")[0] == NOTHING_TO_DO
    assert s3.get_object(Bucket=BUCKET, Key=MANIFEST)["Body"].read() == good


def test_a_manifest_that_somebody_else_put_there(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None
) -> None:
    present(src, prefix="in")
    body = s3.get_object(Bucket=BUCKET, Key=MANIFEST)["Body"].read()
    s3.put_object(Bucket=BUCKET, Key=MANIFEST, Body=body)
    assert calls_of(api_calls, src, prefix="in")[0].count("HeadObject") == 3


def test_a_manifest_changes_nothing_on_its_word(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None
) -> None:
    """It says of each object that another checksum and key are there, which is not so."""
    present(src, prefix="in")
    place = s3_objects.Place(BUCKET, "in/")
    entries = s3_manifest.read(s3, place, "shop")
    lies = {key: entry._replace(sha256="0" * 64, kms_key="other") for key, entry in entries.items()}
    assert s3_manifest.write(s3, place, "shop", None, lies) is None
    calls, result = calls_of(api_calls, src, prefix="in")
    assert (calls.count("HeadObject"), result["changed"]) == (3, False)
    assert s3_manifest.read(s3, place, "shop") == entries


def test_somebody_writes_between_upload_and_listing(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = s3_upload.carry_out

    def overtaken(*args: Any, **more: Any) -> Any:
        made = real(*args, **more)
        s3.put_object(Bucket=BUCKET, Key="in/main.py", Body=b"theirs")
        return made

    with monkeypatch.context() as patched:
        patched.setattr(s3_upload, "carry_out", overtaken)
        present(src, prefix="in")
    assert set(manifest_of(s3)) == {"in/sales/items/b.csv", "in/sales/orders/a.csv"}
    assert changes(present(src, prefix="in")) == {"in/main.py": "updated"}


def test_runs_with_other_patterns_share_a_manifest(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None
) -> None:
    put(src, "lib.py", "x")
    present(src, prefix="in", patterns=["*.csv"])
    present(src, prefix="in", patterns=["*.py"])
    assert calls_of(api_calls, src, prefix="in")[0] == NOTHING_TO_DO
    present(src, prefix="in", owner=None)
    assert calls_of(api_calls, src, prefix="in", owner=None)[0] == NOTHING_TO_DO


def test_prune_asks_before_it_removes_and_lets_the_manifest_be(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None
) -> None:
    present(src, prune=True)
    (src / "main.py").unlink()
    calls, result = calls_of(api_calls, src, prune=True)
    assert changes(result) == {"main.py": "removed"}
    assert (calls.count("HeadObject"), calls.count("DeleteObjects")) == (1, 1)
    assert ".terraglue/shop/manifest.json.gz" in keys(s3)
    assert calls_of(api_calls, src, prune=True)[0] == NOTHING_TO_DO


def test_a_manifest_that_cannot_be_written_is_told(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None
) -> None:
    present(src, prefix="in")
    s3.delete_object(Bucket=BUCKET, Key=MANIFEST)
    api_calls.deny("PutObject")
    result = present(src, prefix="in")
    assert (result["changed"], len(result["warnings"])) == (False, 1)
    assert "the next run has to ask for each object: Access denied" in result["warnings"][0]


def test_absent_removes_the_manifests(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None
) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for prefix in ("in", "in/deep", "inner"):
        present(src, prefix=prefix)
    put(src, "main.py", "new")
    present(src, prefix="in/deep")
    predicted = absent(prefix="in", check=True)
    assert MANIFEST in keys(s3)
    assert absent(prefix="in") == predicted
    left = s3.list_object_versions(Bucket=BUCKET)
    assert "DeleteMarkers" not in left
    assert {item["Key"] for item in left["Versions"] if "terraglue" in item["Key"]} == {
        ".terraglue/shop/inner/manifest.json.gz"
    }
    absent(prefix="inner", src=str(src))
    assert keys(s3) == []
    assert "Versions" not in s3.list_object_versions(Bucket=BUCKET)


def test_absent_for_any_owner_removes_any_manifest(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None
) -> None:
    present(src, prefix="in", owner="a")
    present(src, prefix="in/b", owner="b")
    present(src, prefix="c", owner="a")
    absent(prefix="in", owner=None)
    assert {key for key in keys(s3) if "manifest" in key} == {".terraglue/a/c/manifest.json.gz"}


def test_times_are_listed_as_the_objects_tell_them(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"a")
    (listed,) = s3_objects.list_objects(s3, s3_objects.Place(BUCKET)).values()
    asked = s3_objects.head(s3, s3_objects.Place(BUCKET), "a")
    assert listed.modified[:19] == asked.modified[:19]
    assert listed.modified.endswith("+00:00")


def test_objects_are_listed_as_botocore_lists_them(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("a b/c+d&e.csv", "café/€", "x=1/y%20z", "<&>", " "):
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    place = s3_objects.Place(BUCKET)
    ours = s3_objects.list_objects(s3, place)
    with monkeypatch.context() as patch:
        patch.setattr(s3_objects, "_take_contents", lambda **dummy: None)
        theirs = s3_objects.list_objects(boto3.client("s3", REGION), place)
    assert ours == theirs
    assert len(ours) == 5


def test_pages_of_a_listing(s3: Any) -> None:
    names = [f"{number:04}" for number in range(1005)]
    for name in names:
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"")
    assert list(s3_objects.list_objects(s3, s3_objects.Place(BUCKET))) == names


OBJECT = "<Key>a</Key><ETag>&quot;e&quot;</ETag><Size>3</Size><LastModified>{}</LastModified>"
LISTING = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult{}><IsTruncated>false</IsTruncated><Contents>{}</Contents></ListBucketResult>"""


@pytest.mark.parametrize("space", ["", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'])
@pytest.mark.parametrize(
    ("time", "modified"),
    [
        ("2026-11-25T02:46:58.000Z", "2026-11-25T02:46:58+00:00"),
        ("2026-11-25T02:46:58.250Z", "2026-11-25T02:46:58.250000+00:00"),
        ("2026-11-25T02:46:58Z", "2026-11-25T02:46:58+00:00"),
    ],
)
def test_contents_of_a_listing(space: str, time: str, modified: str) -> None:
    answer = {"body": LISTING.format(space, OBJECT.format(time)).encode()}
    taken: dict[str, Any] = {}
    s3_objects._take_contents(answer, taken)
    (found,) = taken["Contents"]
    assert found.pop("LastModified").isoformat() == modified
    assert found == {"Key": "a", "ETag": '"e"', "Size": 3}
    assert b"IsTruncated" in answer["body"]
    assert b"Contents" not in answer["body"]


@pytest.mark.parametrize(
    "body",
    [
        LISTING.format("", OBJECT.format("Wed, 25 Nov 2026 02:46:58 GMT")).encode(),
        LISTING.format("", "<Key>a</Key>").encode(),
        LISTING.format("", OBJECT.format("2026-11-25T02:46:58Z").replace("3", "three")).encode(),
        b"<Error><Code>NoSuchBucket</Code></Error>",
        b"no XML",
        b"",
    ],
)
def test_another_listing_is_left_to_botocore(body: bytes) -> None:
    answer, taken = {"body": body}, {}
    s3_objects._take_contents(answer, taken)
    assert (answer, taken) == ({"body": body}, {})


def bodies(s3: Any) -> dict[str, bytes]:
    """The bytes of every object, the manifests left out."""
    return {
        key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        for key in keys(s3)
        if not s3_manifest.is_manifest(key)
    }


def unfinished(s3: Any) -> list[dict[str, Any]]:
    """Uploads in parts that were begun and neither finished nor given up."""
    return s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, s3: Any) -> Callable[[str, int], None]:
    """Let the server vanish at the n-th call of an operation; 0 brings it back."""
    real = botocore.client.BaseClient._make_api_call
    state: dict[str, int] = {"left": -1}
    lock = threading.Lock()

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        with lock:
            if state.get("operation") == operation and state["left"] > 0:
                state["left"] -= 1
            if state["left"] == 0:
                raise EndpointConnectionError(endpoint_url="http://127.0.0.1:4566")
        return real(client, operation, parameters)

    def vanish(operation: str, at: int) -> None:
        state.update(operation=operation, left=at or -1)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    return vanish


@pytest.mark.parametrize(
    ("operation", "at"),
    [
        ("ListObjectsV2", 1),
        ("PutObject", 1),
        ("PutObject", 8),
        ("CreateMultipartUpload", 1),
        ("UploadPart", 2),
        ("CompleteMultipartUpload", 1),
    ],
)
def test_a_server_that_vanishes_leaves_each_object_old_or_new(
    tmp_path: Path,
    s3: Any,
    worth_it: None,
    in_parts: None,
    server: Any,
    operation: str,
    at: int,
) -> None:
    names = ["big.csv", *(f"small-{number}.csv" for number in range(30))]
    old = {name: b"old " + name.encode() for name in names[:6]}
    big = b"0123456\n" * (9 * MIB // 8)
    new = {name: big if name == "big.csv" else b"new " + name.encode() for name in names}
    for name, body in old.items():
        (tmp_path / name).write_bytes(body)
    present(tmp_path)
    for name, body in new.items():
        (tmp_path / name).write_bytes(body)
    server(operation, at)
    assert "AWS could not be reached" in failure(tmp_path)
    server(operation, 0)
    found = bodies(s3)
    assert set(old) <= set(found) <= set(new)
    assert all(body in (old.get(name), new[name]) for name, body in found.items())
    assert present(tmp_path)["changed"] == (found != new)
    assert bodies(s3) == new
    assert not present(tmp_path)["changed"]


def test_a_server_that_vanishes_after_the_upload(
    src: Path, s3: Any, worth_it: None, server: Any
) -> None:
    server("ListObjectsV2", 2)
    result = present(src)
    assert (result["uploaded"], len(result["warnings"])) == (3, 1)
    assert "AWS could not be reached" in result["warnings"][0]
    server("ListObjectsV2", 0)
    assert not present(src)["changed"]


def test_manifests_that_cannot_be_removed_are_told(
    src: Path, s3: Any, api_calls: ApiCalls, worth_it: None
) -> None:
    present(src, prefix="in")
    versions = {"Versions": [{"Key": "in/x", "VersionId": "null", "IsLatest": True}]}
    versions["Versions"][0]["LastModified"] = 0
    api_calls.answer("ListObjectVersions", versions)
    api_calls.answer("HeadObject", {"ContentLength": 1, "LastModified": datetime.now()})
    api_calls.fail("ListObjectVersions", "AccessDenied")
    result = absent(prefix="in")
    assert (result["changed"], len(result["warnings"])) == (False, 1)
    assert "s3:ListBucketVersions" in result["warnings"][0]


def test_a_part_that_fails_gives_the_upload_up(
    tmp_path: Path, s3: Any, api_calls: ApiCalls, in_parts: None
) -> None:
    (tmp_path / "big.csv").write_bytes(b"old")
    present(tmp_path)
    (tmp_path / "big.csv").write_bytes(b"0123456\n" * (9 * MIB // 8))
    api_calls.fail("UploadPart", "AccessDenied", times=1)
    assert "Access denied: s3:PutObject on object s3://raw/big.csv" in failure(tmp_path)
    assert unfinished(s3) == []
    assert bodies(s3) == {"big.csv": b"old"}
    # When it cannot even be given up, what went wrong first is told.
    api_calls.fail("UploadPart", "AccessDenied", times=1)
    api_calls.fail("AbortMultipartUpload", "InternalError", "too bad", times=100)
    told = failure(tmp_path)
    assert ("Access denied" in told, "too bad" in told) == (True, False)
    assert len(unfinished(s3)) == 1
    assert present(tmp_path)["uploaded"] == 1


def test_a_file_that_vanishes_after_it_was_read(
    src: Path, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    present(src)
    real = folder_files.digests_of

    def read_before_the_loss(files: Any, say: Any) -> Any:
        found = real(files, say)
        (src / "main.py").unlink()
        return found

    put(src, "main.py", "new")
    monkeypatch.setattr(folder_files, "digests_of", read_before_the_loss)
    assert "main.py cannot be read: No such file" in failure(src)
    assert bodies(s3)["main.py"] == b"main.py"
