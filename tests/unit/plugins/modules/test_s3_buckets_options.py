# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module s3_buckets_options against buckets in memory."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from ansible_collections.terraglue.aws.plugins.modules import s3_buckets_options
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    REGION,
    ApiCalls,
    ModuleFailed,
    run_module,
)

pytestmark = pytest.mark.usefixtures("aws", "no_pauses")

THEIRS = {
    "ID": "theirs",
    "Status": "Enabled",
    "Filter": {"Prefix": "tmp/"},
    "Expiration": {"Days": 3},
}
QUEUE = {"Id": "q", "QueueArn": f"arn:aws:sqs:{REGION}:123456789012:q", "Events": ["s3:*"]}


@pytest.fixture
def s3(api_calls: ApiCalls) -> Any:
    client = boto3.client("s3", REGION)
    for name in ("raw", "log"):
        client.create_bucket(Bucket=name)
    let_log_delivery_in(client)
    api_calls.clear()
    return client


def let_log_delivery_in(s3: Any) -> None:
    s3.put_bucket_policy(
        Bucket="log",
        Policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service":'
        ' "logging.s3.amazonaws.com"}, "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::log/*"}]}',
    )


def options(check: bool = False, **given: Any) -> dict[str, Any]:
    return run_module(s3_buckets_options, {"buckets": ["raw", "log"], **given}, check)


def rules(s3: Any, name: str = "raw") -> list[dict[str, Any]]:
    return s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]


def test_check_mode_predicts_and_changes_nothing(s3: Any, api_calls: ApiCalls) -> None:
    predicted = options(check=True)
    assert api_calls.changing() == []
    done = options()
    assert predicted == done
    assert done["changed"] is True
    assert [item["changes"] for item in done["changed_buckets"]] == [["lifecycle rule"]] * 2
    assert options()["changed"] is False


def test_rules_of_others_are_kept(s3: Any) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket="raw", LifecycleConfiguration={"Rules": [THEIRS]})
    options(noncurrent_days=5, abort_multipart_days=6)
    theirs, ours = rules(s3)
    assert theirs["ID"] == "theirs"
    assert ours["ID"] == "terraglue-housekeeping"
    assert ours["NoncurrentVersionExpiration"] == {"NoncurrentDays": 5}
    assert ours["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 6}
    options(noncurrent_days=0, abort_multipart_days=0)
    assert [rule["ID"] for rule in rules(s3)] == ["theirs"]


def test_the_smallest_size_for_transitions_is_kept(s3: Any, api_calls: ApiCalls) -> None:
    minimum = "varies_by_storage_class"
    answer = {"Rules": [THEIRS], "TransitionDefaultMinimumObjectSize": minimum}
    api_calls.answer("GetBucketLifecycleConfiguration", answer)
    options(buckets=["raw"])
    put = dict(api_calls.made)["PutBucketLifecycleConfiguration"]
    assert put["TransitionDefaultMinimumObjectSize"] == minimum


def test_the_last_rule_goes_with_the_configuration(s3: Any, api_calls: ApiCalls) -> None:
    options()
    result = options(noncurrent_days=0, abort_multipart_days=0)
    assert result["diff"][0]["after"] == {}
    assert "DeleteBucketLifecycle" in api_calls.names()
    assert options(noncurrent_days=0, abort_multipart_days=0)["changed"] is False


def test_a_rule_that_was_disabled_is_mended(s3: Any) -> None:
    options()
    (ours,) = rules(s3)
    s3.put_bucket_lifecycle_configuration(
        Bucket="raw", LifecycleConfiguration={"Rules": [{**ours, "Status": "Disabled"}]}
    )
    assert [item["name"] for item in options()["changed_buckets"]] == ["raw"]
    assert rules(s3)[0]["Status"] == "Enabled"


def test_access_is_logged_elsewhere_and_never_to_itself(s3: Any) -> None:
    target = {"access_logging_target": {"bucket": "log"}}
    options(**target)
    logging = s3.get_bucket_logging(Bucket="raw")["LoggingEnabled"]
    assert (logging["TargetBucket"], logging["TargetPrefix"]) == ("log", "raw/")
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="log")
    assert options(**target)["changed"] is False


def test_logging_is_stopped_only_when_asked(s3: Any) -> None:
    options(access_logging_target={"bucket": "log"})
    assert options()["changed"] is False
    assert options(access_logging_target={"bucket": ""})["changed"] is True
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="raw")


def test_events_go_to_event_bridge_beside_the_queues_of_others(
    s3: Any, api_calls: ApiCalls
) -> None:
    options()
    found: dict[str, Any] = {"QueueConfigurations": [QUEUE]}
    api_calls.answer("GetBucketNotificationConfiguration", lambda parameters: dict(found), 100)

    def keep(parameters: dict[str, Any]) -> dict[str, Any]:
        assert parameters["SkipDestinationValidation"] is True
        found.clear()
        found.update(parameters["NotificationConfiguration"])
        return {}

    api_calls.answer("PutBucketNotificationConfiguration", keep, 100)
    assert options(buckets=["raw"], event_bridge=True)["changed"] is True
    assert found == {"QueueConfigurations": [QUEUE], "EventBridgeConfiguration": {}}
    assert options(buckets=["raw"], event_bridge=True)["changed"] is False
    assert options(buckets=["raw"])["changed"] is False
    result = options(buckets=["raw"], event_bridge=False)
    assert result["diff"][0]["before"] == {"event_bridge": True}
    assert found == {"QueueConfigurations": [QUEUE]}


def test_a_bucket_to_come_is_predicted_in_check_mode_alone(s3: Any, api_calls: ApiCalls) -> None:
    result = options(check=True, buckets=["raw", "to-come"])
    assert [item["name"] for item in result["changed_buckets"]] == ["raw", "to-come"]
    with pytest.raises(ModuleFailed, match="no bucket to-come"):
        options(buckets=["raw", "to-come"])
    assert api_calls.changing() == []


def test_negative_days_are_refused(s3: Any) -> None:
    with pytest.raises(ModuleFailed, match="negative"):
        options(noncurrent_days=-1)


def test_a_denial_names_action_and_bucket(s3: Any, api_calls: ApiCalls) -> None:
    api_calls.fail("PutBucketLifecycleConfiguration", "AccessDenied", "Access Denied")
    with pytest.raises(ModuleFailed, match="s3:PutLifecycleConfiguration on bucket raw"):
        options(buckets=["raw"])
