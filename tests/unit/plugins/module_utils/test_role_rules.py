# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of each role, with as few inputs as a rule needs; what is not given is not judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.terraglue.aws.plugins.module_utils import role_rules
from ansible_collections.terraglue.aws.plugins.module_utils.data_check import Depth
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.role_rules import Inputs, judge
from ansible_collections.terraglue.aws.plugins.module_utils.table_options import Choices

KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd"
ALIAS_ARN = "arn:aws:kms:us-east-1:111122223333:alias/kms-glue-s3"
ROLE_ARN = "arn:aws:iam::111122223333:role/nightly"
ROLES_DIR = Path(role_rules.__file__).parents[2] / "roles"

# role, inputs, where, words of the message
FAULTY: list[tuple[str, dict[str, Any], str, str]] = [
    ("target", {"terraglue_prefix": "Demo"}, "terraglue_prefix='Demo'", "cannot be a prefix"),
    ("target", {"terraglue_prefix": ""}, "terraglue_prefix=''", "cannot be a prefix"),
    ("target", {"terraglue_region": "us-east"}, "terraglue_region='us-east'", "like a region"),
    ("target", {"terraglue_kms_alias": "a"}, "terraglue_kms_alias='a'", "write alias/a"),
    ("target", {"terraglue_tags": {"aws:a": "b"}}, "terraglue_tags.aws:a='b'", "begins with aws:"),
    (
        "storage",
        {"storage_buckets": {"sor": "My_Data"}},
        "storage_buckets.sor='My_Data'",
        "lower-case",
    ),
    ("storage", {"storage_buckets": {"sor": "a.b.c"}}, "storage_buckets.sor='a.b.c'", "TLS"),
    ("storage", {"storage_buckets": {"sor": None}}, "storage_buckets.sor=None", "lower-case"),
    (
        "storage",
        {"storage_buckets": {"sor": "data-<acount_id>"}},
        "storage_buckets.sor='data-<acount_id>'",
        "nothing stands for the placeholder <acount_id>; known are <account_id>, <region>",
    ),
    (
        "storage",
        {"storage_buckets": {"sor": "data-<region>-S"}},
        "storage_buckets.sor='data-<region>-S'",
        "(it becomes data-ap-southeast-1-S)",
    ),
    (
        "storage",
        {"storage_buckets": {"sor": "terraglue-data", "sot": "<prefix>-data"}},
        "storage_buckets.sot='<prefix>-data'",
        "is also the name of storage_buckets.sor",
    ),
    (
        "storage",
        {
            "storage_buckets": {"sor": "logs-of-it"},
            "storage_access_logs": True,
            "storage_access_logs_bucket": "logs-of-it",
        },
        "storage_access_logs_bucket='logs-of-it'",
        "is also the name of storage_buckets.sor",
    ),
    (
        "storage",
        {"storage_buckets": {"sor": "a" * 50 + "-<region>"}},
        f"storage_buckets.sor='{'a' * 50}-<region>'",
        "has 65 characters; S3 wants 3 to 63",
    ),
    (
        "storage",
        {
            "storage_prefix": "a-very-long-prefix",
            "storage_buckets": {
                "athena": "<prefix>-athena-query-results-<account_id>-<region>",
                "sor": "<prefix>-sor-data-<account_id>-<region>",
            },
        },
        "storage_prefix='a-very-long-prefix'",
        "Shorten it to 14 or fewer",
    ),
    (
        "storage",
        {"storage_buckets": {"sor": "my-data"}, "storage_existing_buckets": {"raw": "our-raw"}},
        "storage_existing_buckets.raw='our-raw'",
        "'raw' is no key of storage_buckets; choose from sor",
    ),
    (
        "storage",
        {
            "storage_buckets": {"sor": "my-data"},
            "storage_existing_buckets": {"sor": "s3://our-raw"},
        },
        "storage_existing_buckets.sor='s3://our-raw'",
        "without s3://",
    ),
    (
        "storage",
        {
            "storage_buckets": {"sor": "my-data"},
            "storage_upload": True,
            "storage_upload_bucket": "raw",
        },
        "storage_upload_bucket='raw'",
        "choose from sor",
    ),
    (
        "storage",
        {"storage_kms_key_arn": "abc"},
        "storage_kms_key_arn='abc'",
        "ARN of a key or alias",
    ),
    ("storage", {"storage_noncurrent_days": 0}, "storage_noncurrent_days=0", "1 or more days"),
    (
        "storage",
        {"storage_abort_multipart_days": 0},
        "storage_abort_multipart_days=0",
        "1 or more days",
    ),
    (
        "storage",
        {"storage_upload": True, "storage_data_dir": ""},
        "storage_data_dir=''",
        "names nothing",
    ),
    ("storage", {"storage_tags": {"a": None}}, "storage_tags.a=None", "no text"),
    ("catalog", {"catalog_data_dir": "no/such/folder"}, "no/such/folder", "does not exist"),
    ("catalog", {"catalog_data_location": "bucket"}, "catalog_data_location='bucket'", "s3://"),
    (
        "catalog",
        {"catalog_database_prefix": "Demo-"},
        "catalog_database_prefix='Demo-'",
        "lower-case",
    ),
    (
        "catalog",
        {"catalog_databases": [{"name": "fine"}, {"name": "Sales Data"}]},
        "catalog_databases[1].name='Sales Data'",
        "name of a database",
    ),
    (
        "catalog",
        {"catalog_databases": [{"name": "a"}, {"name": "a"}]},
        "catalog_databases[1].name='a'",
        "twice",
    ),
    (
        "catalog",
        {"catalog_databases": [{"name": "a", "location": "bucket"}]},
        "catalog_databases[0].location='bucket'",
        "s3://",
    ),
    (
        "catalog",
        {"catalog_database_prefix": "x" * 128, "catalog_databases": [{"name": "y" * 128}]},
        f"catalog_databases[0].name='{'y' * 128}'",
        "1 to 255",
    ),
    (
        "catalog",
        {"catalog_workgroup": True, "catalog_workgroup_name": "my group"},
        "catalog_workgroup_name='my group'",
        "name of a workgroup",
    ),
    (
        "catalog",
        {"catalog_workgroup": True, "catalog_bytes_scanned_cutoff": 1000},
        "catalog_bytes_scanned_cutoff=1000",
        "10000000 bytes",
    ),
    (
        "catalog",
        {"catalog_workgroup": True, "catalog_engine_version": "2"},
        "catalog_engine_version='2'",
        "Athena engine version 3",
    ),
    (
        "catalog",
        {"catalog_workgroup": True, "catalog_results_location": "results"},
        "catalog_results_location='results'",
        "s3://",
    ),
    (
        "catalog",
        {"catalog_workgroup": True, "catalog_results_bucket_owner": "0"},
        "catalog_results_bucket_owner='0'",
        "in quotes",
    ),
    (
        "catalog",
        {"catalog_workgroup": True, "catalog_kms_key_arn": "abc"},
        "catalog_kms_key_arn='abc'",
        "ARN of a key",
    ),
    ("iam", {"iam_role_arn": "nightly"}, "iam_role_arn='nightly'", "ARN of a role"),
    ("iam", {"iam_role_name": "my role"}, "iam_role_name='my role'", "name of a role"),
    ("iam", {"iam_role_name": "<name>"}, "iam_role_name='<name>'", "placeholder <name>"),
    (
        "iam",
        {"iam_prefix": "shop", "iam_role_name": "<prefix>-" + "r" * 60},
        f"iam_role_name='<prefix>-{'r' * 60}'",
        f"(it becomes shop-{'r' * 60}, of 65 characters)",
    ),
    ("iam", {"iam_policy_prefix": "a b"}, "iam_policy_prefix='a b'", "name of a policy"),
    ("iam", {"iam_buckets": {"sor": "<sor>"}}, "iam_buckets.sor='<sor>'", "placeholder <sor>"),
    (
        "iam",
        {"iam_policy_variables": {"a": "<b>"}},
        "iam_policy_variables.a='<b>'",
        "placeholder <b>",
    ),
    ("iam", {"iam_kms_alias": "kms"}, "iam_kms_alias='kms'", "alias/kms"),
    ("iam", {"iam_database_prefix": "A"}, "iam_database_prefix='A'", "lower-case"),
    (
        "iam",
        {"iam_role_trust_services": ["glue"]},
        "iam_role_trust_services[0]='glue'",
        "amazonaws",
    ),
    (
        "iam",
        {"iam_role_max_session_duration": 60},
        "iam_role_max_session_duration=60",
        "3600 to 43200",
    ),
    (
        "iam",
        {"iam_role_permissions_boundary": "PowerUser"},
        "iam_role_permissions_boundary='PowerUser'",
        "ARN of a policy",
    ),
    (
        "iam",
        {"iam_role_managed_policy_arns": ["arn:aws:iam::aws:policy/A", "B"]},
        "iam_role_managed_policy_arns[1]='B'",
        "ARN of a policy",
    ),
    ("kms", {"kms_key_arn": ALIAS_ARN}, f"kms_key_arn='{ALIAS_ARN}'", "ARN of a key"),
    ("kms", {"kms_alias": "kms-glue"}, "kms_alias='kms-glue'", "does not begin with alias/"),
    (
        "kms",
        {"kms_alias": "alias/aws/glue"},
        "kms_alias='alias/aws/glue'",
        "keeps for its own keys",
    ),
    ("kms", {"kms_pending_window": 3}, "kms_pending_window=3", "7 to 30 days"),
    (
        "kms",
        {"kms_key_spec": "AES_256", "kms_key_usage": "ENCRYPT_DECRYPT"},
        "kms_key_spec='AES_256'",
        "SYMMETRIC_DEFAULT",
    ),
    (
        "kms",
        {"kms_key_spec": "RSA_2048", "kms_key_usage": "SIGN_VERIFY", "kms_rotation": True},
        "kms_rotation=True",
        "set it to false",
    ),
    (
        "kms",
        {"kms_policy_variables": {"a": "<b>"}},
        "kms_policy_variables.a='<b>'",
        "placeholder <b>",
    ),
    ("glue", {"glue_job_name": ""}, "glue_job_name=''", "1 to 255 characters"),
    (
        "glue",
        {"glue_trigger": True, "glue_trigger_name": "a\nb"},
        "glue_trigger_name='a b'",
        "without line breaks",
    ),
    (
        "glue",
        {"glue_security_configuration": True, "glue_security_configuration_name": ""},
        "glue_security_configuration_name=''",
        "1 to 255 characters",
    ),
    (
        "glue",
        {"glue_log_groups": True, "glue_log_group_prefix": "/a b"},
        "glue_log_group_prefix='/a b'",
        "log group",
    ),
    (
        "glue",
        {"glue_log_groups": True, "glue_log_retention_days": 100},
        "glue_log_retention_days=100",
        "choose from 1, 3",
    ),
    ("glue", {"glue_bucket": "s3://assets"}, "glue_bucket='s3://assets'", "without s3://"),
    ("glue", {"glue_role_arn": "nightly"}, "glue_role_arn='nightly'", "ARN of a role"),
    (
        "glue",
        {"glue_kms_key_arn": "nightly"},
        "glue_kms_key_arn='nightly'",
        "ARN of a key or alias",
    ),
    ("glue", {"glue_version": "2.0"}, "glue_version='2.0'", "end of life"),
    ("glue", {"glue_worker_type": "G.3X"}, "glue_worker_type='G.3X'", "no worker type"),
    (
        "glue",
        {"glue_worker_type": "G.12X", "glue_version": "3.0"},
        "glue_worker_type='G.12X'",
        "need Glue 4.0",
    ),
    (
        "glue",
        {"glue_worker_type": "G.1X", "glue_number_of_workers": 1},
        "glue_number_of_workers=1",
        "too few",
    ),
    ("glue", {"glue_timeout": 0}, "glue_timeout=0", "out of range"),
    ("glue", {"glue_max_retries": -1}, "glue_max_retries=-1", "0 or more"),
    ("glue", {"glue_max_concurrent_runs": 0}, "glue_max_concurrent_runs=0", "1 or more runs"),
    ("glue", {"glue_notify_delay_after": -5}, "glue_notify_delay_after=-5", "0 or more minutes"),
    ("glue", {"glue_extra_py_files": ["lib.zip"]}, "glue_extra_py_files[0]='lib.zip'", "s3://"),
    (
        "glue",
        {"glue_job_arguments": {"A B": "c"}},
        "glue_job_arguments.A B='c'",
        "name of an argument",
    ),
    (
        "glue",
        {"glue_default_arguments": {"--on": True}},
        "glue_default_arguments.--on=True",
        '"true"',
    ),
    (
        "glue",
        {"glue_trigger": True, "glue_trigger_schedule": "0 21 * * ? *"},
        "glue_trigger_schedule='0 21 * * ? *'",
        "has the form cron(...)",
    ),
    (
        "glue",
        {"glue_app_dir": "no/such/folder", "glue_app_patterns": [], "glue_script": "a.py"},
        "no/such/folder",
        "does not exist",
    ),
]

