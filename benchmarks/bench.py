# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uploads and catalogs at size, as ratios to the fewest possible calls: ``make bench``.

Everything is measured against local servers of its own and in the same run, alternating, because
machines differ and are never quiet; the ratio is of medians. The table goes to the terminal and to
build/bench/results.json.

    tables   1,000 files in 1,000 tables: s3_folder and glue_catalog_tables against floor.py, and a run
             that finds nothing to change against the first, theirs and the floor's
    files    10,000 small files in one table, likewise
    large    one file of 5 GB: peak memory of the module's process
    copy     250 MB of CSV in ten files: s3_folder against "aws s3 cp --recursive"
    job      the sample job at 100,000 orders: StartJobRun against spark-submit by hand with the same
             settings, their start apart, and against the same result in Spark SQL
    query    SQL: the engine's first and second start, what the API adds to a statement, a GROUP BY
             over 100,000 rows of CSV, 200 queries by 8 clients at once

"process" is the whole ansible-playbook, or the whole process that it is compared with. "module" is the
tasks alone, from the worker that starts one to its result; the floor's counterpart is its calls. "CPU" is
what the process and all that it started used of the processor, without the server: the one figure that
other work on the machine hardly touches.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import job
import queries
from measuring import client, highest
from sink import Sink

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
BUILD = Path(os.environ.get("BENCH_FOLDER") or ROOT / "build" / "bench")
LAUNCHER = ROOT / "roles" / "local_aws" / "files" / "local_aws.py"
FLOOR = Path(__file__).with_name("floor.py")
BUCKET = "bench-data"
MIB = 1024 * 1024


class Sizes(NamedTuple):
    """How much of each: ``large`` in MiB, ``copy`` as files of so many MiB, ``job`` in orders."""

    tables: int
    files: int
    large: int
    copy: tuple[int, int]
    job: int
    repeat: int


FULL = Sizes(tables=1000, files=10_000, large=5 * 1024, copy=(10, 25), job=100_000, repeat=3)
SMOKE = Sizes(tables=10, files=100, large=192, copy=(2, 9), job=200, repeat=1)


class Timed(NamedTuple):
    """Seconds of a whole process and of what counts within it, and its seconds of processor.

    ``peak`` is the most memory that a module had, in MiB.
    """

    process: float
    module: float
    cpu: float
    peak: float = 0.0


class Line(NamedTuple):
    """A result: what is divided by what, and the most that it may be."""

    case: str
    what: str
    ours: str
    other: str
    ratio: float
    target: float

    @property
    def holds(self) -> bool:
        return self.ratio <= self.target


# Data


def small_tables(root: Path, count: int) -> None:
    """One small file in each of ``count`` tables of one database."""
    for number in range(count):
        write(root / "bench" / f"table_{number:05}" / "data.csv", csv_text(10, number))


def small_files(root: Path, count: int) -> None:
    """``count`` small files in one table."""
    for number in range(count):
        write(root / "bench" / "events" / f"part-{number:05}.csv", csv_text(10, number))


def write(path: Path, text: str) -> None:
    """A file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def csv_text(rows: int, seed: int = 0) -> str:
    """A header and rows that differ by ``seed``."""
    lines = ["id,customer,amount,day"]
    lines += [
        f"{seed * rows + row},customer {row % 97},{row % 1000}.{row % 100:02},2026-01-31"
        for row in range(rows)
    ]
    return "\n".join(lines) + "\n"


def csv_files(root: Path, count: int, size: int) -> None:
    """``count`` files of ``size`` MiB of CSV, no two alike."""
    for number in range(count):
        block = csv_text(25_000, number).encode()
        path = root / "bench" / "events" / f"part-{number:02}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as stream:
            while stream.tell() < size * MIB:
                stream.write(block)


def sparse_file(root: Path, size: int) -> None:
    """One file of ``size`` MiB that takes up next to nothing on disk."""
    path = root / "bench" / "events" / "all.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(csv_text(1000).encode())
        stream.truncate(size * MIB)


# Servers and processes


@contextmanager
def local_aws(**settings: str) -> Iterator[str]:
    """The endpoint of an empty local AWS with an empty bucket."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    state = BUILD / f"aws-{port}"
    place = [f"--port={port}", f"--state-dir={state}", "--json"]
    command = [sys.executable, str(LAUNCHER)]
    wanted = [f"--settings={json.dumps(settings)}"]
    subprocess.run(
        [*command, "start", *place, *wanted], check=True, capture_output=True, timeout=90
    )
    endpoint = f"http://127.0.0.1:{port}"
    try:
        client("s3", endpoint).create_bucket(Bucket=BUCKET)
        yield endpoint
    finally:
        subprocess.run([*command, "wipe", *place], check=True, capture_output=True, timeout=90)


