# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module s3_folder, run as a whole against a bucket in memory."""

from __future__ import annotations

import base64
import hashlib
import tracemalloc
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import s3_objects
from ansible_collections.terraglue.aws.plugins.modules import s3_folder
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    REGION,
    ApiCalls,
    ModuleFailed,
    run_module,
)

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
    tmp_path: Path, s3: Any, api_calls: ApiCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(tmp_path / "big.csv", "wb") as stream:
        for number in range(40):
            stream.write(bytes([number]) * MIB)
    monkeypatch.setattr(s3_objects, "PART", 5 * MIB)
    api_calls.answer("UploadPart", {"ETag": '"x"', "ChecksumSHA256": "x"}, times=8)
    api_calls.answer("CompleteMultipartUpload", {})
    tracemalloc.start()
    try:
        made = present(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made["uploaded"] == 1
    assert api_calls.names().count("UploadPart") == 8
    created = dict(api_calls.made)["CreateMultipartUpload"]
    assert created["Metadata"]["terraglue-sha256"] == made["objects"][0]["sha256"]
    assert created["ChecksumAlgorithm"] == "SHA256"
    assert peak < 40 * MIB


def test_a_large_file_is_known_again(tmp_path: Path, s3: Any) -> None:
    (tmp_path / "big.csv").write_bytes(b"0123456\n" * (2 * MIB))
    assert present(tmp_path)["uploaded"] == 1
    assert "-" in s3.head_object(Bucket=BUCKET, Key="big.csv")["ETag"]
    assert not present(tmp_path)["changed"]


def test_a_large_file_that_changes_leaves_the_old_object(
    tmp_path: Path, s3: Any, api_calls: ApiCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.put_object(Bucket=BUCKET, Key="big.csv", Body=b"old")
    (tmp_path / "big.csv").write_bytes(b"0123456\n" * (2 * MIB))
    monkeypatch.setattr(s3_objects, "sha256_of", lambda path: "0" * 64)
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


def test_throttling_passes(src: Path, s3: Any, api_calls: ApiCalls) -> None:
    api_calls.fail("PutObject", "SlowDown", times=2)
    assert present(src)["uploaded"] == 3
