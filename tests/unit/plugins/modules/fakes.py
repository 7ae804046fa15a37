# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glue jobs, triggers, security configurations, Athena workgroups and KMS tags in memory.

They answer as the API reference says, where moto does not: updates overwrite completely, what
excludes each other is refused, states pass through others, missing things have their own errors.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import ApiCalls
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
FOREVER = 1_000_000


def refusal(operation: str, code: str, message: str) -> ClientError:
    """The error that boto3 raises for an answer of AWS."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Fake:
    """Methods named like operations answer them."""

    def __init__(self, calls: ApiCalls) -> None:
        self.calls = calls
        self._refusals: dict[str, list[ClientError]] = {}
        # Called around every operation that changes something, with its name.
        self.before: Callable[[str], None] = lambda operation: None
        self.after: Callable[[str], None] = lambda operation: None
        for name in dir(self):
            if name[0].isupper():
                calls.answer(name, self._answering(name), FOREVER)
        calls.answer("GetCallerIdentity", self._identity, FOREVER)

    def _answering(self, operation: str) -> Callable[[dict[str, Any]], Any]:
        def answer(parameters: dict[str, Any]) -> Any:
            refusals = self._refusals.get(operation)
            if refusals:
                raise refusals.pop(0)
            changing = not operation.startswith(("Get", "List"))
            if changing:
                self.before(operation)
            result = getattr(self, operation)(parameters)
            if changing:
                self.after(operation)
            return result

        return answer

    def refuse(self, operation: str, code: str, message: str, times: int = 100) -> None:
        """Let the next calls of an operation fail; those after them do their work."""
        self._refusals[operation] = [refusal(operation, code, message)] * times

    @staticmethod
    def _identity(parameters: dict[str, Any]) -> dict[str, str]:
        return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/t", "UserId": "A"}


class FakeGlue(Fake):
    """An account's Glue jobs, runs, triggers and security configurations."""

    def __init__(self, calls: ApiCalls) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.runs: dict[str, dict[str, str]] = {}
        self.triggers: dict[str, dict[str, Any]] = {}
        self.configurations: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.key_tags: dict[str, dict[str, str]] = {}
        super().__init__(calls)

    @staticmethod
    def arn(kind: str, name: str) -> str:
        """The ARN of a resource."""
        return f"arn:aws:glue:us-east-1:{ACCOUNT}:{kind}/{name}"

    @staticmethod
    def _found(things: dict[str, Any], name: str, operation: str) -> Any:
        if name not in things:
            raise refusal(operation, "EntityNotFoundException", f"Entity {name} not found")
        return things[name]

    # Tags

    def GetTags(self, p: dict[str, Any]) -> dict[str, Any]:
        return {"Tags": dict(self.tags.get(p["ResourceArn"], {}))}

    def TagResource(self, p: dict[str, Any]) -> dict[str, Any]:
        self.tags.setdefault(p["ResourceArn"], {}).update(p["TagsToAdd"])
        return {}

    def UntagResource(self, p: dict[str, Any]) -> dict[str, Any]:
        for name in p["TagsToRemove"]:
            self.tags.get(p["ResourceArn"], {}).pop(name, None)
        return {}

    def ListResourceTags(self, p: dict[str, Any]) -> dict[str, Any]:
        if p["KeyId"] not in self.key_tags:
            raise refusal("ListResourceTags", "NotFoundException", "no such key")
        tags = self.key_tags[p["KeyId"]]
        return {"Tags": [{"TagKey": k, "TagValue": v} for k, v in tags.items()]}

    # Jobs

    @staticmethod
    def _stored(name: str, body: dict[str, Any], operation: str) -> dict[str, Any]:
        if body.get("WorkerType") and ("MaxCapacity" in body or "AllocatedCapacity" in body):
            raise refusal(
                operation,
                "InvalidInputException",
                "Please do not set Max Capacity if using Worker Type and Number of Workers.",
            )
        job = {"MaxRetries": 0, "Timeout": 480, "GlueVersion": "5.1", **copy.deepcopy(body)}
        job.setdefault("ExecutionProperty", {"MaxConcurrentRuns": 1})
        capacity = float(job.get("NumberOfWorkers") or job.get("MaxCapacity") or 0.0625)
        job.update(
            Name=name, MaxCapacity=capacity, AllocatedCapacity=int(capacity), JobMode="SCRIPT"
        )
        return job

    def CreateJob(self, p: dict[str, Any]) -> dict[str, Any]:
        body = {key: value for key, value in p.items() if key not in ("Name", "Tags")}
        if p["Name"] in self.jobs:
            raise refusal("CreateJob", "AlreadyExistsException", "exists")
        self.jobs[p["Name"]] = self._stored(p["Name"], body, "CreateJob")
        self.tags[self.arn("job", p["Name"])] = dict(p.get("Tags", {}))
        return {"Name": p["Name"]}

    def UpdateJob(self, p: dict[str, Any]) -> dict[str, Any]:
        name = p["JobName"]
        self._found(self.jobs, name, "UpdateJob")
        self.jobs[name] = self._stored(name, p["JobUpdate"], "UpdateJob")
        return {"JobName": name}

    def GetJob(self, p: dict[str, Any]) -> dict[str, Any]:
        return {"Job": copy.deepcopy(self._found(self.jobs, p["JobName"], "GetJob"))}

    def GetJobs(self, p: dict[str, Any]) -> dict[str, Any]:
        """One job a page, so that what does not page is found out."""
        names = sorted(self.jobs)
        start = int(p.get("NextToken", 0))
        page: dict[str, Any] = {"Jobs": [copy.deepcopy(self.jobs[n]) for n in names[start:][:1]]}
        return {**page, "NextToken": str(start + 1)} if start + 1 < len(names) else page

    def DeleteJob(self, p: dict[str, Any]) -> dict[str, Any]:
        self.jobs.pop(p["JobName"], None)
        self.tags.pop(self.arn("job", p["JobName"]), None)
        return {"JobName": p["JobName"]}

    def GetJobRuns(self, p: dict[str, Any]) -> dict[str, Any]:
        runs = self.runs.get(p["JobName"], {})
        answer = {"JobRuns": [{"Id": i, "JobRunState": state} for i, state in runs.items()]}
        for i, state in runs.items():
            runs[i] = {"STOPPING": "STOPPED"}.get(state, state)
        return answer

    def BatchStopJobRun(self, p: dict[str, Any]) -> dict[str, Any]:
        assert len(p["JobRunIds"]) <= 25
        for i in p["JobRunIds"]:
            self.runs[p["JobName"]][i] = "STOPPING"
        return {"SuccessfulSubmissions": [], "Errors": []}

    # Triggers

    def _pass(self, name: str) -> dict[str, Any]:
        trigger = self.triggers[name]
        now = dict(trigger)
        ends = {
            "CREATING": "CREATED",
            "ACTIVATING": "ACTIVATED",
            "DEACTIVATING": "DEACTIVATED",
        }
        if trigger["State"] == "DELETING":
            del self.triggers[name]
            self.tags.pop(self.arn("trigger", name), None)
        trigger["State"] = trigger.pop("_next", None) or ends.get(now["State"], now["State"])
        now.pop("_next", None)
        return copy.deepcopy(now)

    def _settled(self, name: str, operation: str) -> dict[str, Any]:
        trigger = self._found(self.triggers, name, operation)
        if trigger["State"].endswith("ING"):
            raise refusal(
                operation,
                "InvalidInputException",
                f"The operation is not allowed when trigger is in state: {trigger['State']}",
            )
        return trigger

    def CreateTrigger(self, p: dict[str, Any]) -> dict[str, Any]:
        if p["Name"] in self.triggers:
            raise refusal("CreateTrigger", "AlreadyExistsException", "exists")
        body = {k: copy.deepcopy(v) for k, v in p.items() if k not in ("Tags", "StartOnCreation")}
        if p.get("StartOnCreation") and p["Type"] == "ON_DEMAND":
            raise refusal("CreateTrigger", "InvalidInputException", "cannot start on creation")
        started = p.get("StartOnCreation")
        self.triggers[p["Name"]] = {**body, "State": "ACTIVATING" if started else "CREATING"}
        self.tags[self.arn("trigger", p["Name"])] = dict(p.get("Tags", {}))
        return {"Name": p["Name"]}

    def UpdateTrigger(self, p: dict[str, Any]) -> dict[str, Any]:
        trigger = self._settled(p["Name"], "UpdateTrigger")
        kept = {k: trigger[k] for k in ("Name", "Type", "State", "WorkflowName") if k in trigger}
        new = {**kept, **copy.deepcopy(p["TriggerUpdate"]), "_next": trigger["State"]}
        self.triggers[p["Name"]] = {**new, "State": "UPDATING"}
        return {"Trigger": {}}

    def GetTrigger(self, p: dict[str, Any]) -> dict[str, Any]:
        self._found(self.triggers, p["Name"], "GetTrigger")
        return {"Trigger": self._pass(p["Name"])}

    def GetTriggers(self, p: dict[str, Any]) -> dict[str, Any]:
        return {"Triggers": [self._pass(name) for name in sorted(self.triggers)]}

    def StartTrigger(self, p: dict[str, Any]) -> dict[str, Any]:
        trigger = self._settled(p["Name"], "StartTrigger")
        assert trigger["Type"] != "ON_DEMAND", "this fires the trigger"
        trigger["State"] = "ACTIVATING"
        return {"Name": p["Name"]}

    def StopTrigger(self, p: dict[str, Any]) -> dict[str, Any]:
        trigger = self._settled(p["Name"], "StopTrigger")
        if trigger["State"] != "ACTIVATED":
            raise refusal(
                "StopTrigger",
                "InvalidInputException",
                f"The operation is not allowed when trigger is in state: {trigger['State']}",
            )
        trigger["State"] = "DEACTIVATING"
        return {"Name": p["Name"]}

    def DeleteTrigger(self, p: dict[str, Any]) -> dict[str, Any]:
        if p["Name"] in self.triggers:
            self.triggers[p["Name"]]["State"] = "DELETING"
        return {"Name": p["Name"]}

    # Security configurations

    def CreateSecurityConfiguration(self, p: dict[str, Any]) -> dict[str, Any]:
        if p["Name"] in self.configurations:
            raise refusal("CreateSecurityConfiguration", "AlreadyExistsException", "exists")
        self.configurations[p["Name"]] = copy.deepcopy(p["EncryptionConfiguration"])
        return {"Name": p["Name"]}

    def GetSecurityConfiguration(self, p: dict[str, Any]) -> dict[str, Any]:
        found = self._found(self.configurations, p["Name"], "GetSecurityConfiguration")
        body = {"Name": p["Name"], "EncryptionConfiguration": copy.deepcopy(found)}
        return {"SecurityConfiguration": body}

    def GetSecurityConfigurations(self, p: dict[str, Any]) -> dict[str, Any]:
        return {
            "SecurityConfigurations": [
                {"Name": name, "EncryptionConfiguration": copy.deepcopy(body)}
                for name, body in sorted(self.configurations.items())
            ]
        }

    def DeleteSecurityConfiguration(self, p: dict[str, Any]) -> dict[str, Any]:
        self._found(self.configurations, p["Name"], "DeleteSecurityConfiguration")
        del self.configurations[p["Name"]]
        return {}


