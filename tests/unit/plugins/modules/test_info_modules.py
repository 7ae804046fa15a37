# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.modules import (
    athena_workgroup,
    athena_workgroup_info,
    glue_job,
    glue_job_info,
    glue_security_configuration,
    glue_security_configuration_info,
    glue_trigger,
    glue_trigger_info,
)
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.fakes import (
    FakeAthena,
    FakeGlue,
)
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    ApiCalls,
    ModuleFailed,
    run_module,
)

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KINDS: list[tuple[ModuleType, ModuleType, str, dict[str, Any]]] = [
    (glue_job, glue_job_info, "jobs", {"role": "r", "script_location": "s3://s/a.py"}),
    (
        glue_trigger,
        glue_trigger_info,
        "triggers",
        {"job_name": "j", "schedule": "cron(0 21 ? * 6 *)"},
    ),
    (athena_workgroup, athena_workgroup_info, "workgroups", {}),
]


def names(result: dict[str, Any], key: str) -> list[str]:
    assert not result["changed"]
    return [each["name"] for each in result[key]]


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("module, info, key, args", KINDS, ids=[kind[2] for kind in KINDS])
def test_all_by_name_and_by_owner(
    api_calls: ApiCalls, module: ModuleType, info: ModuleType, key: str, args: dict[str, Any]
) -> None:
    fake = FakeAthena(api_calls) if key == "workgroups" else FakeGlue(api_calls)
    assert names(run_module(info, {}), key) == []
    for name, owner in (("c", "terraglue"), ("a", "other"), ("b", None)):
        run_module(module, {"name": name, "owner": owner, **args})
    fake.calls.clear()
    found = run_module(info, {})
    assert names(found, key) == ["a", "b", "c"]
    assert found[key][0]["tags"]["terraglue:owner"] == "other"
    assert names(run_module(info, {"names": ["c", "nobody", "a", "c"]}), key) == ["a", "c"]
    assert names(run_module(info, {"names": []}), key) == []
    assert names(run_module(info, {"owner": "terraglue"}, check=True), key) == ["c"]
    assert fake.calls.changing() == []


def test_what_is_read_is_what_the_module_returns(api_calls: ApiCalls) -> None:
    FakeGlue(api_calls)
    made = run_module(glue_job, {"name": "j", "role": "r", "script_location": "s3://s/a.py"})
    assert run_module(glue_job_info, {"names": ["j"]})["jobs"] == [made["job"]]


def test_security_configurations_by_what_tells_their_owner(api_calls: ApiCalls) -> None:
    glue = FakeGlue(api_calls)
    plain = {"JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "DISABLED"}}
    keyed = {"JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY}}
    glue.configurations = {"nobodys": plain, "used": plain, "keyed": keyed}
    glue.key_tags[KEY] = {"terraglue:owner": "terraglue"}
    job = {"name": "j", "role": "r", "script_location": "s3://s/a.py", "owner": "terraglue"}
    run_module(glue_job, {**job, "security_configuration": "used"})
    info, key = glue_security_configuration_info, "security_configurations"
    assert names(run_module(info, {}), key) == ["keyed", "nobodys", "used"]
    found = run_module(info, {"owner": "terraglue"})
    assert names(found, key) == ["keyed", "used"]
    assert [each["jobs"] for each in found[key]] == [[], ["j"]]
    assert found[key][0]["job_bookmarks_kms_key_arn"] == KEY
    assert names(run_module(info, {"owner": "other"}), key) == []
    same = {"name": "used", "s3_encryption_mode": "DISABLED"}
    same.update(cloudwatch_encryption_mode="DISABLED", job_bookmarks_encryption_mode="DISABLED")
    one = run_module(glue_security_configuration, same)["security_configuration"]
    assert run_module(info, {"names": ["used"]})[key] == [one]


def test_a_denial_names_the_action(api_calls: ApiCalls) -> None:
    glue = FakeGlue(api_calls)
    glue.refuse("GetJobs", "AccessDeniedException", "User is not authorized")
    with pytest.raises(ModuleFailed, match="glue:GetJobs on the jobs of the account"):
        run_module(glue_job_info, {})
