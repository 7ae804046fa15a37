# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job runs by the API, with plain Python scripts that need no Spark."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import LocalAws, error_code, is_alive, of_session

DONE = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")
SECONDS = 60.0


class Jobs:
    """Jobs of one test, in a bucket of its own."""

    def __init__(self, aws: LocalAws, name: str) -> None:
        self.glue, self.s3, self.logs = (aws.client(one) for one in ("glue", "s3", "logs"))
        self.aws = aws
        self.name = name
        self.s3.create_bucket(Bucket=name)

    def put(self, key: str, text: str) -> str:
        self.s3.put_object(Bucket=self.name, Key=key, Body=text.encode())
        return f"s3://{self.name}/{key}"

    def create(self, script: str, job: str = "", **settings: Any) -> str:
        job = job or self.name
        address = self.put(f"{job}.py", script)
        command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": address}
        self.glue.create_job(Name=job, Role="arn:aws:iam::0:role/r", Command=command, **settings)
        return job

    def start(self, job: str = "", **more: Any) -> str:
        return str(self.glue.start_job_run(JobName=job or self.name, **more)["JobRunId"])

    def get(self, run: str, job: str = "") -> dict[str, Any]:
        answer = self.glue.get_job_run(JobName=job or self.name, RunId=run)
        return dict(answer["JobRun"])

    def until(self, run: str, *states: str, job: str = "") -> dict[str, Any]:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = self.get(run, job)
            if found["JobRunState"] in (states or DONE):
                return found
            assert not (states and found["JobRunState"] in DONE), found
            time.sleep(0.05)
        raise AssertionError(found)

    def run(self, **more: Any) -> dict[str, Any]:
        return self.until(self.start(**more))

    def lines(self, run: str, group: str = "/aws-glue/python-jobs/output") -> list[str]:
        events = self.logs.get_log_events(
            logGroupName=group, logStreamName=run, startFromHead=True
        )["events"]
        return [event["message"] for event in events]

    def folders(self) -> list[str]:
        place = self.aws.state_dir / "tmp" / "job-runs"
        return sorted(os.listdir(place)) if place.exists() else []


@pytest.fixture
def jobs(aws: LocalAws, name: str) -> Jobs:
    return Jobs(aws, name)


