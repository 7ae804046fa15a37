# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of one run, in order: a folder, engines, files, the process, what ended it.

A run is one asyncio task. To stop it is to cancel the task, wherever it is; whatever it has begun
is undone on the way out.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import logging
import shutil
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..engines import Say, Unready, jars, java, settings, spark
from ..engines.process import Process
from . import arguments as args
from . import environment, errors, files, launcher, logs
from .errors import Ending, Failed

# Where the awsglue layer lies: not a part of the server, but of the job's process.
RUNTIME = Path(__file__).parents[2] / "glue_runtime"
FOLDERS = "job-runs"
_LOGGER_FILE = "logger.log"
logger = logging.getLogger("terraglue")


@dataclasses.dataclass(frozen=True)
class Plan:
    """All that a run depends on, settled when it starts."""

    job_name: str
    run_id: str
    attempt: int
    kind: str
    script: str
    arguments: Mapping[str, str]
    role: str
    security_configuration: str
    log_key: str
    s3_encryption: tuple[str, str]  # mode and KMS key
    timeout_minutes: int | None
    bookmark: dict[str, Any] | None
    state_dir: str
    endpoint: str

    @property
    def folder(self) -> Path:
        """The run's own folder, gone with it."""
        return Path(self.state_dir) / "tmp" / FOLDERS / self.run_id

    @property
    def log_groups(self) -> tuple[str, str]:
        """(output, error)"""
        return args.log_groups(
            self.arguments,
            self.kind,
            self.role,
            self.security_configuration if self.log_key else "",
        )


def clear(state_dir: str) -> None:
    """Remove what runs have left that ended with their server."""
    shutil.rmtree(Path(state_dir) / "tmp" / FOLDERS, ignore_errors=True)


async def live(
    plan: Plan, running: Callable[[], None], committed: Callable[[dict[str, Any]], None]
) -> Ending:
    """Run to the end. ``running`` is told when the script begins, ``committed`` what it noted."""
    folder = plan.folder
    output, told = folder / "output.log", folder / _LOGGER_FILE
    stream = args.log_stream(plan.arguments, plan.run_id)
    out_group, error_group = plan.log_groups
    tails = [
        logs.Tail(output, logs.Stream(out_group, stream, plan.log_key)),
        logs.Tail(told, logs.Stream(error_group, stream, plan.log_key)),
    ]
    for name in ("tmp", "work"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    followers = [asyncio.create_task(tail.follow()) for tail in tails]
    said = ""
    try:
        code = await _work(plan, running)
    except (Failed, Unready) as failed:
        said = str(failed)
        _say(plan, said)
    finally:
        for tail in tails:
            tail.finish()
        # Trouble with the log must not change how the run ends, nor keep its folder.
        for trouble in await asyncio.gather(*followers, return_exceptions=True):
            if trouble is not None:
                logger.warning("The log of %s is not whole: %r", plan.run_id, trouble)
        outcome = _outcome(folder)
        _keep_bookmark(plan, committed)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    if said:
        return Ending("FAILED", said)
    if code is None:
        return errors.timed_out(plan.timeout_minutes or 0)
    return errors.ending(code, outcome, "".join(tail.last for tail in tails))


def _say(plan: Plan, text: str) -> None:
    """A line of ours among those of the script."""
    with open(plan.folder / "output.log", "a", encoding="utf-8") as file:
        file.write(f"{text}\n")


async def _work(plan: Plan, running: Callable[[], None]) -> int | None:
    """The exit code of the script's process, None when its time was up."""
    environment_of_job = await _prepare(plan, functools.partial(_say, plan))
    process = await Process.start(
        (sys.executable, launcher.__file__, str(plan.folder)),
        folder=plan.folder,
        work=plan.folder / "work",
        environment=environment_of_job,
        output=plan.folder / "output.log",
    )
    running()
    limit = plan.timeout_minutes * 60 if plan.timeout_minutes else None
    try:
        return await asyncio.wait_for(process.wait(), limit)
    except asyncio.TimeoutError:
        return None
    finally:
        await process.end()


async def _prepare(plan: Plan, say: Say) -> dict[str, str]:
    """Bring everything to the folder. The environment of the process."""
    folder = plan.folder
    script = files.script(plan.script, folder)
    files.extra_files(plan.arguments, folder)
    paths = files.extra_modules(plan.arguments, folder)
    paths += await files.additional_packages(plan.arguments, folder, say)
    paths.append(str(RUNTIME))
    more = _contract(plan)
    with_spark = plan.kind != "pythonshell"
    events = environment.event_log_confs(plan.arguments).get("spark.eventLog.dir")
    if with_spark:
        if events:
            files.make_folder(events)
        pyspark, variables = await asyncio.to_thread(_spark, plan, say)
        paths.append(str(pyspark))
        more.update(variables)
    argv = args.argv(plan.job_name, plan.run_id, str(script), plan.arguments, str(folder / "tmp"))
    note = {
        "script": str(script),
        "argv": argv,
        "spark": with_spark,
        "history": with_spark and bool(events),
    }
    (folder / "run.json").write_text(json.dumps(note), encoding="utf-8")
    return environment.job_environment(plan.endpoint, folder, paths, more)


def _spark(plan: Plan, say: Say) -> tuple[Path, dict[str, str]]:
    """(folder of pyspark, variables). Blocks for as long as the engines take to be had."""
    wanted = settings.of(plan.state_dir)
    home = java.java_home(wanted, say)
    pyspark = spark.pyspark(wanted, say)
    folder = jars.jars("spark", wanted, say)
    log = environment.log4j_properties(plan.folder / _LOGGER_FILE)
    (plan.folder / environment.LOG4J_FILE).write_text(log, encoding="utf-8")
    given = {
        **environment.encryption_confs(*plan.s3_encryption),
        **environment.event_log_confs(plan.arguments),
        **args.confs(plan.arguments),
    }
    confs = environment.spark_confs(
        plan.endpoint,
        sorted(map(str, folder.rglob("*.jar"))),
        plan.folder,
        wanted.job_memory_mb,
        given,
    )
    return pyspark, environment.spark_environment(home, sys.executable, confs)


def _contract(plan: Plan) -> dict[str, str]:
    """The variables that the awsglue layer reads."""
    bookmark = plan.folder / "bookmark.json"
    if plan.bookmark is not None:
        bookmark.write_text(json.dumps(plan.bookmark), encoding="utf-8")
    return {
        "TERRAGLUE_LOGGER_FILE": str(plan.folder / _LOGGER_FILE),
        "TERRAGLUE_BOOKMARK_FILE": str(bookmark),
        "TERRAGLUE_BOOKMARK_OPTION": args.bookmark_option(plan.arguments),
    }


def _outcome(folder: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        content: dict[str, Any] = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
        return content
    return None


def _keep_bookmark(plan: Plan, committed: Callable[[dict[str, Any]], None]) -> None:
    """Job.commit's note. A paused or switched-off bookmark is not moved."""
    if args.bookmark_option(plan.arguments) != "job-bookmark-enable":
        return
    with suppress(OSError, ValueError):
        text = (plan.folder / "bookmark.json").read_text(encoding="utf-8")
        content = json.loads(text)
        if content != plan.bookmark:
            committed(content)
