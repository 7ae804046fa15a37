# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module iam_role_plan against policies and roles in memory, drift by drift."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.terraglue.aws.plugins.modules import iam_role_plan
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    REGION,
    ApiCalls,
    ModuleFailed,
    run_module,
)

pytestmark = pytest.mark.usefixtures("aws", "no_pauses")

ROLE = "shop-job-role"
HERE = "arn:aws:iam::123456789012:policy/"
TAGS = {"terraglue:owner": "shop", "ManagedBy": "terraglue.aws"}
OPEN = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Open", "Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@pytest.fixture
def iam(api_calls: ApiCalls) -> Any:
    return boto3.client("iam", REGION)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, action in (("logs", "logs:PutLogEvents"), ("s3", "s3:GetObject")):
        statement = {"Sid": "One", "Effect": "Allow", "Action": action, "Resource": "<raw>"}
        write(tmp_path / f"{name}.json", {"Version": "2012-10-17", "Statement": [statement]})
    return tmp_path


def write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def plan(folder: Path) -> Callable[..., dict[str, Any]]:
    def run(check: bool = False, **options: Any) -> dict[str, Any]:
        args = {
            "policies_dir": str(folder),
            "policy_prefix": "<prefix>-",
            "variables": {"raw": "arn:<partition>:s3:::<prefix>-raw/*"},
            "role_name": "<prefix>-job-role",
            "description": "Role of the job",
            "prefix": "shop",
            "owner": "shop",
            **options,
        }
        return run_module(iam_role_plan, args, check)

    return run


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def make(iam: Any, result: dict[str, Any]) -> None:
    """Do what the modules of amazon.aws would do to make all that is new."""
    for item in result["policies_to_change"]:
        iam.create_policy(
            PolicyName=item["name"], PolicyDocument=item["policy"], Tags=tag_list(item["tags"])
        )
    role = result["role_to_change"]
    iam.create_role(
        RoleName=role["name"],
        Description=role["description"],
        MaxSessionDuration=role["max_session_duration"],
        AssumeRolePolicyDocument=role["assume_role_policy_document"],
        Tags=tag_list(role["tags"]),
    )
    for arn in role["managed_policies"]:
        iam.attach_role_policy(RoleName=role["name"], PolicyArn=arn)


def someones(iam: Any, name: str, tags: dict[str, str], attach: bool = True) -> str:
    """A policy that has no file, on our role."""
    made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(OPEN), Tags=tag_list(tags))
    if attach:
        iam.attach_role_policy(RoleName=ROLE, PolicyArn=made["Policy"]["Arn"])
    return made["Policy"]["Arn"]


@pytest.fixture
def made(plan: Any, iam: Any, api_calls: ApiCalls) -> dict[str, Any]:
    """Policies and role as they should be; what the plan said about them."""
    result = plan()
    make(iam, result)
    api_calls.clear()
    return result


def test_nothing_there_in_check_mode_lists_all_of_it(plan: Any, api_calls: ApiCalls) -> None:
    result = plan(check=True)
    assert result["changed"] is True
    assert result["policy_arns"] == [HERE + "shop-logs", HERE + "shop-s3"]
    assert result["role_arn"] == f"arn:aws:iam::123456789012:role/{ROLE}"
    assert [item["changes"] for item in result["policies_to_change"]] == [["create"], ["create"]]
    document = json.loads(result["policies_to_change"][1]["policy"])
    assert document["Statement"][0]["Resource"] == "arn:aws:s3:::shop-raw/*"
    role = result["role_to_change"]
    assert role["managed_policies"] == result["policy_arns"]
    assert role["tags"] == TAGS
    trust = json.loads(role["assume_role_policy_document"])["Statement"][0]
    assert trust["Principal"] == {"Service": ["glue.amazonaws.com"]}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert result["to_change"] == ["shop-logs", "shop-s3", ROLE]
    assert len(result["diff"]) == 3
    assert api_calls.changing() == []


@pytest.mark.parametrize("check", [True, False])
def test_what_is_as_wanted_needs_nothing(plan: Any, made: Any, check: bool) -> None:
    result = plan(check)
    assert result["changed"] is False
    assert (result["to_change"], result["to_remove"]) == ([], [])
    assert result["inline_policies_to_remove"] == []


def test_outside_check_mode_the_plan_itself_changes_nothing(plan: Any, iam: Any, made: Any) -> None:
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=HERE + "shop-s3")
    result = plan()
    assert (result["changed"], result["to_change"]) == (False, [ROLE])