def surroundings(**more: str) -> dict[str, str]:
    """The environment of a process, without the user's own AWS and Ansible settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "ANSIBLE_"))}
    return {
        **kept,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **more,
    }


def run(command: list[str], **environment: str) -> tuple[float, float, str]:
    """Seconds of a process, those of processor, what it printed; ends the benchmark when it fails."""
    began, used = time.perf_counter(), processor_seconds()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=surroundings(**environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds, processor_seconds() - used, done.stdout


def processor_seconds() -> float:
    """What all processes that ended have used, with those that they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def floor(endpoint: str, data: Path, *again: str) -> Timed:
    """The fewest calls."""
    seconds, cpu, printed = run([sys.executable, str(FLOOR), endpoint, BUCKET, str(data), *again])
    return Timed(seconds, float(printed), cpu)


def play(endpoint: str, data: Path, changes: bool, catalog: bool = True) -> Timed:
    """The modules as a play runs them; ``changes`` is whether they have to change something."""
    tasks: list[dict[str, Any]] = [
        {
            "name": "Upload",
            "terraglue.aws.s3_folder": {"src": str(data), "bucket": BUCKET, "owner": "bench"},
            "register": "done",
            "failed_when": f"done is {'not ' if changes else ''}changed",
        }
    ]
    if catalog:
        options = {"data_dir": str(data), "location": f"s3://{BUCKET}", "owner": "bench"}
        tasks.append({**tasks[0], "name": "Catalog", "terraglue.aws.glue_catalog_tables": options})
        del tasks[1]["terraglue.aws.s3_folder"]
    defaults = {
        "group/terraglue.aws.aws": {
            "endpoint_url": endpoint,
            "region": "us-east-1",
            "access_key": "test",
            "secret_key": "test",
        }
    }
    head = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    playbook, times = BUILD / "play.json", BUILD / "junit"
    content = [{"name": "Bench", **head, "module_defaults": defaults, "tasks": tasks}]
    playbook.write_text(json.dumps(content), encoding="utf-8")
    shutil.rmtree(times, ignore_errors=True)
    with highest(peak_of_modules) as memory:
        seconds, cpu, dummy = run(
            [str(BIN / "ansible-playbook"), str(playbook)],
            ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"),
            ANSIBLE_CALLBACKS_ENABLED="ansible.builtin.junit",
            JUNIT_OUTPUT_DIR=str(times),
        )
    (report,) = times.glob("*.xml")
    cases = ElementTree.parse(report).iter("testcase")
    tasks_alone = sum(float(case.get("time") or 0) for case in cases)
    return Timed(seconds, tasks_alone, cpu, memory[0])


def peak_of_modules() -> float:
    """The largest peak so far of resident memory, in MiB, of the modules that run now.

    Linux keeps the peak of each process; it is read as long as there is one. Our children are
    ansible-playbook, whose children are workers, whose children are modules or what starts them.
    """
    workers = [worker for play in children(os.getpid()) for worker in children(play)]
    found = [peak(below) for worker in workers for below in descendants(worker)]
    return max(found, default=0.0)


def children(process: int) -> list[int]:
    """The processes that one has started."""
    try:
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def descendants(ancestor: int) -> Iterator[int]:
    """The processes that one has started, and theirs."""
    for child in children(ancestor):
        yield child
        yield from descendants(child)


