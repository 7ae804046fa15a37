# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is wrong is said in words before the first change, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_all_faults_are_listed_at_once_before_anything_is_changed(
    local_aws: Any, tmp_path: Path
) -> None:
    data, policies = tmp_path / "data", tmp_path / "policies"
    for path, content in {
        data / "shop" / "empty" / "a.csv": b"",
        data / "shop" / "twice" / "a.csv": b"id,ID\n1,2\n",
        data / "shop" / "latin" / "a.csv": b"cidade\nS\xe3o Paulo\n",
        data / "stray.csv": b"id\n1\n",
        data / "Shop-2" / "orders" / "a.csv": b"id\n1\n",
        data / "shop" / "two" / "a.csv": b"id,name\n",
        data / "shop" / "two" / "b.csv": b"id,title\n",
        policies / "broken.json": b'{\n  "Version": "2012-10-17"\n  "Statement": []\n}\n',
        policies
        / "stranger.json": b'{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "<who>"}]}',
        policies / "bare.json": b"{}",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    run = local_aws.play(
        "site.yml",
        terraglue_data_dir=str(data),
        iam_policies_dir=str(policies),
        glue_script="missing.py",
        glue_worker_type="G.1XX",
        glue_trigger_schedule="cron(0 21 * * * *)",
        kms_alias="kms-glue-s3",
        storage_buckets={
            "sor": "My_Bucket",
            "athena": "ok-athena",
            "glue": "ok-glue",
            "sot": "ok-sot",
        },
    ).failed()
    message = " ".join(run.failures)
    for words in (
        "empty/a.csv",
        "twice/a.csv",
        "latin/a.csv",
        "stray.csv",
        "Shop-2",
        "two/b.csv",
        "broken.json:3",
        "<who>",
        "bare.json",
        "missing.py",
        "G.1XX",
        "cron(0 21 * * * *)",
        "alias/",
        "My_Bucket",
    ):
        assert words in message, f"{words} is not said in:\n{message}"
    assert local_aws.contents() == {}


def test_a_teardown_judges_where_to_before_it_does_anything(local_aws: Any) -> None:
    run = local_aws.play(
        "teardown.yml", terraglue_prefix="Not-Ours", terraglue_target="moon"
    ).failed()
    message = " ".join(run.failures)
    for words in ("terraglue_prefix='Not-Ours'", "terraglue_target='moon'"):
        assert words in message
    assert len(run.tasks) == 1


def aws(local_aws: Any, *options: str, **environment: str) -> Any:
    """A deploy to what the caller's credentials lead to; no network is needed to fail."""
    return local_aws.play(
        "site.yml",
        *options,
        local=False,
        terraglue_target="aws",
        environment={"AWS_ENDPOINT_URL": local_aws.endpoint, **environment},
    )


def test_no_credentials(local_aws: Any) -> None:
    run = aws(local_aws, AWS_REGION="us-east-1").failed()
    assert "No usable AWS credentials were found" in " ".join(run.failures)
    assert "terraglue_target=local" in " ".join(run.failures)


def test_no_region(local_aws: Any) -> None:
    run = aws(
        local_aws, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="a-secret-that-nobody-writes"
    ).failed()
    assert "No AWS region is set" in " ".join(run.failures)


def test_an_unknown_profile(local_aws: Any) -> None:
    run = aws(local_aws, AWS_PROFILE="nobody", AWS_REGION="us-east-1").failed()
    assert "nobody" in " ".join(run.failures)


def test_nothing_answers_at_the_endpoint(local_aws: Any) -> None:
    run = aws(
        local_aws,
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="a-secret-that-nobody-writes",
    ).failed()
    assert "could not be reached" in " ".join(run.failures)


def test_the_account_of_the_credentials_is_deployed_to_and_named_first(local_aws: Any) -> None:
    credentials = {
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "111122223333",
        "AWS_SECRET_ACCESS_KEY": "a-secret-that-nobody-writes",
    }
    run = aws(local_aws, "--check", **credentials).ok()
    said = [task["task"] for task in run.tasks].index("Say whose account it is")
    assert "111122223333" in run.tasks[said]["msg"] and "eu-west-1" in run.tasks[said]["msg"]
    assert not any(task["changed"] for task in run.tasks[:said])
