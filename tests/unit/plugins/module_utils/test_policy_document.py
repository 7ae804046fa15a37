# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy files are judged before anything is called, and documents compared by what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import policy_document as subject
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError

KNOWN = {"account_id": "123456789012", "region": "eu-west-1", "partition": "aws", "prefix": "shop"}
GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:<partition>:s3:::<prefix>/*"}


def document(*statements: Any, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(path: Path, content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return str(path)


def faults_of(folder: Path, content: Any, **options: Any) -> list[subject.Fault]:
    return subject.check_policy_file(write(folder / "p.json", content), KNOWN, **options)


def test_a_good_file_has_no_fault(folder: Path) -> None:
    assert faults_of(folder, document(GOOD)) == []


@pytest.mark.parametrize(
    ("content", "where", "said"),
    [
        ('{\n "Version": "2012-10-17",\n "Statement": [,]\n}', ":3", "no JSON"),
        ('{"a": 1', ":1", "no JSON"),
        ("", ":1", "no JSON"),
        ("[]", "", "is a JSON object"),
        ({"Version": "2012-10-17"}, "", "no Statement"),
        ({"Statement": []}, "", "no Statement"),
        ({"Statement": "Allow"}, "", "no Statement"),
        ({"Version": "2024-01-01", "Statement": GOOD}, "", "Version"),
        (document("x"), "", "Statement 1 is no JSON object"),
        (document({**GOOD, "Effect": "allow"}), "", "needs an Effect"),
        (document({**GOOD, "Sid": "Read", "Action": []}), "", "(Read) has neither Action"),
        (document(GOOD, {"Effect": "Deny", "Action": "*"}), "", "Statement 2 has neither Resource"),
        ('{"Statement":\n [{"Resource": "<bucket>"}]}', ":2", "placeholder <bucket>"),
    ],
)
def test_each_fault_names_file_line_and_reason(
    folder: Path, content: Any, where: str, said: str
) -> None:
    found = faults_of(folder, content)
    assert any(
        fault.where == str(folder / "p.json") + where and said in fault.message for fault in found
    ), found


def test_all_faults_of_a_file_are_told_at_once(folder: Path) -> None:
    found = faults_of(folder, '{"Version": "1", "Statement": [{"Sid": "<x>"}]}')
    assert len(found) == 5  # placeholder, version, effect, action, resource


def test_a_file_that_is_not_utf8_or_not_there(folder: Path) -> None:
    latin = folder / "p.json"
    latin.write_bytes(b'{"Statement": "\xe9"}')
    assert "not UTF-8 text (byte 16)" in subject.check_policy_file(str(latin), KNOWN)[0].message
    missing = subject.check_policy_file(str(folder / "none.json"), KNOWN)
    assert "cannot be read" in missing[0].message


def test_a_byte_order_mark_is_no_fault(folder: Path) -> None:
    path = folder / "p.json"
    path.write_text(json.dumps(document(GOOD)), encoding="utf-8-sig")
    assert subject.check_policy_file(str(path), KNOWN) == []
    assert subject.read_policies(str(folder), KNOWN)["p"]["Statement"]


def padded(weight: int) -> dict[str, Any]:
    """A document that weighs this many characters when filled in and written without spaces."""
    empty = document({**GOOD, "Resource": "<prefix>"})
    filled = json.dumps(subject.filled(empty, KNOWN), separators=(",", ":"))
    return document({**GOOD, "Resource": "<prefix>" + "x" * (weight - len(filled))})


@pytest.mark.parametrize(("weight", "faults"), [(6144, 0), (6145, 1)])
def test_iam_counts_the_filled_policy_without_white_space(
    folder: Path, weight: int, faults: int
) -> None:
    spread = json.dumps(padded(weight), indent=20)
    assert len(spread) > weight + 100
    assert len(faults_of(folder, spread)) == faults


@pytest.mark.parametrize(("weight", "faults"), [(32768, 0), (32769, 1)])
def test_kms_counts_bytes(folder: Path, weight: int, faults: int) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*", "Sid": ""}
    bare = len(json.dumps(document(statement), separators=(",", ":")))
    content = document({**statement, "Sid": "é" + "x" * (weight - bare - 2)})
    assert len(faults_of(folder, content, limit=subject.KMS_LIMIT)) == faults


def test_a_key_policy_needs_principals_instead_of_resources(folder: Path) -> None:
    found = faults_of(folder, document(GOOD), limit=subject.KMS_LIMIT)
    assert [fault.message for fault in found] == [
        "Statement 1 has neither Principal nor NotPrincipal."
    ]


def test_names_alone_are_enough_to_judge(folder: Path) -> None:
    path = write(folder / "p.json", document(GOOD))
    assert subject.check_policy_file(path, ("partition", "prefix")) == []
    assert "<prefix>" in subject.check_policy_file(path, ("partition",))[0].message


def test_a_folder_is_judged_file_by_file(folder: Path) -> None:
    write(folder / "b.json", "{")
    write(folder / "a b.json", document(GOOD))
    write(folder / "c.json", {})
    write(folder / ".hidden.json", "{")
    write(folder / "notes.txt", "{")
    found = subject.check_policy_folder(str(folder), KNOWN)
    assert [Path(fault.where).name for fault in found] == ["a b.json", "b.json:1", "c.json"]
    with pytest.raises(TerraglueError, match="3 faults were found"):
        subject.read_policies(str(folder), KNOWN)


@pytest.mark.parametrize("name", ["none", "p.json"])
def test_a_folder_that_is_none(folder: Path, name: str) -> None:
    write(folder / "p.json", document(GOOD))
    assert "does not exist" in subject.check_policy_folder(str(folder / name), KNOWN)[0].message


def test_an_empty_folder(folder: Path) -> None:
    assert "no .json file" in subject.check_policy_folder(str(folder), KNOWN)[0].message


def test_documents_are_filled_in_names_of_conditions_too() -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/<prefix>": ["<account_id>", 1]}}
    assert subject.filled({"Condition": condition}, KNOWN) == {
        "Condition": {"StringEquals": {"aws:PrincipalTag/shop": ["123456789012", 1]}}
    }


@pytest.mark.parametrize(
    ("current", "wanted"),
    [
        (document(GOOD), document(GOOD)),
        (document(GOOD), document({**GOOD, "Action": ["s3:GetObject"]})),
        (document({**GOOD, "Action": ["b", "a"]}), document({**GOOD, "Action": ["a", "b"]})),
        ({**document(), "Statement": GOOD}, document(GOOD)),
        (None, None),
    ],
)
def test_the_same_meaning_is_no_drift(current: Any, wanted: Any) -> None:
    assert subject.policy_drift(current, wanted) == (None, None)


def test_drift_names_only_the_statements_that_differ() -> None:
    kept, old, new = ({**GOOD, "Sid": sid} for sid in ("Kept", "Old", "New"))
    assert subject.policy_drift(document(kept, old), document(kept, new)) == ([old], [new])
    assert subject.policy_drift(document(kept, old), document(kept)) == ([old], [])


def test_drift_of_a_whole_document() -> None:
    assert subject.policy_drift(None, document(GOOD)) == (None, document(GOOD))
    assert subject.policy_drift(document(GOOD), None) == (document(GOOD), None)
    other = {**document(GOOD), "Version": "2008-10-17"}
    assert subject.policy_drift(other, document(GOOD)) == (other, document(GOOD))


def test_the_trust_policy_guards_against_confused_deputies() -> None:
    services = ["glue.amazonaws.com", "athena.amazonaws.com"]
    statement = subject.trust_policy(services, "123456789012")["Statement"][0]
    assert statement["Principal"] == {"Service": sorted(services)}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert "Condition" not in subject.trust_policy(services, None)["Statement"][0]


def test_the_policy_of_a_bucket() -> None:
    policy = subject.bucket_policy("aws-cn", "b", tls_only=True, logs_of_account="123456789012")
    assert policy is not None
    tls, logs = policy["Statement"]
    assert tls["Effect"] == "Deny"
    assert tls["Resource"] == ["arn:aws-cn:s3:::b", "arn:aws-cn:s3:::b/*"]
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert logs["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert logs["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert subject.bucket_policy("aws", "b", tls_only=False) is None