def eventually(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


SLEEPS = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(600)"


def test_a_run_has_the_fields_of_the_api_and_its_lines_in_the_log(jobs: Jobs) -> None:
    jobs.create(
        "import sys; print('out', sys.argv[1:]); print('err', file=sys.stderr)",
        DefaultArguments={"--a": "1", "--b": "2"},
        NonOverridableArguments={"--c": "3"},
    )
    run = jobs.run(Arguments={"--a": "x y", "--c": "9", "--flag": ""})
    assert run["JobRunState"] == "SUCCEEDED", run
    assert run["Id"].startswith("jr_") and run["Attempt"] == 0
    assert run["Arguments"] == {"--a": "x y", "--c": "9", "--flag": ""}
    assert run["CompletedOn"] >= run["StartedOn"]
    assert run["MaxCapacity"] == 0.0625 and run["AllocatedCapacity"] == 0
    assert run["LogGroupName"] == "/aws-glue/python-jobs"
    assert not [key for key in run if key.startswith("_")]
    out, err = jobs.lines(run["Id"])
    for words in ("'--a', 'x y'", "'--b', '2'", "'--c', '3'", "'--flag'", f"'{run['Id']}'"):
        assert words in out
    assert err == "err"
    assert jobs.folders() == []


@pytest.mark.parametrize(
    ("script", "state", "message"),
    [
        ("import sys; sys.exit(0)", "SUCCEEDED", None),
        ("import sys; sys.exit()", "SUCCEEDED", None),
        ("import sys; sys.exit(3)", "FAILED", "SystemExit: 3"),
        ("import sys; sys.exit('no')", "FAILED", "SystemExit: no"),
        (
            "a = 1\nprint(x)",
            "FAILED",
            "Failed line number: 2; NameError: name 'x' is not defined",
        ),
        ("import os; os._exit(7)", "FAILED", "Command failed with exit code 7"),
        ("a = (", "FAILED", "Error Category: SYNTAX_ERROR; Failed line number: 1; SyntaxError"),
        ("import os; os.kill(os.getpid(), 9)", "FAILED", "Command failed with exit code 137"),
    ],
)
def test_what_ends_a_script(jobs: Jobs, script: str, state: str, message: str | None) -> None:
    jobs.create(script)
    run = jobs.run()
    assert run["JobRunState"] == state, run
    assert (message is None) == ("ErrorMessage" not in run)
    assert (message or "") in run.get("ErrorMessage", "")
    assert jobs.folders() == []


def test_a_missing_script_fails_with_its_address(jobs: Jobs) -> None:
    jobs.create("")
    jobs.s3.delete_object(Bucket=jobs.name, Key=f"{jobs.name}.py")
    run = jobs.run()
    assert run["JobRunState"] == "FAILED"
    assert "NoSuchKey" in run["ErrorMessage"] and jobs.name in run["ErrorMessage"]
    assert jobs.lines(run["Id"]) == [run["ErrorMessage"]]


def test_what_does_not_exist(jobs: Jobs) -> None:
    assert error_code(jobs.start, job="no") == "EntityNotFoundException"
    jobs.create("")
    assert error_code(jobs.get, run="jr_no") == "EntityNotFoundException"
    assert error_code(jobs.start, JobRunId="jr_no") == "EntityNotFoundException"
    assert error_code(jobs.start, Timeout=0) == "InvalidInputException"
    answer = jobs.glue.batch_stop_job_run(JobName=jobs.name, JobRunIds=["jr_no"])
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"


def test_a_stopped_run_leaves_no_process_and_no_file(jobs: Jobs) -> None:
    child = "import subprocess, sys; subprocess.Popen(['sleep', '600']);" + SLEEPS
    jobs.create(child)
    run = jobs.start()
    jobs.until(run, "RUNNING")
    assert error_code(jobs.start) == "ConcurrentRunsExceededException"
    eventually(lambda: bool(jobs.logs.describe_log_groups()["logGroups"]) and bool(said(jobs, run)))
    pid = said(jobs, run)
    assert is_alive(pid)
    answer = jobs.glue.batch_stop_job_run(JobName=jobs.name, JobRunIds=[run])
    assert answer["SuccessfulSubmissions"] == [{"JobName": jobs.name, "JobRunId": run}]
    assert jobs.get(run)["JobRunState"] in ("STOPPING", "STOPPED")
    ended = jobs.until(run, "STOPPED")
    assert "ErrorMessage" not in ended
    eventually(lambda: not of_session(pid))
    assert jobs.folders() == []


def said(jobs: Jobs, run: str) -> int:
    """The pid that the script of a run printed, or 0 until then."""
    try:
        lines = jobs.lines(run)
    except jobs.logs.exceptions.ResourceNotFoundException:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("pid")), 0)


def test_a_queued_run_waits_for_its_place(jobs: Jobs) -> None:
    jobs.create("import time; time.sleep(1)", JobRunQueuingEnabled=True)
    first, second = jobs.start(), jobs.start()
    assert jobs.get(second)["JobRunState"] == "WAITING"
    assert jobs.until(second)["JobRunState"] == "SUCCEEDED"
    assert jobs.get(first)["JobRunState"] == "SUCCEEDED"


def test_a_failed_run_is_tried_again(jobs: Jobs) -> None:
    jobs.create("raise ValueError('no')", MaxRetries=2)
    run = jobs.start(Arguments={"--k": "v"})
    eventually(lambda: len(jobs.glue.get_job_runs(JobName=jobs.name)["JobRuns"]) == 3)
    last = jobs.glue.get_job_runs(JobName=jobs.name)["JobRuns"][0]
    jobs.until(last["Id"], "FAILED")
    assert last["Attempt"] == 2 and last["Arguments"] == {"--k": "v"}
    assert last["Id"] == f"{run}_attempt_2"
    assert last["PreviousRunId"] == f"{run}_attempt_1"
    page = jobs.glue.get_job_runs(JobName=jobs.name, MaxResults=2)
    rest = jobs.glue.get_job_runs(JobName=jobs.name, NextToken=page["NextToken"])
    assert [one["Attempt"] for one in page["JobRuns"] + rest["JobRuns"]] == [2, 1, 0]


