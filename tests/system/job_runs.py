# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Glue's jobs and their runs: started, awaited, read."""

from __future__ import annotations

from typing import Any

from .conftest import LocalAws
from .waiting import tries

SECONDS = 180.0
ROLE = "arn:aws:iam::000000000000:role/r"


class JobRuns:
    """Jobs of Spark, and what their runs print."""

    def __init__(self, aws: LocalAws) -> None:
        self.glue, self.s3, self.logs = (aws.client(one) for one in ("glue", "s3", "logs"))

    def create(self, job: str, bucket: str, script: str, **more: Any) -> str:
        """The name of the job. Its script lies in the bucket."""
        self.s3.put_object(Bucket=bucket, Key=f"scripts/{job}.py", Body=script.encode())
        command = {"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/scripts/{job}.py"}
        self.glue.create_job(Name=job, Role=ROLE, Command=command, GlueVersion="5.0", **more)
        return job

    def start(self, job: str, arguments: dict[str, str] | None = None, **more: Any) -> str:
        """The id of a run."""
        given = {"JobName": job, "Arguments": arguments or {}, **more}
        return str(self.glue.start_job_run(**given)["JobRunId"])

    def until(self, job: str, run: str, *states: str) -> dict[str, Any]:
        """The run once it is in one of the states. It may not end in another one."""
        for dummy in tries(SECONDS):
            found: dict[str, Any] = self.glue.get_job_run(JobName=job, RunId=run)["JobRun"]
            if found["JobRunState"] in states:
                return found
            assert "CompletedOn" not in found, (found, self.lines(run))
        raise TimeoutError(f"after {SECONDS:.0f} seconds: {found}\n{self.lines(run)}")

    def lines(self, run: str, group: str = "/aws-glue/jobs/output") -> list[str]:
        """What a run has printed so far."""
        try:
            answer = self.logs.get_log_events(
                logGroupName=group, logStreamName=run, startFromHead=True
            )
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in answer["events"]]
