# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import http.server
import io
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import glue_job_runs, progress
from ansible_collections.terraglue.aws.plugins.modules import glue_job_run
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    ApiCalls,
    ModuleFailed,
    run_module,
)
from botocore.exceptions import ClientError

ASK: dict[str, Any] = {"name": "nightly", "delay": 0.001}
BEGAN = datetime.datetime(2024, 5, 2, 3, 0, tzinfo=datetime.timezone.utc)
SCRIPT = "s3://assets/jobs/main.py"


def trust(service: str) -> dict[str, Any]:
    return {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
        }
    }


class Script:
    """A Glue that runs one job: the states that it passes through, and the lines of its log."""

    def __init__(self, calls: ApiCalls) -> None:
        self.calls = calls
        self.states = ["STARTING", "RUNNING", "SUCCEEDED"]
        self.job: dict[str, Any] = {
            "Name": "nightly",
            "Role": "arn:aws:iam::123456789012:role/service/glue",
            "Command": {"Name": "glueetl", "ScriptLocation": SCRIPT},
            "DefaultArguments": {},
        }
        self.run: dict[str, Any] = {
            "Id": "jr_1",
            "JobName": "nightly",
            "Attempt": 0,
            "StartedOn": BEGAN,
            "CompletedOn": BEGAN + datetime.timedelta(seconds=90),
            "ExecutionTime": 90,
            "MaxCapacity": 2.0,
            "LogGroupName": "/aws-glue/jobs",
        }
        self.stream = "jr_1"
        self.logs: dict[str, list[str]] = {"/aws-glue/jobs/output": ["one", "two"]}
        self.role: dict[str, Any] = {
            "RoleName": "glue",
            "AssumeRolePolicyDocument": trust("glue.amazonaws.com"),
        }
        self.started: list[dict[str, Any]] = []
        calls.answer("GetJob", lambda parameters: {"Job": self.job}, 1000)
        calls.answer("HeadObject", {"ContentLength": 1, "LastModified": BEGAN}, 1000)
        calls.answer("GetRole", lambda parameters: {"Role": self.role}, 1000)
        calls.answer("StartJobRun", self.start, 1000)
        calls.answer("GetJobRun", self.get, 1000)
        calls.answer("BatchStopJobRun", {"SuccessfulSubmissions": [], "Errors": []}, 1000)
        calls.answer("GetLogEvents", self.events, 1000)
        calls.answer("DescribeLogGroups", {"logGroups": []}, 1000)

    def start(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self.started.append(parameters)
        return {"JobRunId": "jr_1"}

    def get(self, parameters: dict[str, Any]) -> dict[str, Any]:
        assert parameters == {"JobName": "nightly", "RunId": "jr_1"}
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {"JobRun": {**self.run, "JobRunState": state}}

    def events(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """From the head by pages of one line, and an empty one at the start, as AWS may answer.

        From the end the last ones at once. The end answers the token that it was asked with.
        """
        lines = self.logs.get(parameters["logGroupName"])
        if lines is None or parameters["logStreamName"] != self.stream:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetLogEvents")
        assert ("startTime" in parameters) == ("jr_1" not in self.stream)
        if not parameters.get("startFromHead"):
            found = lines[-parameters["limit"] :]
            return {"events": [{"timestamp": 0, "message": each} for each in found]}
        token = parameters.get("nextToken")
        at = int(token or "0")
        found = lines[at : at + 1] if token else []
        return {
            "events": [{"timestamp": 0, "message": each} for each in found],
            "nextForwardToken": str(at + len(found)),
        }


@pytest.fixture
def glue(api_calls: ApiCalls) -> Script:
    return Script(api_calls)


def test_a_run_its_figures_and_its_log(glue: Script) -> None:
    result = run_module(glue_job_run, {**ASK, "arguments": {"DAY": "d", "--N": 5, "flag": True}})
    assert glue.started == [
        {"JobName": "nightly", "Arguments": {"--DAY": "d", "--N": "5", "--flag": "true"}}
    ]
    assert (result["changed"], result["state"], result["run_id"]) == (True, "SUCCEEDED", "jr_1")
    assert result["started_on"] == "2024-05-02T03:00:00+00:00"
    assert result["execution_seconds"] == 90
    # 2 DPU for a minute and a half, at 0.44 USD
    assert (result["dpu_hours"], result["cost_usd"]) == (0.05, 0.022)
    assert result["log"] == ["one", "two"]


def test_settings_of_the_run_reach_the_request(glue: Script) -> None:
    given = {"worker_type": "G.2X", "number_of_workers": 3, "timeout": 5, "execution_class": "FLEX"}
    run_module(glue_job_run, {**ASK, **given})
    assert glue.started == [
        {
            "JobName": "nightly",
            "WorkerType": "G.2X",
            "NumberOfWorkers": 3,
            "Timeout": 5,
            "ExecutionClass": "FLEX",
        }
    ]


@pytest.mark.parametrize(
    ("run", "price", "hours", "cost"),
    [
        # a minute at least
        ({"ExecutionTime": 10, "MaxCapacity": 3.0}, None, 0.05, 0.022),
        # what Glue has counted itself
        ({"DPUSeconds": 7200.0, "ExecutionTime": 10, "MaxCapacity": 3.0}, None, 2.0, 0.88),
        ({"DPUSeconds": 3600.0, "ExecutionClass": "FLEX"}, None, 1.0, 0.29),
        ({"ExecutionTime": 0, "MaxCapacity": 3.0}, None, 0.0, 0.0),
        ({"ExecutionTime": 3600, "MaxCapacity": 1.0}, 2.0, 1.0, 2.0),
    ],
)
def test_price(
    glue: Script, run: dict[str, Any], price: float | None, hours: float, cost: float
) -> None:
    glue.run.update(run)
    result = run_module(glue_job_run, {**ASK, "price_per_dpu_hour": price})
    assert (result["dpu_hours"], result["cost_usd"]) == (hours, cost)


def test_only_the_last_lines_are_returned(glue: Script) -> None:
    assert run_module(glue_job_run, {**ASK, "log_lines": 1})["log"] == ["two"]


def test_the_noise_of_spark_does_not_hide_what_the_script_says(glue: Script) -> None:
    glue.logs["/aws-glue/jobs/error"] = [f"a b INFO Executor: {n}" for n in range(3000)]
    result = run_module(glue_job_run, ASK)
    assert result["log"] == ["one", "two"]
    assert (len(result["error_log"]), result["error_log"][-1]) == (30, "a b INFO Executor: 2999")
    # Nobody watches: the log is not read from its beginning.
    asked = [p for name, p in glue.calls.made if name == "GetLogEvents"]
    assert not any("startFromHead" in parameters for parameters in asked)


ROLES_OWN = "/aws-glue/jobs/safe-role/service/glue/output"


@pytest.mark.parametrize(
    ("arguments", "run", "group", "stream"),
    [
        ({"--custom-logGroup-prefix": "/mine/"}, {}, "/mine/output", "jr_1"),
        ({}, {"LogGroupName": "/aws-glue/python-jobs"}, "/aws-glue/python-jobs/output", "jr_1"),
        ({}, {"LogGroupName": ""}, "/aws-glue/jobs/output", "jr_1-driver"),
        ({}, {"SecurityConfiguration": "safe"}, ROLES_OWN, "jr_1"),
        ({"--custom-logStream-prefix": "s"}, {}, "/aws-glue/jobs/output", "s-driver"),
        ({"--custom-logStream-prefix": "s"}, {}, "/aws-glue/jobs/output", "s-jr_1"),
    ],
)
def test_where_the_log_is(
    glue: Script, arguments: dict[str, str], run: dict[str, str], group: str, stream: str
) -> None:
    glue.job["DefaultArguments"] = arguments
    glue.run.update(run)
    glue.logs, glue.stream = {group: ["here"]}, stream
    assert run_module(glue_job_run, ASK)["log"] == ["here"]


def test_what_the_run_was_given_and_may_not_override_says_where_the_log_is(glue: Script) -> None:
    name = "--custom-logGroup-prefix"
    glue.job["DefaultArguments"] = {name: "/job"}
    glue.run["Arguments"] = {name: "/run"}
    glue.logs = {"/job/output": ["job"], "/run/output": ["run"], "/fixed/output": ["fixed"]}
    assert run_module(glue_job_run, ASK)["log"] == ["run"]
    glue.job["NonOverridableArguments"] = {name: "/fixed"}
    assert run_module(glue_job_run, ASK)["log"] == ["fixed"]


def test_the_log_under_the_name_of_a_security_configuration(glue: Script) -> None:
    glue.run["SecurityConfiguration"] = "safe"
    group = "/aws-glue/jobs/safe-of-another-form/error"
    glue.logs = {group: ["here"]}
    glue.calls._answers.pop("DescribeLogGroups")
    glue.calls.answer("DescribeLogGroups", {"logGroups": [{"logGroupName": group}]}, 10)
    assert run_module(glue_job_run, ASK)["error_log"] == ["here"]


def test_no_permission_to_read_the_log_is_no_failure(glue: Script) -> None:
    glue.calls._answers.pop("GetLogEvents")
    glue.calls.deny("GetLogEvents")
    (line,) = run_module(glue_job_run, ASK)["log"]
    assert line.startswith("The log cannot be read: Access denied: logs:GetLogEvents")


@pytest.mark.parametrize(
    ("message", "log", "line"),
    [
        ("Error Category: QUERY_ERROR; Failed Line Number: 7; no column x", ["a"], 7),
        (
            "NameError: name 'x' is not defined",
            ['  File "/tmp/main.py", line 3, in <module>', '  File "/lib/other.py", line 9, in f'],
            3,
        ),
        ("Command failed with exit code 1", [], None),
    ],
)
def test_a_failure_in_words(glue: Script, message: str, log: list[str], line: int | None) -> None:
    glue.states = ["FAILED"]
    glue.run["ErrorMessage"] = message
    glue.logs = {"/aws-glue/jobs/output": log}
    with pytest.raises(ModuleFailed) as failed:
        run_module(glue_job_run, ASK)
    result = failed.value.result
    assert f"The run jr_1 of job nightly ended with FAILED: {message}." in result["msg"]
    assert (f"It raised in line {line} of {SCRIPT}." in result["msg"]) is (line is not None)
    assert result.get("failed_line") == line
    assert (result["state"], result["log"]) == ("FAILED", log)


class TestBeforeTheStart:
    def refused(self, glue: Script, **more: Any) -> str:
        with pytest.raises(ModuleFailed) as failed:
            run_module(glue_job_run, {**ASK, **more})
        assert glue.started == []
        return str(failed.value.result["msg"])

    def test_no_job(self, glue: Script) -> None:
        glue.calls._answers.pop("GetJob")
        glue.calls.fail("GetJob", "EntityNotFoundException")
        assert "The job nightly does not exist. Deploy it" in self.refused(glue)

    def test_no_script_and_a_role_that_glue_cannot_assume(self, glue: Script) -> None:
        glue.calls._answers.pop("HeadObject")
        glue.calls.fail("HeadObject", "404")
        glue.role["AssumeRolePolicyDocument"] = trust("ec2.amazonaws.com")
        said = self.refused(glue)
        assert f"The script {SCRIPT} of the job nightly does not exist." in said
        assert "The role glue of the job nightly cannot be assumed by Glue" in said

    def test_the_key_of_the_script_may_have_any_characters(self, glue: Script) -> None:
        glue.job["Command"]["ScriptLocation"] = "s3://assets/a b/x#1?.py"
        run_module(glue_job_run, ASK, check=True)
        assert ("HeadObject", {"Bucket": "assets", "Key": "a b/x#1?.py"}) in glue.calls.made

    def test_no_role(self, glue: Script) -> None:
        glue.calls._answers.pop("GetRole")
        glue.calls.fail("GetRole", "NoSuchEntity")
        assert "The role glue of the job nightly does not exist." in self.refused(glue)

    def test_what_may_not_be_looked_at_is_no_fault(self, glue: Script) -> None:
        for operation in ("HeadObject", "GetRole"):
            glue.calls._answers.pop(operation)
            glue.calls.deny(operation)
        assert run_module(glue_job_run, ASK)["state"] == "SUCCEEDED"

    def test_too_many_runs(self, glue: Script) -> None:
        glue.calls._answers.pop("StartJobRun")
        glue.calls.fail(
            "StartJobRun", "ConcurrentRunsExceededException", "Concurrent runs exceeded"
        )
        assert "Wait for the run that is at work, stop it (state=stopped)" in self.refused(glue)

    @pytest.mark.parametrize(
        "given",
        [{"state": "started", "run_id": "jr_1"}, {"wait_timeout": 0}, {"log_lines": -1}],
    )
    def test_options(self, glue: Script, given: dict[str, Any]) -> None:
        self.refused(glue, **given)

    def test_check_mode_starts_nothing(self, glue: Script) -> None:
        assert run_module(glue_job_run, ASK, check=True)["changed"] is True
        assert glue.started == []


def test_a_traceback_above_the_lines_that_are_returned(glue: Script) -> None:
    glue.states = ["FAILED"]
    place = '  File "/tmp/main.py", line 3, in <module>'
    glue.logs = {"/aws-glue/jobs/output": [place, *["after"] * 100]}
    with pytest.raises(ModuleFailed) as failed:
        run_module(glue_job_run, {**ASK, "log_lines": 5})
    assert failed.value.result["failed_line"] == 3
    assert failed.value.result["log"] == ["after"] * 5


def test_started_and_then_waited_for(glue: Script) -> None:
    started = run_module(glue_job_run, {**ASK, "state": "started"})
    assert (started["changed"], started["run_id"]) == (True, "jr_1")
    assert "GetJobRun" not in glue.calls.names()
    glue.calls.clear()
    result = run_module(glue_job_run, {**ASK, "run_id": started["run_id"]})
    assert (result["changed"], result["state"]) == (False, "SUCCEEDED")
    assert len(glue.started) == 1


def test_stopped(glue: Script) -> None:
    runs = [{"Id": f"jr_{state}", "JobRunState": state} for state in ("RUNNING", "FAILED")]
    runs += [{"Id": f"jr_{number}", "JobRunState": "WAITING"} for number in range(25)]
    glue.calls.answer("GetJobRuns", {"JobRuns": runs}, 10)
    would = run_module(glue_job_run, {**ASK, "state": "stopped"}, check=True)
    assert would["changed"]
    assert (len(would["stopped"]), would["stopped"][0]) == (26, "jr_RUNNING")
    assert "BatchStopJobRun" not in glue.calls.names()
    assert run_module(glue_job_run, {**ASK, "state": "stopped"})["stopped"] == would["stopped"]
    assert glue.calls.names().count("BatchStopJobRun") == 2


@pytest.mark.parametrize(
    ("code", "is_told"),
    [("JobRunInvalidStateTransitionException", False), ("InternalServiceException", True)],
)
def test_the_answer_of_each_run_that_is_stopped(glue: Script, code: str, is_told: bool) -> None:
    glue.states = ["RUNNING"]
    glue.calls._answers.pop("BatchStopJobRun")
    detail = {"ErrorCode": code, "ErrorMessage": "Not now."}
    refusal = {"JobName": "nightly", "JobRunId": "jr_1", "ErrorDetail": detail}
    glue.calls.answer("BatchStopJobRun", {"SuccessfulSubmissions": [], "Errors": [refusal]}, 10)
    stop = {**ASK, "state": "stopped", "run_id": "jr_1"}
    if not is_told:
        assert run_module(glue_job_run, stop)["stopped"] == ["jr_1"]
        return
    with pytest.raises(ModuleFailed, match="did not stop the run jr_1 of job nightly: Not now"):
        run_module(glue_job_run, stop)


def test_the_timeout_stops_the_run(glue: Script) -> None:
    glue.states = ["RUNNING"]
    with pytest.raises(ModuleFailed, match="was still RUNNING after 1 s, at which it is stopped"):
        run_module(glue_job_run, {**ASK, "wait_timeout": 1, "delay": 0.1})
    assert glue.calls.names()[-1] == "BatchStopJobRun"


def test_an_interruption_stops_the_run(glue: Script) -> None:
    glue.states = ["RUNNING"]

    def interrupt() -> None:
        # Not before the module waits: it takes signals only then.
        while "GetJobRun" not in glue.calls.names():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=interrupt, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(
        ModuleFailed, match=r"interrupted \(SIGTERM\). The run jr_1 is being stopped"
    ):
        run_module(glue_job_run, {**ASK, "delay": 30})
    assert time.monotonic() - began < 20
    assert glue.calls.names()[-1] == "BatchStopJobRun"


def test_who_watches_sees_every_line_that_is_news(glue: Script, tmp_path: Path) -> None:
    watched = tmp_path / "progress"
    watched.touch()
    error = ["a b INFO DAGScheduler: no news", "a b INFO GlueLogger: news", "a b WARN X: beware"]
    glue.logs["/aws-glue/jobs/error"] = error
    result = run_module(glue_job_run, {**ASK, "progress_file": str(watched)})
    assert (result["log"], result["error_log"]) == (["one", "two"], error)
    content = io.BytesIO(watched.read_bytes())
    assert content.read(progress.LINE_BYTES).split() == [b"succeeded", b"0", b"s"]
    assert sorted(content.read().decode().splitlines()) == sorted([*error[1:], "one", "two"])


class Attempts:
    """A job that Glue tries again: the states of its attempts, one look each, and their logs."""

    def __init__(self, glue: Script, *states: str, retries: int = 2) -> None:
        glue.job["MaxRetries"] = retries
        self.states = list(states)
        self.glue = glue
        for operation in ("GetJobRun", "GetLogEvents"):
            glue.calls._answers.pop(operation)
        glue.calls.answer("GetJobRun", self.get, 1000)
        glue.calls.answer("GetJobRuns", self.list, 1000)
        glue.calls.answer("GetLogEvents", self.events, 1000)

    def runs(self) -> list[dict[str, Any]]:
        ids = ["jr_1", *(f"jr_1_attempt_{number}" for number in range(1, len(self.states)))]
        return [
            {
                **self.glue.run,
                "Id": ids[number],
                "Attempt": number,
                "JobRunState": state,
                "ErrorMessage": f"reason {number}" if state != "SUCCEEDED" else "",
                **({"PreviousRunId": ids[number - 1]} if number else {}),
            }
            for number, state in enumerate(self.states)
        ]

    def get(self, parameters: dict[str, Any]) -> dict[str, Any]:
        (run,) = [one for one in self.runs() if one["Id"] == parameters["RunId"]]
        return {"JobRun": run}

    def list(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return {"JobRuns": self.runs()[::-1]}

    @staticmethod
    def events(parameters: dict[str, Any]) -> dict[str, Any]:
        line = {"timestamp": 0, "message": f"log of {parameters['logStreamName']}"}
        return {"events": [line], "nextForwardToken": "end"}


class TestRetries:
    def test_the_last_attempt_counts(self, glue: Script) -> None:
        Attempts(glue, "FAILED", "FAILED", "SUCCEEDED")
        result = run_module(glue_job_run, ASK)
        assert (result["run_id"], result["attempt"]) == ("jr_1_attempt_2", 2)
        assert result["log"] == ["log of jr_1_attempt_2"]
        first, second = result["failed_attempts"]
        assert (first["run_id"], first["error_message"]) == ("jr_1", "reason 0")
        assert (second["run_id"], second["error_message"]) == ("jr_1_attempt_1", "reason 1")
        # 2 DPU for 90 s
        assert (first["execution_seconds"], first["dpu_hours"], first["cost_usd"]) == (
            90,
            0.05,
            0.022,
        )
        assert len(glue.started) == 1

    def test_all_attempts_fail(self, glue: Script) -> None:
        Attempts(glue, "FAILED", "FAILED", retries=1)
        with pytest.raises(ModuleFailed) as failed:
            run_module(glue_job_run, ASK)
        said = failed.value.result["msg"]
        assert "The run jr_1_attempt_1 of job nightly ended with FAILED: reason 1." in said
        assert said.endswith("It was the last of 2 attempts.")

    def test_the_first_failure_is_enough_for_who_says_so(self, glue: Script) -> None:
        Attempts(glue, "FAILED", "SUCCEEDED")
        with pytest.raises(ModuleFailed) as failed:
            run_module(glue_job_run, {**ASK, "follow_retries": False})
        said = failed.value.result["msg"]
        assert "ended with FAILED: reason 0." in said
        assert "Glue tries it again, 2 time(s) at most, for the job has MaxRetries 2" in said
        assert "GetJobRuns" not in glue.calls.names()

    @pytest.mark.parametrize("state", ["TIMEOUT", "STOPPED"])
    def test_glue_tries_only_failures_again(self, glue: Script, state: str) -> None:
        Attempts(glue, state)
        with pytest.raises(ModuleFailed) as failed:
            run_module(glue_job_run, ASK)
        assert failed.value.result["msg"].endswith("reason 0.")
        assert "GetJobRuns" not in glue.calls.names()

    def test_a_retry_that_does_not_come(
        self, glue: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(glue_job_runs.await_retry, "__kwdefaults__", {"patience": 0.05})
        Attempts(glue, "FAILED", retries=1)
        with pytest.raises(ModuleFailed, match="has MaxRetries 1, but no retry was seen"):
            run_module(glue_job_run, ASK)

    def test_who_watches_is_told(self, glue: Script, tmp_path: Path) -> None:
        Attempts(glue, "FAILED", "SUCCEEDED", retries=1)
        watched = tmp_path / "progress"
        watched.touch()
        run_module(glue_job_run, {**ASK, "progress_file": str(watched)})
        text = watched.read_bytes()[progress.LINE_BYTES :].decode()
        told = "The run jr_1 failed: reason 0. Glue tries it again, 1 time(s) at most."
        first, second = "log of jr_1\n", "log of jr_1_attempt_1\n"
        assert text.index(first) < text.index(told) < text.index(second)


class Deaf(http.server.BaseHTTPRequestHandler):
    """Hangs up on who has asked."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.asked.append(self.headers["X-Amz-Target"])
        self.close_connection = True

    def log_message(self, *dummy: object) -> None:
        """Nothing."""


def test_a_lost_answer_starts_no_second_run(glue: Script) -> None:
    """The connection closes after StartJobRun: Glue may have started a run."""
    del Deaf.asked[:]
    glue.calls.answer("GetJobRuns", {"JobRuns": [{"Id": "jr_9", "JobRunState": "RUNNING"}]}, 10)
    glue.calls._answers.pop("StartJobRun")
    with http.server.HTTPServer(("127.0.0.1", 0), Deaf) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            with pytest.raises(ModuleFailed) as failed:
                run_module(
                    glue_job_run, {**ASK, "endpoint_url": f"http://127.0.0.1:{server.server_port}"}
                )
        finally:
            server.shutdown()
            thread.join()
    assert Deaf.asked == ["AWSGlue.StartJobRun"]
    said = failed.value.result["msg"]
    assert "It is not known whether Glue has started a run of nightly" in said
    assert "At work is jr_9. Look at the runs of the job: wait for one with run_id" in said


def test_an_error_of_glue_is_no_reason_to_ask_again(glue: Script) -> None:
    glue.calls._answers.pop("StartJobRun")
    glue.calls.fail("StartJobRun", "InternalServiceException")
    glue.calls.answer("GetJobRuns", {"JobRuns": []}, 10)
    with pytest.raises(ModuleFailed, match="It is not known whether Glue has started a run"):
        run_module(glue_job_run, ASK)
    assert glue.calls.names().count("StartJobRun") == 1


def test_a_throttled_start_is_repeated(glue: Script, no_pauses: None) -> None:
    glue.calls._answers.pop("StartJobRun")
    glue.calls.fail("StartJobRun", "ThrottlingException", times=2)
    glue.calls.answer("StartJobRun", glue.start, 1)
    assert run_module(glue_job_run, ASK)["state"] == "SUCCEEDED"
    assert glue.calls.names().count("StartJobRun") == 3