class FakeAthena(Fake):
    """An account's workgroups."""

    def __init__(self, calls: ApiCalls) -> None:
        self.groups: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.queries: set[str] = set()
        super().__init__(calls)

    @staticmethod
    def arn(name: str) -> str:
        """The ARN of a workgroup."""
        return f"arn:aws:athena:us-east-1:{ACCOUNT}:workgroup/{name}"

    def _found(self, name: str, operation: str) -> dict[str, Any]:
        if name not in self.groups:
            raise refusal(operation, "InvalidRequestException", "WorkGroup is not found.")
        return self.groups[name]

    def CreateWorkGroup(self, p: dict[str, Any]) -> dict[str, Any]:
        if p["Name"] in self.groups:
            raise refusal("CreateWorkGroup", "InvalidRequestException", "WorkGroup already exists")
        version = p["Configuration"].get("EngineVersion", {}).get("SelectedEngineVersion", "AUTO")
        configuration = {
            "EnforceWorkGroupConfiguration": True,
            "PublishCloudWatchMetricsEnabled": False,
            "RequesterPaysEnabled": False,
            **copy.deepcopy(p["Configuration"]),
            "EngineVersion": {
                "SelectedEngineVersion": version,
                "EffectiveEngineVersion": "Athena engine version 3",
            },
        }
        self.groups[p["Name"]] = {
            "Name": p["Name"],
            "State": "ENABLED",
            "Description": p.get("Description", ""),
            "Configuration": configuration,
        }
        self.tags[self.arn(p["Name"])] = {tag["Key"]: tag["Value"] for tag in p.get("Tags", [])}
        return {}

    def UpdateWorkGroup(self, p: dict[str, Any]) -> dict[str, Any]:
        group = self._found(p["WorkGroup"], "UpdateWorkGroup")
        group.update({key: p[key] for key in ("Description", "State") if key in p})
        configuration = group["Configuration"]
        changes = dict(p.get("ConfigurationUpdates", {}))
        results = configuration.setdefault("ResultConfiguration", {})
        self._apply(results, changes.pop("ResultConfigurationUpdates", {}))
        managed = changes.pop("ManagedQueryResultsConfigurationUpdates", None)
        if managed:
            configuration["ManagedQueryResultsConfiguration"] = managed
        self._apply(configuration, changes)
        return {}

    @staticmethod
    def _apply(target: dict[str, Any], changes: dict[str, Any]) -> None:
        for key, value in changes.items():
            if key.startswith("Remove"):
                target.pop(key[len("Remove") :], None)
            else:
                target[key] = copy.deepcopy(value)

    def GetWorkGroup(self, p: dict[str, Any]) -> dict[str, Any]:
        return {"WorkGroup": copy.deepcopy(self._found(p["WorkGroup"], "GetWorkGroup"))}

    def ListWorkGroups(self, p: dict[str, Any]) -> dict[str, Any]:
        """One a page."""
        names = sorted(self.groups)
        start = int(p.get("NextToken", 0))
        page: dict[str, Any] = {"WorkGroups": [{"Name": name} for name in names[start:][:1]]}
        return {**page, "NextToken": str(start + 1)} if start + 1 < len(names) else page

    def DeleteWorkGroup(self, p: dict[str, Any]) -> dict[str, Any]:
        self._found(p["WorkGroup"], "DeleteWorkGroup")
        if p["WorkGroup"] in self.queries and not p.get("RecursiveDeleteOption"):
            raise refusal("DeleteWorkGroup", "InvalidRequestException", "WorkGroup is not empty")
        del self.groups[p["WorkGroup"]]
        return {}

    def ListTagsForResource(self, p: dict[str, Any]) -> dict[str, Any]:
        tags = self.tags.get(p["ResourceARN"], {})
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def TagResource(self, p: dict[str, Any]) -> dict[str, Any]:
        new = {tag["Key"]: tag["Value"] for tag in p["Tags"]}
        self.tags.setdefault(p["ResourceARN"], {}).update(new)
        return {}

    def UntagResource(self, p: dict[str, Any]) -> dict[str, Any]:
        for name in p["TagKeys"]:
            self.tags[p["ResourceARN"]].pop(name, None)
        return {}
