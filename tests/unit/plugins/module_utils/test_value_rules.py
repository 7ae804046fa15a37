# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule takes what AWS takes, and says what is wrong with the rest."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import value_rules as rules

KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALIAS_ARN = "arn:aws:kms:us-east-1:111122223333:alias/kms-glue-s3"
ROLE_ARN = "arn:aws:iam::111122223333:role/service-role/nightly"
POLICY_ARN = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole"

SOUND = [
    (rules.prefix, ["terraglue", "demo-two", "a1", "a--b"]),
    (
        rules.region,
        ["us-east-1", "us-gov-west-1", "ap-southeast-3", "cn-north-1", "eusc-de-east-1"],
    ),
    (rules.account, ["000000000000", "111122223333"]),
    (rules.s3_location, ["s3://bucket", "s3://bucket/", "s3://my.old-bucket/a/b/"]),
    (rules.role_name, ["terraglue-glue-execution-role", "a", "x" * 64, "A_b+=,.@-"]),
    (rules.policy_prefix, ["", "demo-"]),
    (
        rules.service,
        ["glue.amazonaws.com", "glue.amazonaws.com.cn", "states.us-east-1.amazonaws.com"],
    ),
    (rules.workgroup, ["sbx-analytics-workgroup", "primary-2", "a.b_c", "x" * 128]),
    (rules.database, ["sor_ecommerce_br", "2024", "x" * 255]),
    (rules.database_prefix, ["", "demo_two_"]),
    (rules.log_group, ["/aws-glue/jobs/nightly", "a#b.c"]),
    (rules.retention, [1, 365, 3653]),
    (rules.engine, ["AUTO", "Athena engine version 3"]),
    (rules.pending_window, [7, 30]),
    (rules.cutoff, [0, 10_000_000, 10**13]),
    (rules.alias, ["alias/kms-glue-s3", "alias/a/b_c", f"alias/{'x' * 250}"]),
    (rules.arn("role"), [ROLE_ARN, "arn:aws-us-gov:iam::111122223333:role/a"]),
    (rules.arn("policy"), [POLICY_ARN, "arn:aws-cn:iam::111122223333:policy/a"]),
    (rules.arn("key"), [KEY_ARN, "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234"]),
    (rules.arn("key or alias"), [KEY_ARN, ALIAS_ARN]),
    (rules.between(1, 3, "days"), [1, 2, 3]),
    (rules.at_least(1, "days"), [1, 1000]),
    (rules.one_of(["a", "b"]), ["a", "b"]),
    (rules.placeholders(["region"]), ["plain", "a-<region>", "1 < 2 > 0"]),
    (rules.bucket, ["abc", "x" * 63, "terraglue-sor-data-111122223333-us-east-1", "1-2-3"]),
    (rules.existing_bucket, ["my.old_Bucket", "abc"]),
]

FAULTY = [
    (
        rules.prefix,
        ["", "a", "1a", "Demo", "a_b", "demo-", "-demo", "a b", "a\n"],
        "cannot be a prefix",
    ),
    (rules.region, ["", "us-east", "useast1", "US-EAST-1", "us-east-1a", "eu_west_1"], "us-east-1"),
    (rules.account, ["0", "1234567890123", "my-account"], "12 digits"),
    (
        rules.s3_location,
        ["bucket/folder", "s3:/bucket", "s3://", "https://bucket"],
        "s3://bucket/folder/",
    ),
    (rules.role_name, ["", "x" * 65, "a b", "role/a"], "name of a role"),
    (rules.policy_prefix, ["a b", "x" * 65], "name of a policy"),
    (rules.service, ["glue", "glue.amazonaws.org", "arn:aws:iam::1:root"], "glue.amazonaws.com"),
    (rules.workgroup, ["", "primary", "a b", "x" * 129], "workgroup"),
    (rules.database, ["", "A", "a-b", "x" * 256], "lower-case"),
    (rules.database_prefix, ["demo-", "Demo_"], "lower-case"),
    (rules.log_group, ["", "a b", "aws/glue", "x" * 506], "log group"),
    (rules.retention, [0, 2, 364, 10000], "choose from 1, 3, 5"),
    (rules.engine, ["auto", "Athena engine version 2"], "choose from AUTO"),
    (rules.pending_window, [6, 31], "7 to 30 days"),
    (rules.cutoff, [1, 9_999_999, -1], "10000000"),
    (rules.alias, ["kms-glue-s3", ""], "does not begin with alias/"),
    (rules.alias, ["alias/aws/s3"], "alias/aws/"),
    (rules.alias, ["alias/", "alias/a b", f"alias/{'x' * 251}"], "characters that KMS refuses"),
    (rules.arn("role"), ["nightly", KEY_ARN, POLICY_ARN, "arn:aws:iam::1:role/a"], "ARN of a role"),
    (rules.arn("policy"), ["ReadOnlyAccess", ROLE_ARN], "ARN of a policy"),
    (rules.arn("key"), ["alias/a", ALIAS_ARN, ROLE_ARN, "1234abcd-12ab"], "ARN of a key"),
    (rules.arn("key or alias"), ["alias/a", ROLE_ARN], "ARN of a key or alias"),
    (rules.between(1, 3, "days"), [0, 4], "1 to 3 days"),
    (rules.at_least(1, "days"), [0, -1], "1 or more days"),
    (rules.one_of(["a", "b"]), ["c", ""], "choose from a, b"),
    (rules.placeholders(["region"]), ["a-<regoin>"], "<regoin>; known are <region>"),
    (rules.bucket, ["ab", "", "x" * 64], "S3 wants 3 to 63"),
    (rules.bucket, ["my.bucket"], "TLS fails"),
    (rules.bucket, ["192.168.5.4"], "IP address"),
    (rules.bucket, ["My-Bucket", "my_bucket", "my bucket", "a<b>c"], "lower-case letters"),
    (rules.bucket, ["-bucket", "bucket-"], "hyphen"),
    (rules.bucket, ["xn--bucket", "sthree-bucket", "amzn-s3-demo-bucket"], "keeps for itself"),
    (
        rules.bucket,
        ["bucket-s3alias", "bucket--ol-s3", "b--x-s3", "b--table-s3"],
        "keeps for itself",
    ),
    (rules.existing_bucket, ["s3://bucket", "bucket/folder", "a"], "without s3://"),
]