SOUND: list[tuple[str, dict[str, Any]]] = [
    ("target", {"terraglue_prefix": "demo", "terraglue_region": "", "terraglue_kms_alias": ""}),
    (
        "storage",
        {
            "storage_prefix": "demo",
            "storage_buckets": {
                "sor": "<prefix>-<account_id>-<region>-<partition>",
                "bad": "Not.Made",
            },
            "storage_existing_buckets": {"bad": "Our_Old.Bucket"},
            "storage_upload": False,
            "storage_upload_bucket": "none",
            "storage_data_dir": "",
            "storage_access_logs": False,
            "storage_access_logs_bucket": "Not.Made",
            "storage_kms_key_arn": ALIAS_ARN,
        },
    ),
    (
        "catalog",
        {
            "catalog_workgroup": False,
            "catalog_workgroup_name": "not made",
            "catalog_bytes_scanned_cutoff": 1,
            "catalog_databases": [{"name": "a", "location": "s3://bucket/c/", "description": None}],
        },
    ),
    (
        "iam",
        {
            "iam_role_arn": ROLE_ARN,
            "iam_role_name": "not made",
            "iam_create_policies": False,
            "iam_policies_dir": "none",
            "iam_role_max_session_duration": 1,
        },
    ),
    # What buckets there are is a fault of its own, or not known yet.
    ("storage", {"storage_upload": True, "storage_upload_bucket": "raw"}),
    ("storage", {"storage_existing_buckets": {"raw": "our-raw"}}),
    ("kms", {"kms_key_arn": KEY_ARN, "kms_alias": "not-made", "kms_policy_file": "none"}),
    (
        "kms",
        {
            "kms_key_spec": "SYMMETRIC_DEFAULT",
            "kms_key_usage": "ENCRYPT_DECRYPT",
            "kms_rotation": True,
        },
    ),
    (
        "glue",
        {
            "glue_trigger": False,
            "glue_trigger_schedule": "never",
            "glue_log_groups": False,
            "glue_log_retention_days": 2,
            "glue_kms_key_arn": ALIAS_ARN,
            "glue_job_arguments": {"NUM_PARTITIONS": 5, "--PARTITION_FORMAT": "%Y%m%d"},
        },
    ),
    ("local_aws", {"local_aws_port": 4566}),
]