def peak(process: int) -> float:
    """The most resident memory in MiB that a process had."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) / 1024 if found else 0.0


def aws_command(smoke: bool) -> str | None:
    """The pinned aws command, installed once; None in a smoke run that has none."""
    home, wanted = BUILD / "awscli", Path(__file__).with_name("requirements.txt")
    done = home / "requirements.txt"
    if not (done.exists() and done.read_bytes() == wanted.read_bytes()):
        if smoke:
            return None
        run([sys.executable, "-m", "venv", "--clear", str(home)])
        run([str(home / "bin" / "pip"), "install", "--quiet", "-r", str(wanted)])
        shutil.copy(wanted, done)
    return str(home / "bin" / "aws")


def copy(aws: str, endpoint: str, data: Path) -> Timed:
    """``aws s3 cp --recursive``, with its defaults."""
    command = [aws, "s3", "cp", "--recursive", "--only-show-errors", str(data), f"s3://{BUCKET}"]
    seconds, cpu, dummy = run([*command, f"--endpoint-url={endpoint}"])
    return Timed(seconds, seconds, cpu)


# What is measured


def median(times: list[Timed]) -> Timed:
    """The median of each column."""
    return Timed(*(statistics.median(column) for column in zip(*times)))


def against_floor(case: str, data: Path, repeat: int) -> list[Line]:
    """First run and no-change run of upload and catalog."""
    least, least_again, first, second = [], [], [], []
    for dummy in range(repeat):
        with local_aws() as endpoint:
            least.append(floor(endpoint, data))
            least_again.append(floor(endpoint, data, "again"))
        with local_aws() as endpoint:
            first.append(play(endpoint, data, changes=True))
            second.append(play(endpoint, data, changes=False))
    a, b, c, d = median(least), median(first), median(second), median(least_again)
    return (
        compared(case, "first run / floor", b, a, 1.3)
        + compared(case, "no change / first run", c, b, 0.1)
        # What there is to be had: no run can do less.
        + compared(case, "the floor's no change / its first", d, a, 0.1)
    )


def memory_of_large(case: str, data: Path, size: int) -> list[Line]:
    """Peak memory of an upload to a server that keeps nothing."""
    with Sink() as server:
        timed = play(server.endpoint, data, changes=True, catalog=False)
        received = sum(server.received.values())
    if received != size * MIB:
        sys.exit(f"{received} bytes arrived of a file of {size * MIB}.")
    print(f"  {size} MiB in {timed.module:.1f} s", file=sys.stderr)
    return [memory_line(case, timed)]


def against_copy(case: str, data: Path, repeat: int, aws: str) -> list[Line]:
    """Our upload and the other one, in turns."""
    ours, theirs = [], []
    for dummy in range(repeat):
        with local_aws() as endpoint:
            ours.append(play(endpoint, data, changes=True, catalog=False))
        with local_aws() as endpoint:
            theirs.append(copy(aws, endpoint, data))
    lines = compared(case, "s3_folder / aws s3 cp", median(ours), median(theirs), 1.0)
    return [*lines, memory_line(case, median(ours))]


def sample_job(case: str, data: Path, orders: int, repeat: int) -> list[Line]:
    """The job by Glue's API, by hand, and in SQL."""
    generate = str(ROOT / "tools" / "generate_data.py")
    run([sys.executable, generate, f"--orders={orders}", f"--out={data}"])
    with local_aws() as endpoint:
        state = BUILD / f"aws-{endpoint.rpartition(':')[2]}"
        lab = job.Lab(endpoint, state, data)
        found = job.measured(lab, repeat, BUILD / "job")
    shutil.rmtree(BUILD / "job")
    if found.left:
        sys.exit(f"Five runs have left: {', '.join(found.left)}")
    work_by_glue = found.by_glue.seconds - found.start_by_glue.seconds
    work_by_submit = found.by_submit.seconds - found.start_by_submit.seconds
    pairs = (
        ("StartJobRun / spark-submit", found.by_glue.seconds, found.by_submit.seconds, 1.15),
        ("its start", found.start_by_glue.seconds, found.start_by_submit.seconds, 1.15),
        ("its work", work_by_glue, work_by_submit, 1.15),
        ("the application / Spark SQL", found.by_glue.seconds, found.in_sql.seconds, 1.0),
    )
    lines = [
        Line(case, what, f"{one:.2f} s", f"{two:.2f} s", one / two, most)
        for what, one, two, most in pairs
    ]
    ours, other = found.by_glue.memory, found.by_submit.memory
    if other:  # 0 where the system does not tell
        told = f"{ours:.0f} MiB", f"{other:.0f} MiB"
        lines.append(Line(case, "peak memory of all processes", *told, ours / other, 1.15))
    return lines


