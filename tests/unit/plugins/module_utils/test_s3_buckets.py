# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What buckets should be, pure: names, drift, housekeeping."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import s3_buckets as subject

SETTINGS = subject.Settings(
    kms_key_arn="arn:key",
    bucket_key=True,
    versioning=True,
    tls_only=True,
    tags={},
    purge_tags=False,
)


@pytest.mark.parametrize(
    "name", ["ab", "x" * 64, "Upper-case", "under_score", "-dash", "dash-", ".dot", "two..dots"]
)
def test_names_that_s3_refuses(name: str) -> None:
    assert "raw" in subject.name_faults({"raw": name})[0]


def test_good_names_and_two_of_one() -> None:
    assert subject.name_faults({"a": "shop-raw-123456789012-us-east-1", "b": "1.2-x"}) == []
    assert "a, b" in subject.name_faults({"a": "same", "b": "same", "c": "other"})[0]


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        (None, None),
        ({}, None),
        (
            {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}},
            {"algorithm": "AES256", "kms_key_id": None, "bucket_key": False},
        ),
        (
            {
                "ApplyServerSideEncryptionByDefault": {
                    "SSEAlgorithm": "aws:kms",
                    "KMSMasterKeyID": "arn:key",
                },
                "BucketKeyEnabled": True,
                "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
            },
            {"algorithm": "aws:kms", "kms_key_id": "arn:key", "bucket_key": True},
        ),
    ],
)
def test_encryption_in_our_words(rule: Any, state: Any) -> None:
    assert subject.encryption_state(rule) == state


def actual(**differing: Any) -> dict[str, Any]:
    return {**subject.wanted_state("b", SETTINGS, "aws"), **differing}


@pytest.mark.parametrize(
    ("versioning", "found", "drifts"),
    [
        (True, "Enabled", False),
        (True, "Suspended", True),
        (True, None, True),
        (False, "Enabled", True),
        (False, "Suspended", False),
        (False, None, False),
    ],
)
def test_versioning_is_on_or_not(versioning: bool, found: str | None, drifts: bool) -> None:
    wanted = subject.wanted_state("b", SETTINGS._replace(versioning=versioning), "aws")
    change = subject.bucket_drift(wanted, actual(versioning=found), False)
    assert bool(change["after"]) is drifts


def test_the_managed_key_is_wanted_where_no_key_is_named() -> None:
    wanted = subject.wanted_state("b", SETTINGS._replace(kms_key_arn=None), "aws")
    change = subject.bucket_drift(wanted, actual(), False)
    assert change == {
        "before": {"encryption": {"kms_key_id": "arn:key"}},
        "after": {"encryption": {}},
    }


def test_a_bucket_of_logs_has_no_key() -> None:
    wanted = subject.wanted_state("b", SETTINGS, "aws", "123456789012")
    assert wanted["encryption"] == {"algorithm": "AES256", "kms_key_id": None}
    item = subject.to_change("log", "b", "aws", wanted, ["create"], "absent")
    assert (item["encryption"], item["kms_key_id"], item["bucket_key"]) == ("AES256", None, None)


def test_no_policy_is_spelled_as_the_module_that_acts_spells_it() -> None:
    wanted = subject.wanted_state("b", SETTINGS._replace(tls_only=False), "aws")
    assert subject.to_change("a", "b", "aws", wanted, [], "present")["policy"] == "null"


OPTIONS = subject.Options(
    noncurrent_days=2,
    abort_multipart_days=3,
    logging_bucket=None,
    logging_prefix="<bucket>/",
    event_bridge=None,
)


def test_the_housekeeping_rule() -> None:
    rule = subject.housekeeping_rule(OPTIONS)
    assert rule == {
        "ID": "terraglue-housekeeping",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 2},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3},
    }
    assert (
        subject.housekeeping_rule(OPTIONS._replace(noncurrent_days=0, abort_multipart_days=0))
        is None
    )


def test_rules_of_others_stay() -> None:
    others = [{"ID": "theirs"}, {"Prefix": "unnamed"}]
    ours = {"ID": subject.HOUSEKEEPING, "Status": "Disabled"}
    wanted = subject.housekeeping_rule(OPTIONS)
    assert subject.lifecycle_with([others[0], ours, others[1]], wanted) == [*others, wanted]
    assert subject.lifecycle_with([ours], None) == []


@pytest.mark.parametrize(
    ("differing", "differs"),
    [
        ({}, False),
        ({"Filter": {}}, False),
        ({"Filter": None, "Prefix": ""}, False),
        ({"Filter": {"Prefix": "tmp/"}}, True),
        ({"Filter": {"Tag": {"Key": "a", "Value": "b"}}}, True),
        ({"Status": "Disabled"}, True),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}, True),
        (
            {"NoncurrentVersionExpiration": {"NoncurrentDays": 2, "NewerNoncurrentVersions": 1}},
            True,
        ),
        ({"Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}, True),
    ],
)
def test_any_difference_of_our_rule_counts(differing: dict[str, Any], differs: bool) -> None:
    wanted = subject.housekeeping_rule(OPTIONS)
    assert wanted is not None
    found = {key: item for key, item in {**wanted, **differing}.items() if item is not None}
    assert subject.rule_differs(found, wanted) is differs


def test_a_rule_that_is_missing_or_not_wanted() -> None:
    wanted = subject.housekeeping_rule(OPTIONS)
    assert subject.rule_differs(None, wanted)
    assert subject.rule_differs(wanted, None)
    assert not subject.rule_differs(None, None)


@pytest.mark.parametrize(
    ("bucket", "target"),
    [
        (None, None),
        ("", None),
        ("raw", None),
        ("logs", {"TargetBucket": "logs", "TargetPrefix": "raw/"}),
    ],
)
def test_where_access_is_logged(bucket: str | None, target: Any) -> None:
    assert subject.logging_target("raw", OPTIONS._replace(logging_bucket=bucket)) == target