@pytest.mark.parametrize(("role", "values", "where", "words"), FAULTY)
def test_a_faulty_input(role: str, values: dict[str, Any], where: str, words: str) -> None:
    (fault,) = judge(Inputs(role, values))
    shown = where if len(where) < 100 else fault.where
    assert fault.where == shown
    assert words in fault.message
    assert fault.message.endswith(".")


@pytest.mark.parametrize(("role", "values"), SOUND)
def test_sound_inputs(role: str, values: dict[str, Any]) -> None:
    assert judge(Inputs(role, values)) == []


def test_nothing_is_judged_without_values() -> None:
    for role in role_rules.ROLES:
        assert judge(Inputs(role, {})) == []


@pytest.mark.parametrize(
    ("role", "values", "count"),
    [
        ("storage", {"storage_noncurrent_days": 0, "storage_tags": {"aws:a": "b"}}, 0),
        ("storage", {"storage_prefix": "A", "storage_buckets": {"sor": "A"}}, 2),
        ("catalog", {"catalog_data_dir": "none", "catalog_workgroup": True}, 0),
        ("catalog", {"catalog_workgroup_name": "a b", "catalog_workgroup": True}, 1),
        ("iam", {"iam_create_policies": True, "iam_policies_dir": "none"}, 0),
        ("kms", {"kms_policy_file": "none", "kms_pending_window": 31, "kms_alias": "a"}, 2),
        ("glue", {"glue_app_dir": "none", "glue_timeout": 0, "glue_job_name": ""}, 1),
    ],
)
def test_what_is_to_be_absent_is_judged_by_its_names(
    role: str, values: dict[str, Any], count: int
) -> None:
    assert len(judge(Inputs(role, {**values, f"{role}_state": "absent"}))) == count