DRIFTS: dict[str, tuple[Callable[[Any], Any], list[str], list[str]]] = {
    "a policy edited": (
        lambda iam: iam.create_policy_version(
            PolicyArn=HERE + "shop-s3", PolicyDocument=json.dumps(OPEN), SetAsDefault=True
        ),
        ["document"],
        [],
    ),
    "a policy's tag removed": (
        lambda iam: iam.untag_policy(PolicyArn=HERE + "shop-s3", TagKeys=["ManagedBy"]),
        ["tags"],
        [],
    ),
    "a policy detached": (
        lambda iam: iam.detach_role_policy(RoleName=ROLE, PolicyArn=HERE + "shop-s3"),
        [],
        ["attached policies"],
    ),
    "a policy of someone attached": (
        lambda iam: someones(iam, "theirs", {}),
        [],
        ["attached policies"],
    ),
    "trust edited": (
        lambda iam: iam.update_assume_role_policy(
            RoleName=ROLE,
            PolicyDocument=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "glue.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
        ),
        [],
        ["trust policy"],
    ),
    "role described otherwise": (
        lambda iam: iam.update_role(RoleName=ROLE, Description="x", MaxSessionDuration=3600),
        [],
        ["description"],
    ),
    "longer sessions": (
        lambda iam: iam.update_role(
            RoleName=ROLE, Description="Role of the job", MaxSessionDuration=7200
        ),
        [],
        ["max session duration"],
    ),
    "a role's tag removed": (
        lambda iam: iam.untag_role(RoleName=ROLE, TagKeys=["ManagedBy"]),
        [],
        ["tags"],
    ),
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_each_drift_is_named_and_nothing_else(plan: Any, iam: Any, made: Any, drift: str) -> None:
    change, of_policy, of_role = DRIFTS[drift]
    change(iam)
    result = plan(check=True)
    assert result["changed"] is True
    said = {item["name"]: item["changes"] for item in result["policies_to_change"]}
    assert said == ({"shop-s3": of_policy} if of_policy else {})
    assert (result["role_to_change"] or {"changes": []})["changes"] == of_role
    (entry,) = result["diff"]
    touched = {*entry["before"], *entry["after"]}
    assert touched == {word.replace(" ", "_") for word in of_policy + of_role}
    assert result["policies_to_remove"] == []


def test_an_embedded_policy_goes_without_touching_the_role(plan: Any, iam: Any, made: Any) -> None:
    iam.put_role_policy(RoleName=ROLE, PolicyName="in", PolicyDocument=json.dumps(OPEN))
    result = plan(check=True)
    assert result["changed"] is True
    assert result["inline_policies_to_remove"] == ["in"]
    assert result["role_to_change"] is None
    assert result["diff"][0]["before"] == {"inline_policies": ["in"]}


def test_a_policy_of_ours_without_a_file_goes(plan: Any, iam: Any, made: Any, folder: Path) -> None:
    (folder / "s3.json").unlink()
    result = plan(check=True)
    assert result["role_to_change"]["changes"] == ["attached policies"]
    assert result["role_to_change"]["managed_policies"] == [HERE + "shop-logs"]
    assert result["policies_to_remove"] == [{"name": "shop-s3", "arn": HERE + "shop-s3"}]


def test_a_policy_of_ours_that_another_role_needs_is_only_detached(
    plan: Any, iam: Any, made: Any, folder: Path
) -> None:
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(OPEN))
    iam.attach_role_policy(RoleName="other", PolicyArn=HERE + "shop-s3")
    (folder / "s3.json").unlink()
    result = plan()
    assert result["policies_to_remove"] == []
    assert result["left_alone"][0]["name"] == "shop-s3"
    assert "attached elsewhere" in result["left_alone"][0]["reason"]


def test_further_policies_are_attached_and_kept(plan: Any, iam: Any, made: Any) -> None:
    arn = someones(iam, "further", {}, attach=False)
    further = "arn:<partition>:iam::<account_id>:policy/further"
    role = plan(managed_policy_arns=[further])["role_to_change"]
    assert role["managed_policies"][-1] == arn
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=arn)
    assert plan(managed_policy_arns=[further])["role_to_change"] is None


def test_a_policy_of_ours_that_is_named_as_further_stays(plan: Any, iam: Any, made: Any) -> None:
    arn = someones(iam, "shared", TAGS)
    result = plan(managed_policy_arns=[arn])
    assert (result["role_to_change"], result["policies_to_remove"]) == (None, [])


def test_a_policy_on_another_path_is_found_by_its_name(plan: Any, iam: Any) -> None:
    iam.create_policy(
        PolicyName="shop-s3", Path="/team/", PolicyDocument=json.dumps(OPEN), Tags=tag_list(TAGS)
    )
    result = plan()
    assert HERE + "team/shop-s3" in result["policy_arns"]
    assert HERE + "team/shop-s3" in result["role_to_change"]["managed_policies"]
    assert result["policies_to_change"][1]["changes"] == ["document"]


def test_without_a_role_there_are_only_policies(plan: Any, api_calls: ApiCalls) -> None:
    result = plan(create_role=False, role_name=None)
    assert (result["role_arn"], result["role_to_change"]) == (None, None)
    assert len(result["policies_to_change"]) == 2
    assert "GetRole" not in api_calls.names()