def test_extra_files_of_every_kind(jobs: Jobs) -> None:
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in_zip.py", "x = 2")
    jobs.s3.put_object(Bucket=jobs.name, Key="z.zip", Body=packed.getvalue())
    places = [jobs.put("one.py", "x = 1"), f"s3://{jobs.name}/z.zip", f"s3://{jobs.name}/folder/"]
    jobs.put("folder/pack/__init__.py", "x = 3")
    jobs.create("import one, in_zip, pack; print(one.x, in_zip.x, pack.x)")
    run = jobs.run(Arguments={"--extra-py-files": ",".join(places)})
    assert run["JobRunState"] == "SUCCEEDED", run
    assert jobs.lines(run["Id"]) == ["1 2 3"]


def test_the_environment_of_a_job(jobs: Jobs) -> None:
    jobs.create("import os; print(sorted(os.environ))\nprint(os.environ['AWS_ENDPOINT_URL'])")
    run = jobs.run()
    names, address = jobs.lines(run["Id"])
    assert address == jobs.aws.endpoint
    assert "STATE_DIR" not in names and "AWS_ACCESS_KEY_ID" in names


BOOKMARK = """
import json, os, sys
path = os.environ["TERRAGLUE_BOOKMARK_FILE"]
old = json.load(open(path)) if os.path.exists(path) else {"Run": 0}
entry = {"JobName": "j", "Version": 1, "Run": old["Run"] + 1, "JobBookmark": "{}"}
json.dump(entry, open(path, "w"))
"""


def test_bookmarks_are_kept_only_when_enabled(jobs: Jobs) -> None:
    jobs.create(BOOKMARK)
    get = jobs.glue.get_job_bookmark
    jobs.run()
    jobs.run(Arguments={"--job-bookmark-option": "job-bookmark-pause"})
    assert error_code(get, JobName=jobs.name) == "EntityNotFoundException"
    enabled = {"--job-bookmark-option": "job-bookmark-enable"}
    jobs.run(Arguments=enabled)
    jobs.run(Arguments=enabled)
    assert get(JobName=jobs.name)["JobBookmarkEntry"]["Run"] == 2
    assert jobs.glue.reset_job_bookmark(JobName=jobs.name)["JobBookmarkEntry"]["Run"] == 0
    jobs.run(Arguments=enabled)
    assert get(JobName=jobs.name)["JobBookmarkEntry"]["Run"] == 1


@pytest.fixture
def own(tmp_path: Path) -> Iterator[LocalAws]:
    from .conftest import free_port

    local = LocalAws(free_port(), tmp_path / "state")
    local.run("start")
    yield local
    local.run("wipe")


def test_kill_9_of_the_server_leaves_nothing_running(own: LocalAws, name: str) -> None:
    jobs = Jobs(own, name)
    jobs.create("import subprocess; subprocess.Popen(['sleep', '600']);" + SLEEPS)
    run = jobs.start()
    eventually(lambda: said(jobs, run) > 0)
    pid = said(jobs, run)
    time.sleep(2.5)  # the state is saved a second after a change
    os.kill(own.run("status")["pid"], 9)
    eventually(lambda: not of_session(pid))
    eventually(lambda: jobs.folders() == [])
    own.run("start")
    found = jobs.get(run)
    assert found["JobRunState"] == "FAILED" and "was stopped while" in found["ErrorMessage"]


def test_triggers_start_what_they_name(jobs: Jobs) -> None:
    first, second = jobs.create("print(1)", f"{jobs.name}a"), jobs.create("", f"{jobs.name}b")
    on_demand, conditional = f"{jobs.name}-on-demand", f"{jobs.name}-conditional"
    jobs.glue.create_trigger(Name=on_demand, Type="ON_DEMAND", Actions=[{"JobName": first}])
    condition = {"LogicalOperator": "EQUALS", "JobName": first, "State": "SUCCEEDED"}
    jobs.glue.create_trigger(
        Name=conditional,
        Type="CONDITIONAL",
        Actions=[{"JobName": second, "Arguments": {"--k": "v"}}],
        Predicate={"Conditions": [condition]},
        StartOnCreation=True,
    )
    by_hand = jobs.until(jobs.start(first), job=first)
    assert by_hand["JobRunState"] == "SUCCEEDED"
    assert jobs.glue.get_job_runs(JobName=second)["JobRuns"] == []
    jobs.glue.start_trigger(Name=on_demand)
    eventually(lambda: bool(jobs.glue.get_job_runs(JobName=second)["JobRuns"]))
    (run,) = jobs.glue.get_job_runs(JobName=second)["JobRuns"]
    assert run["TriggerName"] == conditional and run["Arguments"] == {"--k": "v"}
    before = jobs.glue.get_job_runs(JobName=first)["JobRuns"][0]
    assert before["TriggerName"] == on_demand
    assert run["PredecessorRuns"] == [{"JobName": first, "RunId": before["Id"]}]