def _pairs(table: list) -> list:
    return [(rule, value, *rest) for rule, values, *rest in table for value in values]


@pytest.mark.parametrize(("rule", "value"), _pairs(SOUND))
def test_a_sound_value_is_taken(rule: rules.Rule, value: Any) -> None:
    assert rule(value) is None


@pytest.mark.parametrize(("rule", "value", "words"), _pairs(FAULTY))
def test_a_faulty_value_is_explained(rule: rules.Rule, value: Any, words: str) -> None:
    assert words in (rule(value) or "")


def test_an_alias_is_proposed() -> None:
    assert "write alias/my-key" in (rules.alias("my key") or "")


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"Team": "data", "cost-center": 42, "a/b:c@d+e=f_g.h": "", "Équipe": "été 2024"},
        {"x" * 128: "y" * 256},
        {f"tag{number}": "" for number in range(48)},
    ],
)
def test_sound_tags(tags: dict[str, Any]) -> None:
    assert rules.tags(tags) == {}


@pytest.mark.parametrize(
    ("tags", "name", "words"),
    [
        ({"aws:team": "a"}, "aws:team", "begins with aws:"),
        ({"AWS:team": "a"}, "AWS:team", "begins with aws:"),
        ({"terraglue:owner": "me"}, "terraglue:owner", "remove it"),
        ({"ManagedBy": "me"}, "ManagedBy", "remove it"),
        ({"": "a"}, "", "0 characters"),
        ({"x" * 129: "a"}, "x" * 129, "129 characters"),
        ({"a": "y" * 257}, "a", "257 characters"),
        ({"a": None}, "a", "no text"),
        ({"a": ["b"]}, "a", "no text"),
        ({"a": {"b": "c"}}, "a", "no text"),
        ({"a?": "b"}, "a?", "characters that AWS refuses"),
        ({"a": "b;c"}, "a", "characters that AWS refuses"),
        ({f"tag{number}": "" for number in range(49)}, "", "keep 48"),
    ],
)
def test_faulty_tags(tags: dict[str, Any], name: str, words: str) -> None:
    found = rules.tags(tags)
    assert list(found) == [name]
    assert words in found[name]


@pytest.mark.parametrize(
    ("name", "value"),
    [("OUTPUT_DB", "sot"), ("--conf", "a=b"), ("--extra-py-files", ""), ("_n", 5), ("n", 0.5)],
)
def test_sound_arguments(name: str, value: Any) -> None:
    assert rules.argument(name, value) is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("", "a", "name of an argument"),
        ("--", "a", "name of an argument"),
        ("-x", "a", "name of an argument"),
        ("A B", "a", "name of an argument"),
        ("A=B", "a", "name of an argument"),
        ("--JOB_NAME", "a", "keeps for itself"),
        ("mode", "a", "keeps for itself"),
        ("ENABLE", True, 'write "true" or "True"'),
        ("LIST", ["a"], "texts"),
        ("NOTHING", None, "texts"),
    ],
)
def test_faulty_arguments(name: str, value: Any, words: str) -> None:
    assert words in (rules.argument(name, value) or "")