def local_queries(case: str, repeat: int) -> list[Line]:
    """The SQL engine, with a cache of its own that has the user's jars and no archive yet."""
    cache, home = BUILD / "query-cache", queries.users_cache()
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True)
    (home / "jars").mkdir(parents=True, exist_ok=True)
    (cache / "jars").symlink_to(home / "jars")
    with local_aws(cache_dir=str(cache)) as endpoint:
        port = endpoint.rpartition(":")[2]
        state = BUILD / f"aws-{port}"
        place = [f"--port={port}", f"--state-dir={state}"]
        launcher = [sys.executable, str(LAUNCHER)]
        found = queries.measured(endpoint, state, launcher, place, repeat)
    shutil.rmtree(cache)
    if found.lost:
        sys.exit(f"{found.lost} of 200 queries have no answer or a wrong one.")
    seconds = (
        ("first query, no archive of classes", found.cold, 30.0),
        ("first query, with it", found.warm, 10.0),
        ("what the API adds to a statement", found.added, 0.1),
        ("GROUP BY over 100,000 rows of CSV", found.group_by, 0.6),
    )
    lines = [
        Line(case, what, f"{one:.2f} s", f"{most:.1f} s", one / most, 1.0)
        for what, one, most in seconds
    ]
    lines += [
        Line(case, f"memory {when}", f"{one:.0f} MiB", "700 MiB", one / 700, 1.0)
        for when, one in (("warm", found.memory), ("with 8 clients", found.most_memory))
    ]
    ratio = (found.straight + found.added) / found.straight
    print(f"  200 queries by 8 clients in {found.many:.1f} s", file=sys.stderr)
    return [
        *lines,
        Line(
            case,
            "API / engine alone",
            f"{found.straight + found.added:.2f} s",
            f"{found.straight:.2f} s",
            ratio,
            2.0,
        ),
    ]


def memory_line(case: str, timed: Timed) -> Line:
    """The peak of memory against what it may be."""
    told = f"{timed.peak:.0f} MiB"
    return Line(case, "peak memory of the module", told, "200 MB", timed.peak * MIB / 200e6, 1.0)


def compared(case: str, what: str, ours: Timed, other: Timed, target: float) -> list[Line]:
    """The ratios of seconds, by each way to count them."""
    pairs = (
        ("process", ours.process, other.process),
        ("module", ours.module, other.module),
        ("CPU", ours.cpu, other.cpu),
    )
    return [
        Line(case, f"{what}, {kind}", f"{one:.2f} s", f"{two:.2f} s", one / two, target)
        for kind, one, two in pairs
    ]


def measure(case: str, sizes: Sizes, smoke: bool) -> list[Line]:
    """One case from its data to its results."""
    data = BUILD / "data"
    shutil.rmtree(data, ignore_errors=True)
    try:
        if case == "tables":
            small_tables(data, sizes.tables)
            return against_floor(case, data, sizes.repeat)
        if case == "files":
            small_files(data, sizes.files)
            return against_floor(case, data, sizes.repeat)
        if case == "large":
            sparse_file(data, sizes.large)
            return memory_of_large(case, data, sizes.large)
        if case == "job":
            return sample_job(case, data, sizes.job, sizes.repeat)
        if case == "query":
            return local_queries(case, sizes.repeat)
        aws = aws_command(smoke)
        if aws is None:
            print("  left out: a smoke run does not install awscli", file=sys.stderr)
            return []
        csv_files(data, *sizes.copy)
        return against_copy(case, data, sizes.repeat, aws)
    finally:
        shutil.rmtree(data, ignore_errors=True)


def table(lines: list[Line]) -> str:
    """The results for people."""
    rows = [("case", "what", "ours", "other", "ratio", "target", "")]
    rows += [
        (
            one.case,
            one.what,
            one.ours,
            one.other,
            f"{one.ratio:.2f}",
            f"{one.target:.2f}",
            "" if one.holds else "over",
        )
        for one in lines
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    )


def main() -> int:
    """Measure what was asked for; 1 when --strict and a target is missed."""
    cases = ("tables", "files", "large", "copy", "job", "query")
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("case", nargs="*", help=f"which of {', '.join(cases)}; all when not given")
    parser.add_argument("--smoke", action="store_true", help="small sizes: does it run at all?")
    parser.add_argument("--repeat", type=int, help="runs of each, of which the median counts")
    parser.add_argument("--strict", action="store_true", help="fail when a target is missed")
    options = parser.parse_args()
    unknown = set(options.case).difference(cases)
    if unknown:
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    sizes = SMOKE if options.smoke else FULL
    if options.repeat:
        sizes = sizes._replace(repeat=options.repeat)
    BUILD.mkdir(parents=True, exist_ok=True)
    lines: list[Line] = []
    for case in options.case or cases:
        print(f"{case} …", file=sys.stderr)
        lines += measure(case, sizes, options.smoke)
    print(table(lines))
    kept = {"sizes": sizes._asdict(), "results": [one._asdict() for one in lines]}
    (BUILD / "results.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return int(options.strict and not all(one.holds for one in lines))


if __name__ == "__main__":
    sys.exit(main())
