# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each role in somebody's own play: own data, policies and scripts, an existing bucket, role and key, two jobs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PLAY = Path(__file__).parent / "playbooks" / "own.yml"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "glue.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "<greeting>",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:<partition>:s3:::x/*",
        }
    ],
}


@pytest.fixture(scope="module")
def given(local_aws: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the user has: a folder, a bucket, a role and a key."""
    folder = tmp_path_factory.mktemp("own")
    for path, text in {
        "data/shop/things/a.csv": 'id,"name, long"\n1,x\n',
        "data/shop/things/b.csv": 'id,"name, long"\n2,y\n',
        "policies/reader.json": json.dumps(POLICY),
        "app/first.py": "print(1)\n",
        "app/second.py": "print(2)\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket="my-bucket")
    s3.put_object(Bucket="my-bucket", Key="mine.txt", Body=b"not of the project")
    local_aws.client("iam").create_role(
        RoleName="my-role", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    key = local_aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    return {"folder": str(folder), "key_arn": key}


def test_the_roles_use_what_is_given(local_aws: Any, given: dict[str, str]) -> None:
    run = local_aws.check(PLAY, **given).ok()
    assert run.changed
    local_aws.play(PLAY, **given).ok()
    standing = local_aws.contents()
    assert standing["buckets"] == ["my-bucket"]
    assert standing["databases"] == ["own_shop"]
    assert standing["policies"] == ["own-reader"]
    assert standing["roles"] == ["my-role"]
    assert standing["jobs"] == ["first", "second"]
    assert standing["triggers"] == ["trigger-first"]
    glue = local_aws.client("glue")
    table = glue.get_table(DatabaseName="own_shop", Name="things")["Table"]
    assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == [
        "id",
        "name, long",
    ]
    assert table["StorageDescriptor"]["Location"] == "s3://my-bucket/shop/things"
    job = glue.get_job(JobName="second")["Job"]
    assert job["Role"] == "arn:aws:iam::000000000000:role/my-role"
    assert job["Command"]["ScriptLocation"] == "s3://my-bucket/jobs/second/src/second.py"
    assert job["DefaultArguments"]["--COLOUR"] == "second"
    assert local_aws.play(PLAY, **given).ok().changed == []


def test_absent_removes_what_was_made_and_keeps_what_was_given(
    local_aws: Any, given: dict[str, str]
) -> None:
    before = local_aws.contents()
    assert local_aws.check(PLAY, state="absent", **given).ok().changed
    assert local_aws.contents() == before
    local_aws.play(PLAY, state="absent", **given).ok()
    after = local_aws.contents()
    assert {kind: after[kind] for kind in ("buckets", "roles")} == {
        "buckets": ["my-bucket"],
        "roles": ["my-role"],
    }
    assert set(after) == {"buckets", "roles", "keys"}
    listed = local_aws.client("s3").list_object_versions(Bucket="my-bucket")
    assert [version["Key"] for version in listed.get("Versions", [])] == ["mine.txt"]
    assert local_aws.play(PLAY, state="absent", **given).ok().changed == []