def test_a_faulty_prefix_is_one_fault() -> None:
    values = {
        "storage_prefix": "Demo_1",
        "storage_buckets": {"sor": "<prefix>-sor-<account_id>", "sot": "<prefix>-sot-<account_id>"},
    }
    faults = judge(Inputs("storage", values, sources={"storage_prefix": "terraglue_prefix"}))
    assert [fault.where for fault in faults] == ["terraglue_prefix='Demo_1'"]


def test_a_prefix_has_the_room_that_account_and_region_leave() -> None:
    values = {
        "storage_prefix": "fifteen-letters",
        "storage_buckets": {"athena": "<prefix>-athena-query-results-<account_id>-<region>"},
    }
    assert judge(Inputs("storage", values, region="us-east-1")) == []
    (fault,) = judge(Inputs("storage", values, region="ap-southeast-1"))
    assert "has 15 characters" in fault.message
    assert "Shorten it to 14 or fewer" in fault.message
    fits = {**values, "storage_prefix": "x" * 14}
    assert judge(Inputs("storage", fits, region="ap-southeast-1")) == []


@pytest.mark.parametrize(
    ("role", "values", "options"),
    [
        ("catalog", {}, ["catalog_data_location"]),
        (
            "catalog",
            {"catalog_workgroup": True},
            ["catalog_data_location", "catalog_results_location"],
        ),
        ("glue", {}, ["glue_bucket", "glue_role_arn"]),
        (
            "glue",
            {"glue_security_configuration": True, "glue_s3_encryption_mode": "SSE-KMS"},
            ["glue_bucket", "glue_role_arn", "glue_kms_key_arn"],
        ),
        (
            "glue",
            {"glue_security_configuration": True, "glue_s3_encryption_mode": "SSE-S3"},
            ["glue_bucket", "glue_role_arn"],
        ),
    ],
)
def test_what_a_role_needs_by_the_time_it_runs(
    role: str, values: dict[str, Any], options: list[str]
) -> None:
    values = {**values, "glue_security_configuration_name": "a"}
    faults = judge(Inputs(role, values, within=True))
    assert [fault.where for fault in faults] == options
    assert all("is empty, but is needed" in fault.message for fault in faults)
    assert judge(Inputs(role, values)) == []