def test_without_a_folder_there_is_only_a_role(plan: Any) -> None:
    result = plan(policies_dir=None)
    assert (result["policy_arns"], result["to_change"]) == ([], [ROLE])


def test_the_trust_of_other_services_without_the_guard(plan: Any) -> None:
    role = plan(
        trust_services=["b.amazonaws.com", "a.amazonaws.com"], source_account_condition=False
    )
    statement = json.loads(role["role_to_change"]["assume_role_policy_document"])["Statement"][0]
    assert statement["Principal"] == {"Service": ["a.amazonaws.com", "b.amazonaws.com"]}
    assert "Condition" not in statement


def test_strangers_stop_the_plan_all_at_once(plan: Any, iam: Any, made: Any) -> None:
    iam.untag_policy(PolicyArn=HERE + "shop-s3", TagKeys=["terraglue:owner"])
    iam.tag_role(RoleName=ROLE, Tags=tag_list({"terraglue:owner": "other"}))
    with pytest.raises(ModuleFailed) as caught:
        plan()
    said = caught.value.result["msg"]
    assert "policy shop-s3 exists and carries no owner" in said
    assert f"role {ROLE} exists and belongs to the environment 'other'" in said
    assert "iam_adopt" in said


def test_what_is_adopted_gets_our_tags(plan: Any, iam: Any, made: Any) -> None:
    iam.untag_policy(PolicyArn=HERE + "shop-s3", TagKeys=["terraglue:owner"])
    iam.untag_role(RoleName=ROLE, TagKeys=["terraglue:owner"])
    result = plan(adopt=["shop-s3", "<prefix>-job-role"])
    assert result["to_change"] == ["shop-s3", ROLE]
    assert result["role_to_change"]["changes"] == ["tags"]


@pytest.mark.parametrize("check", [True, False])
def test_absent_lists_what_is_ours(plan: Any, iam: Any, made: Any, check: bool) -> None:
    someones(iam, "theirs", {})
    someones(iam, "old", TAGS)
    iam.untag_policy(PolicyArn=HERE + "shop-logs", TagKeys=["terraglue:owner"])
    result = plan(check, state="absent")
    assert result["changed"] is check
    assert result["to_remove"] == ["shop-s3", "old", ROLE]
    assert result["role_to_remove"]["name"] == ROLE
    assert [item["name"] for item in result["left_alone"]] == ["shop-logs"]


def test_absent_leaves_the_role_of_a_stranger(plan: Any, iam: Any, made: Any) -> None:
    iam.untag_role(RoleName=ROLE, TagKeys=["terraglue:owner"])
    result = plan(state="absent")
    assert result["role_to_remove"] is None
    assert result["to_remove"] == ["shop-logs", "shop-s3"]


@pytest.mark.parametrize("broken", ["gone", "no JSON"])
def test_absent_does_not_need_good_files(
    plan: Any, iam: Any, made: Any, folder: Path, broken: str
) -> None:
    for path in folder.iterdir():
        path.unlink() if broken == "gone" else path.write_text("{")
    if broken == "gone":
        folder.rmdir()
    assert set(plan(state="absent")["to_remove"]) == {"shop-logs", "shop-s3", ROLE}


def test_absent_of_nothing_is_nothing(plan: Any) -> None:
    result = plan(check=True, state="absent")
    assert (result["changed"], result["to_remove"], result["left_alone"]) == (False, [], [])


def test_all_faults_of_the_files_are_told_before_iam_is_asked(
    plan: Any, folder: Path, api_calls: ApiCalls
) -> None:
    (folder / "a.json").write_text('{"Version": "2012-10-17",\n"Statement" []}', encoding="utf-8")
    write(folder / "b.json", {"Version": "2012-10-17"})
    write(folder / "c.json", {**OPEN, "Id": "<nobody>"})
    with pytest.raises(ModuleFailed) as caught:
        plan()
    said = caught.value.result["msg"]
    assert "3 faults were found before anything was changed" in said
    for part in ("a.json:2", "b.json: This policy has no Statement", "<nobody>"):
        assert part in said
    assert api_calls.names() == ["GetCallerIdentity"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"role_name": "a b"}, "role 'a b'"),
        ({"policy_prefix": "x" * 127}, "128 letters"),
        ({"max_session_duration": 60}, "3600 to 43200"),
        ({"role_name": None}, "role_name"),
        ({"role_name": "<nobody>"}, "Unknown placeholder <nobody>"),
    ],
)
def test_bad_options_are_told(plan: Any, options: Any, said: str) -> None:
    with pytest.raises(ModuleFailed, match=said):
        plan(**options)


def test_a_denial_names_action_and_role(plan: Any, api_calls: ApiCalls) -> None:
    api_calls.fail("GetRole", "AccessDenied", "User is not authorized")
    with pytest.raises(ModuleFailed, match=f"Access denied: iam:GetRole on role {ROLE}"):
        plan()