def test_conditions_together_and_alone(jobs: Jobs) -> None:
    """AND fires once, after all; ANY after each; one that is not met never."""
    good, bad = jobs.create("", f"{jobs.name}good"), jobs.create("1 / 0", f"{jobs.name}bad")
    after = {
        logical: jobs.create(
            "", f"{jobs.name}{logical}", ExecutionProperty={"MaxConcurrentRuns": 3}
        )
        for logical in ("AND", "ANY", "never")
    }
    conditions = [
        {"LogicalOperator": "EQUALS", "JobName": good, "State": "SUCCEEDED"},
        {"LogicalOperator": "EQUALS", "JobName": bad, "State": "FAILED"},
    ]
    for logical, job in after.items():
        unmet = {"LogicalOperator": "EQUALS", "JobName": bad, "State": "TIMEOUT"}
        jobs.glue.create_trigger(
            Name=job,
            Type="CONDITIONAL",
            Actions=[{"JobName": job}],
            Predicate={
                "Logical": "AND" if logical == "never" else logical,
                "Conditions": [conditions[0], unmet] if logical == "never" else conditions,
            },
            StartOnCreation=True,
        )
    jobs.glue.create_trigger(
        Name=jobs.name, Type="ON_DEMAND", Actions=[{"JobName": good}, {"JobName": bad}]
    )
    jobs.glue.start_trigger(Name=jobs.name)

    def runs(logical: str) -> list[dict[str, Any]]:
        return list(jobs.glue.get_job_runs(JobName=after[logical])["JobRuns"])

    eventually(lambda: len(runs("AND")) == 1 and len(runs("ANY")) == 2)
    ids = {job: jobs.glue.get_job_runs(JobName=job)["JobRuns"][0]["Id"] for job in (good, bad)}
    both = [{"JobName": job, "RunId": ids[job]} for job in (good, bad)]
    (together,) = runs("AND")
    assert sorted(together["PredecessorRuns"], key=both.index) == both
    alone = [run["PredecessorRuns"] for run in runs("ANY")]
    assert sorted(alone, key=lambda one: both.index(one[0])) == [[both[0]], [both[1]]]
    for run in [together, *runs("ANY")]:
        jobs.until(run["Id"], "SUCCEEDED", job=run["JobName"])
    assert (len(runs("AND")), len(runs("ANY")), runs("never")) == (1, 2, [])


def test_five_runs_leave_no_process_and_no_file(jobs: Jobs) -> None:
    jobs.create("import os; print('pid', os.getpid())")
    ended = [jobs.run() for dummy in range(5)]
    assert [run["JobRunState"] for run in ended] == ["SUCCEEDED"] * 5, ended
    runs = [run["Id"] for run in ended]
    assert not [pid for run in runs for pid in of_session(said(jobs, run))]
    assert jobs.folders() == []


def test_a_module_that_pip_cannot_get_is_told(jobs: Jobs) -> None:
    jobs.create("")
    run = jobs.run(Arguments={"--additional-python-modules": "/no/such/wheel.whl"})
    assert run["JobRunState"] == "FAILED"
    assert "pip could not install /no/such/wheel.whl" in run["ErrorMessage"]
    assert jobs.folders() == []


def test_a_run_keeps_its_settings_over_those_of_the_job(jobs: Jobs) -> None:
    jobs.create("", Timeout=7, MaxCapacity=1.0)
    run = jobs.run(Timeout=9, WorkerType="G.1X", NumberOfWorkers=3)
    assert run["Timeout"] == 9 and run["MaxCapacity"] == 3.0 and run["NumberOfWorkers"] == 3
    assert jobs.run()["Timeout"] == 7


def test_the_glue_logger_goes_to_the_error_group(jobs: Jobs) -> None:
    jobs.create("import os; open(os.environ['TERRAGLUE_LOGGER_FILE'], 'a').write('told\\n')")
    run = jobs.run(Arguments={"--custom-logGroup-prefix": f"/{jobs.name}"})
    assert run["JobRunState"] == "SUCCEEDED", run["ErrorMessage"]
    assert jobs.lines(run["Id"], f"/{jobs.name}/error") == ["told"]
    assert run["LogGroupName"] == f"/{jobs.name}"