def _policy(*resources: str) -> str:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": list(resources)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=1)


def test_policies_know_their_placeholders(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        _policy("<partition>:<sor_bucket>", "<account_id>/<region>/<prefix>")
    )
    values = {
        "iam_create_policies": True,
        "iam_policies_dir": str(tmp_path),
        "__iam_policy_variables": {"sor_bucket": "<prefix>-sor"},
    }
    assert judge(Inputs("iam", values)) == []
    del values["__iam_policy_variables"]
    (fault,) = judge(Inputs("iam", values))
    assert "<sor_bucket>" in fault.message


def test_a_policy_weighs_what_it_weighs_filled_in(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(_policy(*["<wide>"] * 60))
    values = {
        "iam_create_policies": True,
        "iam_policies_dir": str(tmp_path),
        "__iam_policy_variables": {"wide": "x" * 100},
    }
    (fault,) = judge(Inputs("iam", values))
    assert "AWS takes 6144" in fault.message


def test_a_key_has_a_limit_of_its_own(tmp_path: Path) -> None:
    document = json.loads(_policy(*["*" * 100] * 100))
    document["Statement"][0]["Principal"] = {"AWS": "<root>"}
    (tmp_path / "key.json").write_text(json.dumps(document))
    values = {
        "kms_policy_file": str(tmp_path / "key.json"),
        "__kms_policy_variables": {"root": "a"},
    }
    assert judge(Inputs("kms", values)) == []


def test_the_data_folder_is_read_by_whoever_is_asked() -> None:
    asked = []

    def check_data(folder: str, choices: Choices, depth: Depth) -> list[Fault]:
        asked.append((folder, choices.general.encoding, depth))
        return [Fault(folder, "wrong.")]

    values = {
        "storage_upload": True,
        "storage_data_dir": "data/../data",
        "storage_data_encoding": "latin-1",
    }
    assert judge(Inputs("storage", values, check_data=check_data)) == [Fault("data", "wrong.")]
    values = {"catalog_data_dir": "data"}
    for every_value in (False, True):
        judge(Inputs("catalog", values, check_data=check_data, every_value=every_value))
    # What is uploaded is read to its last byte; the catalog is made of heads.
    assert asked == [
        ("data", "latin-1", Depth.BYTES),
        ("data", "", Depth.HEADS),
        ("data", "", Depth.VALUES),
    ]


@pytest.mark.parametrize(
    ("values", "where", "words"),
    [
        ({"catalog_data_delimiter": "||"}, "catalog_data_delimiter='||'", "one character"),
        ({"catalog_data_quote": ""}, "catalog_data_quote=''", "one character"),
        ({"catalog_data_encoding": "klingon"}, "catalog_data_encoding='klingon'", "latin-1"),
        ({"catalog_sample_rows": -1}, "catalog_sample_rows=-1", "whole number"),
        (
            {"catalog_data_tables": {"a.b": {"quote": "xx"}}},
            "catalog_data_tables['a.b'].quote",
            "one character",
        ),
        (
            {"catalog_method": "athena", "catalog_workgroup": False},
            "catalog_method='athena'",
            "needs a workgroup",
        ),
    ],
)
def test_choices_for_the_data(values: dict[str, Any], where: str, words: str) -> None:
    (fault,) = judge(Inputs("catalog", values))
    assert fault.where == where
    assert words in fault.message


def test_a_path_is_shown_from_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert role_rules.readable(str(tmp_path / "data")) == "data"
    assert role_rules.readable(str(tmp_path / "roles" / ".." / "data")) == "data"
    assert role_rules.readable("/elsewhere/data") == "/elsewhere/data"


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "'a'"), ("a\nb", "'a b'"), (5, "5"), ("x" * 100, f"'{'x' * 75}...'"), ([1], "[1]")],
)
def test_values_in_messages_are_short(value: Any, text: str) -> None:
    assert role_rules.shown(value) == text


@pytest.mark.parametrize("role", role_rules.ROLES)
def test_every_input_that_is_judged_is_an_input(role: str) -> None:
    """No rule looks for a name that the role does not have (any more)."""
    spec = yaml.safe_load((ROLES_DIR / role / "meta" / "argument_specs.yml").read_text())
    options = set(spec["argument_specs"]["main"]["options"]) | {"storage_result"}
    asked: set[str] = set()

    class Recorder(dict):
        def get(self, key: str, default: Any = None) -> Any:
            asked.add(key)
            return default

    rules = role_rules.ROLES[role]
    for check in (*rules.always, *rules.present):
        list(check(Inputs(role, Recorder())))
    private = set(rules.variables)
    assert {name for name in asked if not name.startswith("__")} <= options | {f"{role}_prefix"}
    assert {name for name in asked if name.startswith("__")} <= private
