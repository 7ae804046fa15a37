# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, stop, wipe and status: what they change, what they refuse and how they say it."""

from __future__ import annotations

import http.server
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from .conftest import LAUNCHER, LocalAws, free_port

MINISTACK_PIN = "1.5.33"


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalAws]:
    """A local AWS of the test's own, not started."""
    own = LocalAws(free_port(), tmp_path / "state")
    yield own
    if (own.state_dir / ".terraglue-local-aws").exists():
        own.run("wipe")


def _get(url: str, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(
        url, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def _is_down(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _wait_down(port: int) -> None:
    deadline = time.monotonic() + 10
    while not _is_down(port):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _wait_gone(pid: int) -> None:
    """Until the process is gone or a zombie that nobody reaps (a container without an init)."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = (
                Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
            )
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} is still there")


def test_start_twice_stop_twice_wipe_twice(local: LocalAws) -> None:
    first = local.run("start")
    assert (first["changed"], first["state"], first["notes"]) == (True, "started", [])
    assert first["endpoint"] == local.endpoint
    assert (first["region"], first["account"]) == ("us-east-1", "000000000000")
    assert first["ministack_version"] == MINISTACK_PIN
    assert first["state_dir"] == str(local.state_dir)
    second = local.run("start")
    assert second == {**first, "changed": False}
    assert local.run("status") == second

    assert local.run("stop")["changed"] is True
    assert _is_down(local.port)
    _wait_gone(first["pid"])
    assert local.run("stop")["changed"] is False
    assert local.run("status")["state"] == "stopped"

    assert local.run("wipe")["changed"] is True
    assert not local.state_dir.exists()
    assert local.run("wipe")["changed"] is False


def test_check_only_says_what_would_change(local: LocalAws) -> None:
    assert local.run("start", "--check")["changed"] is True
    assert not local.state_dir.exists() and _is_down(local.port)
    local.run("start")
    assert local.run("start", "--check")["changed"] is False
    assert local.run("stop", "--check")["changed"] is True
    assert local.run("wipe", "--check")["changed"] is True
    assert local.run("status")["state"] == "started"


def test_a_running_one_is_recognised_fast(aws: LocalAws) -> None:
    aws.run("start")
    best = min(_cpu_seconds(aws) for dummy in range(5))
    assert best < 0.15


def _cpu_seconds(aws: LocalAws) -> float:
    """Not the clock's: other tests may run at the same time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    aws.run("start")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_running_one_is_recognised_without_importing_ministack(aws: LocalAws) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from terraglue_local.cli import main; "
        "main(sys.argv[2:]); print([m for m in ('ministack', 'hypercorn') if m in sys.modules])"
    )
    words = ["start", f"--port={aws.port}", f"--state-dir={aws.state_dir}"]
    done = subprocess.run(
        [sys.executable, "-c", code, str(LAUNCHER.parent), *words],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_it_listens_on_loopback_only(aws: LocalAws) -> None:
    pid = aws.run("status")["pid"]
    sockets = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(os.readlink(link))
        except OSError:
            continue
    listening = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        rows = Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]
        for row in rows:
            fields = row.split()
            if f"socket:[{fields[9]}]" in sockets and (fields[3] == "0A" or "udp" in table):
                listening.append(fields[1])
    assert listening == [f"0100007F:{aws.port:04X}"]


def test_it_is_detached_and_sees_little_of_the_callers_environment(
    local: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-real-secret")
    monkeypatch.setenv("AUTH", "true")
    monkeypatch.setenv("USE_SSL", "1")
    monkeypatch.setenv("GATEWAY_PORT", "1")
    monkeypatch.setenv("MINISTACK_ACCOUNT_ID", "111111111111")
    pid = local.run("start")["pid"]
    assert os.getsid(pid) == pid != os.getsid(0)
    environment = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8")
    assert "a-real-secret" not in environment
    assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
    assert os.readlink(f"/proc/{pid}/fd/1") == str(local.state_dir / "server.log")
    assert local.client("sts").get_caller_identity()["Account"] == "000000000000"


def _make_things(local: LocalAws, name: str) -> None:
    local.client("s3").create_bucket(Bucket=name)
    local.client("s3").put_object(
        Bucket=name, Key="a/b.csv", Body=b"x", ServerSideEncryption="aws:kms", Metadata={"m": "1"}
    )
    glue = local.client("glue")
    glue.create_database(DatabaseInput={"Name": name}, Tags={"owner": name})
    glue.create_table(DatabaseName=name, TableInput={"Name": "t", "Description": "old"})
    glue.update_table(DatabaseName=name, TableInput={"Name": "t"})
    command = {"Name": "glueetl", "ScriptLocation": "s3://b/main.py"}
    glue.create_job(
        Name=name, Role="r", Command=command, ExecutionClass="FLEX", Tags={"owner": name}
    )
    glue.create_trigger(Name=name, Type="ON_DEMAND", Actions=[{"JobName": name}])
    local.client("athena").create_work_group(Name=name)
    key = local.client("kms").create_key()["KeyMetadata"]["KeyId"]
    local.client("kms").create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    local.client("logs").create_log_group(logGroupName=name)
    local.client("iam").create_policy(
        PolicyName=name,
        PolicyDocument=json.dumps(
            {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        ),
    )


def _seen(local: LocalAws, name: str) -> dict[str, Any]:
    """Everything that _make_things made, as it reads."""
    s3, glue = local.client("s3"), local.client("glue")
    head = s3.head_object(Bucket=name, Key="a/b.csv", ChecksumMode="ENABLED")
    arn = f"arn:aws:glue:us-east-1:000000000000:job/{name}"
    versions = glue.get_table_versions(DatabaseName=name, TableName="t")["TableVersions"]
    policies = local.client("iam").list_policies(Scope="Local")["Policies"]
    return {
        "object": s3.get_object(Bucket=name, Key="a/b.csv")["Body"].read(),
        "head": {k: head[k] for k in ("SSEKMSKeyId", "Metadata", "ETag", "ChecksumCRC32")},
        "database": glue.get_database(Name=name)["Database"],
        "versions": versions,
        "job": glue.get_job(JobName=name)["Job"],
        "tags": glue.get_tags(ResourceArn=arn)["Tags"],
        "trigger": glue.get_trigger(Name=name)["Trigger"],
        "workgroup": local.client("athena").get_work_group(WorkGroup=name)["WorkGroup"],
        "key": local.client("kms").describe_key(KeyId=f"alias/{name}")["KeyMetadata"],
        "managed": local.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"],
        "group": local.client("logs").describe_log_groups()["logGroups"],
        "policy": [one for one in policies if one["PolicyName"] == name],
    }


def test_the_state_survives_stop_and_start(local: LocalAws, name: str) -> None:
    local.run("start")
    _make_things(local, name)
    before = _seen(local, name)
    assert [one["VersionId"] for one in before["versions"]] == ["1", "0"]
    local.run("stop")
    again = local.run("start")
    assert again["notes"] == []
    assert _seen(local, name) == before


def test_the_state_survives_kill_9_but_for_its_last_second(local: LocalAws, name: str) -> None:
    first = local.run("start")
    _make_things(local, name)
    before = _seen(local, name)
    time.sleep(2.5)  # it saves a second after a change
    os.kill(first["pid"], signal.SIGKILL)
    _wait_gone(first["pid"])
    _wait_down(local.port)

    state = local.run("status")
    assert state["state"] == "stopped"
    assert "ended without being stopped" in state["notes"][0]
    second = local.run("start")
    assert second["changed"] is True and second["pid"] != first["pid"]
    assert f"(pid {first['pid']}) ended without being stopped" in second["notes"][0]
    assert _seen(local, name) == before
    assert local.run("stop")["notes"] == []
    assert local.run("start")["notes"] == []


def test_stop_after_kill_9_changes_nothing_and_says_so(local: LocalAws) -> None:
    pid = local.run("start")["pid"]
    os.kill(pid, signal.SIGKILL)
    _wait_gone(pid)
    answer = local.run("stop")
    assert answer["changed"] is False and "had already ended" in answer["notes"][0]
    assert local.run("stop")["notes"] == []


def test_sigterm_alone_is_a_stop(local: LocalAws) -> None:
    """As a machine that shuts down sends it: all is ended in order, and nobody is told otherwise."""
    pid = local.run("start")["pid"]
    os.kill(pid, signal.SIGTERM)
    _wait_gone(pid)
    assert (local.state_dir / "server.lock").read_text(encoding="utf-8") == ""
    assert "Traceback" not in (local.state_dir / "server.log").read_text(encoding="utf-8")
    assert local.run("start")["notes"] == []


def test_a_note_whose_pid_is_now_another_process_harms_nobody(local: LocalAws) -> None:
    pid = local.run("start")["pid"]
    os.kill(pid, signal.SIGKILL)
    _wait_gone(pid)
    with subprocess.Popen(["sleep", "60"]) as innocent:
        note = local.state_dir / "server.lock"
        facts = {**json.loads(note.read_text(encoding="utf-8")), "pid": innocent.pid}
        note.write_text(json.dumps(facts), encoding="utf-8")
        assert local.run("stop")["changed"] is False
        assert innocent.poll() is None
        innocent.kill()


class _Other(http.server.BaseHTTPRequestHandler):
    server_version = "SomethingElse/1"

    def do_GET(self) -> None:  # noqa: N802
        self.send_error(404)

    def log_message(self, *words: Any) -> None:
        pass


def test_a_port_taken_by_a_web_server(local: LocalAws) -> None:
    with http.server.HTTPServer(("127.0.0.1", local.port), _Other) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        answer = local.run("start")
        other.shutdown()
    assert answer["failed"] is True
    assert f"Port {local.port} on 127.0.0.1 is taken by something that is not" in answer["msg"]
    assert f"pid {os.getpid()} (" in answer["msg"]
    assert "404" in answer["msg"] and "SomethingElse/1" in answer["msg"]
    assert "local_aws_port" in answer["msg"]
    assert not local.state_dir.exists()


def _hang_up_on_the_first(listener: socket.socket) -> None:
    connection = listener.accept()[0]
    connection.close()


def test_a_port_taken_by_something_silent(local: LocalAws) -> None:
    with socket.create_server(("127.0.0.1", local.port)) as other:
        closer = threading.Thread(target=_hang_up_on_the_first, args=(other,))
        closer.start()
        answer = local.run("start")
        closer.join()
    assert answer["failed"] is True
    assert "It does not speak HTTP" in answer["msg"] and f"pid {os.getpid()}" in answer["msg"]


def test_plain_ministack_is_not_ours(local: LocalAws, tmp_path: Path) -> None:
    environment = {
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "GATEWAY_PORT": str(local.port),
        "TMPDIR": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-m", "ministack"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as plain:
        deadline = time.monotonic() + 20
        while _is_down(local.port) and time.monotonic() < deadline:
            time.sleep(0.05)
        answer = local.run("start")
        plain.kill()
    assert answer["failed"] is True and f"pid {plain.pid} (" in answer["msg"]


def test_two_starts_at_once_make_one_server(local: LocalAws) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda dummy: local.run("start"), range(4)))
    assert [answer for answer in answers if answer.get("failed")] == []
    assert sorted(answer["changed"] for answer in answers) == [False, False, False, True]
    assert len({answer["pid"] for answer in answers}) == 1


def test_a_server_that_hangs_is_named(local: LocalAws) -> None:
    pid = local.run("start")["pid"]
    os.kill(pid, signal.SIGSTOP)
    answer = local.run("start", "--timeout=0.1")
    assert answer["failed"] is True
    assert f"(pid {pid}) runs but did not answer on {local.endpoint}" in answer["msg"]
    assert "local_aws_state: stopped" in answer["msg"]
    os.kill(pid, signal.SIGCONT)
    assert local.run("start")["changed"] is False


def test_the_same_folder_on_another_port_is_refused(local: LocalAws) -> None:
    pid = local.run("start")["pid"]
    other = LocalAws(free_port(), local.state_dir)
    answer = other.run("start")
    assert answer["failed"] is True
    assert f"(pid {pid}) already runs on the state folder {local.state_dir}" in answer["msg"]
    assert f"on port {local.port} instead of {other.port}" in answer["msg"]


def test_another_folder_on_the_same_port_is_refused(local: LocalAws, tmp_path: Path) -> None:
    local.run("start")
    answer = LocalAws(local.port, tmp_path / "other").run("start")
    assert answer["failed"] is True
    assert f"keeps its state in {local.state_dir}, not in {tmp_path / 'other'}" in answer["msg"]


def test_another_version_of_the_layer_is_refused_with_what_to_do(
    local: LocalAws, tmp_path: Path
) -> None:
    older = tmp_path / "older"
    subprocess.run(["cp", "-r", str(LAUNCHER.parent), str(older)], check=True)
    source = older / "terraglue_local" / "__init__.py"
    text = source.read_text(encoding="utf-8")
    source.write_text(
        text.replace('LAYER_RELEASE = "1.0.0"', 'LAYER_RELEASE = "0.9.0"').replace(
            f'MINISTACK_PIN = "{MINISTACK_PIN}"', f'MINISTACK_PIN = "{MINISTACK_PIN}"  # as before'
        ),
        encoding="utf-8",
    )
    command = [sys.executable, str(older / "local_aws.py"), "start", "--json"]
    command += [f"--port={local.port}", f"--state-dir={local.state_dir}"]
    subprocess.run(command, check=True, capture_output=True)

    answer = local.run("start")
    assert answer["failed"] is True
    assert "runs layer 0.9.0+" in answer["msg"] and "wants layer 1.0.0+" in answer["msg"]
    assert "local_aws_state: stopped" in answer["msg"] and "its state is kept" in answer["msg"]
    local.client("s3").create_bucket(Bucket="kept")
    assert local.run("stop")["changed"] is True
    assert local.run("start")["changed"] is True
    assert [one["Name"] for one in local.client("s3").list_buckets()["Buckets"]] == ["kept"]


@pytest.mark.parametrize("installed", [None, "1.5.32"])
def test_ministack_missing_or_of_another_version(
    local: LocalAws, tmp_path: Path, installed: str | None
) -> None:
    """A Python that sees no packages, or one of the wrong version."""
    packages = tmp_path / "packages"
    packages.mkdir()
    if installed:
        info = packages / f"ministack-{installed}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: ministack\nVersion: {installed}\n", encoding="utf-8"
        )
    code = (
        "import sys; sys.path[:0] = sys.argv[1:3]; from terraglue_local.cli import main; "
        "sys.exit(main(sys.argv[3:]))"
    )
    words = ["start", "--json", f"--port={local.port}", f"--state-dir={local.state_dir}"]
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, str(LAUNCHER.parent), str(packages), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    msg = json.loads(done.stdout)["msg"]
    assert "pip install -r requirements.txt" in msg and sys.executable in msg
    if installed:
        assert f"ministack {installed} is installed" in msg and f"exactly {MINISTACK_PIN}" in msg
    else:
        assert "ministack is not installed" in msg


def test_death_at_the_start_shows_the_log(local: LocalAws) -> None:
    local.run("start")
    local.run("stop")
    # A folder in the place of the server's own file: the server cannot take it and ends.
    (local.state_dir / "server.lock").mkdir()
    answer = local.run("start")
    (local.state_dir / "server.lock").rmdir()
    assert answer["failed"] is True
    assert "ended while starting (exit code 1)" in answer["msg"]
    assert f"its log {local.state_dir / 'server.log'}" in answer["msg"]
    assert "Is a directory" in answer["msg"] and "Traceback" not in answer["msg"]


def test_too_slow_a_start_is_ended(local: LocalAws) -> None:
    answer = local.run("start", "--timeout=0.01")
    assert answer["failed"] is True
    assert "local_aws_start_timeout" in answer["msg"]
    assert str(local.state_dir / "server.log") in answer["msg"]
    assert _is_down(local.port)
    assert local.run("start")["notes"] == []


def test_somebody_elses_folder_is_never_used_nor_deleted(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work", encoding="utf-8")
    local = LocalAws(free_port(), precious)
    for verb in ("start", "wipe"):
        answer = local.run(verb)
        assert answer["failed"] is True and "not made by the local AWS" in answer["msg"]
        assert "local_aws_state_dir" in answer["msg"]
    assert [entry.name for entry in precious.iterdir()] == ["thesis.txt"]
    assert local.run("stop")["changed"] is False


def test_wipe_does_not_follow_links_out_of_the_folder(local: LocalAws, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("kept", encoding="utf-8")
    local.run("start")
    local.run("stop")
    (local.state_dir / "link").symlink_to(outside)
    (local.state_dir / "s3" / "link").symlink_to(outside)
    assert local.run("wipe")["changed"] is True
    assert (outside / "file").read_text(encoding="utf-8") == "kept"


def test_wipe_of_a_running_one_leaves_nothing(local: LocalAws) -> None:
    pid = local.run("start")["pid"]
    local.client("s3").create_bucket(Bucket="gone")
    assert local.run("wipe")["changed"] is True
    _wait_gone(pid)
    assert not local.state_dir.exists() and _is_down(local.port)
    local.run("start")
    assert local.client("s3").list_buckets()["Buckets"] == []


def test_wrong_options_are_a_sentence(local: LocalAws) -> None:
    answer = local.run("start", "--port=70000")
    assert answer["failed"] is True and "'70000' is no port" in answer["msg"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    answer = LocalAws(free_port(), tmp_path / "file" / "state").run("start")
    assert answer["failed"] is True and "cannot be made: Not a directory" in answer["msg"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "bucket.localhost:4566"}, 200),
        ({"Origin": "http://localhost:3000", "Sec_Fetch_Site": "cross-site"}, 200),
        ({"Host": "attacker.example:4566"}, 403),
        ({"Host": "127.0.0.1.attacker.example"}, 403),
        ({"Origin": "https://attacker.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "none"}, 200),
    ],
)
def test_web_pages_elsewhere_cannot_reach_it(
    aws: LocalAws, headers: dict[str, str], status: int
) -> None:
    answered, body = _get(f"{aws.endpoint}/_terraglue/health", **headers)
    assert answered == status
    if status == 200:
        health = json.loads(body)
        assert health["ministack"] == MINISTACK_PIN and health["state_dir"] == str(aws.state_dir)
    else:
        assert "The local AWS refuses this request" in body


def test_a_reset_from_a_web_page_is_refused(aws: LocalAws, name: str) -> None:
    aws.client("s3").create_bucket(Bucket=name)
    request = urllib.request.Request(
        f"{aws.endpoint}/_ministack/reset", method="POST", headers={"Origin": "https://a.example"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 403
    aws.client("s3").head_bucket(Bucket=name)


def test_virtual_hosted_requests_meet_the_layer_too(aws: LocalAws, name: str) -> None:
    aws.client("s3").create_bucket(Bucket=name)
    request = urllib.request.Request(
        f"{aws.endpoint}/key",
        data=b"x",
        method="PUT",
        headers={
            "Host": f"{name}.localhost:{aws.port}",
            "x-amz-server-side-encryption": "aws:kms",
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20300101/us-east-1/s3/aws4_request",
        },
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.headers["x-amz-server-side-encryption-aws-kms-key-id"]
