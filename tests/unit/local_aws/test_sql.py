# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as Athena shows them, and the life of the engine with a stand-in for Java."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from terraglue_local.engines import Unready, settings
from terraglue_local.engines.settings import Settings
from terraglue_local.sql import configuration, engine, statement, values

# --- values -------------------------------------------------------------------------------------


def long(value: int) -> dict[str, Any]:
    return {"kind": "LONG", "value": value}


def of(name: str, *arguments: Any) -> dict[str, Any]:
    """A type's signature as Trino's JSON has it."""
    return {"rawType": name, "arguments": list(arguments)}


def inner(signature: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "TYPE", "value": signature}


def field(name: str | None, signature: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = {"typeSignature": signature}
    if name:
        value["fieldName"] = {"name": name}
    return {"kind": "NAMED_TYPE", "value": value}


VARCHAR = of("varchar", long(2147483647))
INTEGER = of("integer")


@pytest.mark.parametrize(
    "signature, value, text",
    [
        (INTEGER, None, None),
        (INTEGER, 7, "7"),
        (of("bigint"), -9223372036854775808, "-9223372036854775808"),
        (of("boolean"), True, "true"),
        (of("boolean"), False, "false"),
        # Double.toString: from 10^-3 to 10^7 as it is, else with an exponent.
        (of("double"), 1.0, "1.0"),
        (of("double"), -0.0, "-0.0"),
        (of("double"), 9999999.0, "9999999.0"),
        (of("double"), 1e7, "1.0E7"),
        (of("double"), 12345678.9, "1.23456789E7"),
        (of("double"), 0.001, "0.001"),
        (of("double"), 0.00099, "9.9E-4"),
        (of("double"), -1.5e300, "-1.5E300"),
        (of("double"), "NaN", "NaN"),
        (of("double"), "-Infinity", "-Infinity"),
        (of("real"), 1.1, "1.1"),
        (of("decimal", long(10), long(2)), "1.10", "1.10"),
        (VARCHAR, "", ""),
        (of("char", long(3)), "a  ", "a  "),
        (of("date"), "2024-02-29", "2024-02-29"),
        (of("timestamp", long(0)), "2024-01-01 00:00:00", "2024-01-01 00:00:00.000"),
        (of("timestamp", long(6)), "2024-01-01 00:00:00.123456", "2024-01-01 00:00:00.123"),
        (
            of("timestamp with time zone", long(1)),
            "2024-01-01 00:00:00.5 UTC",
            "2024-01-01 00:00:00.500 UTC",
        ),
        (of("time", long(0)), "01:02:03", "01:02:03.000"),
        (of("varbinary"), "aGk=", "68 69"),
        (of("varbinary"), "", ""),
        (of("json"), '{"a":1}', '{"a":1}'),
        (of("array", inner(of("double"))), [1, None, 1e10], "[1.0, null, 1.0E10]"),
        (of("array", inner(INTEGER)), [], "[]"),
        (
            of("map", inner(VARCHAR), inner(of("boolean"))),
            {"a": True, "b": None},
            "{a=true, b=null}",
        ),
        (
            of("row", field(None, INTEGER), field(None, VARCHAR)),
            [1, None],
            "{field0=1, field1=null}",
        ),
        (
            of("row", field("a", of("array", inner(of("varbinary"))))),
            [["aGk="]],
            "{a=[68 69]}",
        ),
    ],
)
def test_a_value_is_the_text_that_athena_shows(
    signature: dict[str, Any], value: Any, text: str | None
) -> None:
    assert values.renderer({"name": "x", "typeSignature": signature})(value) == text


@pytest.mark.parametrize(
    "signature, info",
    [
        (INTEGER, ("integer", 10, 0)),
        (VARCHAR, ("varchar", 2147483647, 0)),
        (of("varchar", long(3)), ("varchar", 3, 0)),
        (of("char", long(3)), ("char", 3, 0)),
        (of("real"), ("float", 17, 0)),
        (of("decimal", long(6), long(2)), ("decimal", 6, 2)),
        (of("timestamp", long(3)), ("timestamp", 3, 0)),
        (of("array", inner(INTEGER)), ("array", 0, 0)),
        (of("interval day to second"), ("interval day to second", 0, 0)),
    ],
)
def test_a_column_is_described(signature: dict[str, Any], info: tuple[str, int, int]) -> None:
    found = values.column_info({"name": "x", "typeSignature": signature})
    assert (found["Name"], found["Type"], found["Precision"], found["Scale"]) == ("x", *info)


@pytest.mark.parametrize(
    "name, message, reason",
    [
        (
            "COLUMN_NOT_FOUND",
            "line 1:8: Column 'x' cannot be resolved",
            (
                "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved or requester is not authorized"
                " to access requested resources"
            ),
        ),
        (
            "INVALID_COLUMN_PROPERTY",
            (
                "Column projection for column 'x' failed. Injected projection requires single predicate"
                " for it's column in where clause"
            ),
            (
                "CONSTRAINT_VIOLATION: For the injected projected partition column x, the WHERE clause must"
                " contain only static equality conditions, and at least one such condition must be present."
            ),
        ),
        ("DIVISION_BY_ZERO", "Division by zero", "DIVISION_BY_ZERO: Division by zero"),
    ],
)
def test_failures_have_athenas_words(name: str, message: str, reason: str) -> None:
    class Error:
        error_name, error_type = name, "USER_ERROR"

    Error.message = message
    assert str(statement._failure(Error())) == reason


# --- configuration and memory -------------------------------------------------------------------


def test_trino_listens_on_the_loopback_alone_and_knows_the_local_aws() -> None:
    files = configuration.files(8123, "http://127.0.0.1:4566", 512)
    server = files["etc/config.properties"].splitlines()
    assert "node.bind-ip=127.0.0.1" in server and "http-server.http.port=8123" in server
    assert "query.max-memory-per-node=153MB" in server  # 30 % of 512
    catalog = files["etc/catalog/awsdatacatalog.properties"].splitlines()
    assert "hive.metastore.glue.endpoint-url=http://127.0.0.1:4566" in catalog
    assert "s3.endpoint=http://127.0.0.1:4566" in catalog


def test_there_is_room_for_the_code_of_many_statements(tmp_path: Path) -> None:
    """What one tier has by itself, 48 MB, is full after some hundred."""
    command = configuration.command(tmp_path, tmp_path, tmp_path, 512, tmp_path / "none.jsa")
    assert "-XX:ReservedCodeCacheSize=256m" in command


def test_too_little_memory_is_told_with_the_variable() -> None:
    engine.require_memory(512, None)
    engine.require_memory(512, 712)
    with pytest.raises(
        Unready, match="needs 712 MB .* only 711 MB are free.*local_aws_sql_memory_mb"
    ):
        engine.require_memory(512, 711)
    with pytest.raises(Unready, match="local_aws_sql_memory_mb is 100; .* 320 or more"):
        engine.require_memory(100, None)


# --- the engine's life --------------------------------------------------------------------------

# It takes Java's place: answers as Trino when it starts, or dies of what the test wrote beside it.
JAVA = """#!{python}
import http.server, os, pathlib, sys
home = pathlib.Path(__file__).parents[1]
with open(home / "calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if (home / "trouble").exists():
    print("line one\\nno room for it")
    sys.exit(3)
for word in sys.argv:
    if word.startswith("-XX:DumpLoadedClassList="):
        pathlib.Path(word.partition("=")[2]).write_text("classes")
    if word.startswith("-XX:SharedArchiveFile=") and "-Xshare:dump" in sys.argv:
        pathlib.Path(word.partition("=")[2]).write_text("archive")
        sys.exit(0)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{{"starting":false}}')
    def log_message(self, *words):
        pass
lines = pathlib.Path("etc/config.properties").read_text().splitlines()
port = int(next(one for one in lines if one.startswith("http-server.http.port=")).partition("=")[2])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


class Lab:
    """A state folder, a Java that is none, and the engine over both."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "java"
        self.calls = self.home / "calls"
        (self.home / "bin").mkdir(parents=True)
        java = self.home / "bin" / "java"
        java.write_text(JAVA.format(python=sys.executable), encoding="utf-8")
        java.chmod(java.stat().st_mode | stat.S_IXUSR)
        self.jars = folder / "jars"
        (self.jars / "lib").mkdir(parents=True)
        (self.jars / "plugin").mkdir()
        self.state = folder / "state"
        self.wanted = Settings(cache_dir=str(folder / "cache"))
        self.engine = engine.Engine(str(self.state), "http://127.0.0.1:4566")
        self.said: list[str] = []

    @property
    def starts(self) -> list[str]:
        if not self.calls.exists():
            return []
        lines = self.calls.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if "TrinoServer" in line]

    @property
    def folders(self) -> list[Path]:
        place = self.state / "tmp" / engine.FOLDERS
        return list(place.iterdir()) if place.exists() else []

    async def use(self) -> int:
        async with self.engine.used(self.said.append) as port:
            return port


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    made = Lab(tmp_path)
    monkeypatch.setattr(engine, "_get", lambda wanted, say: (made.home, made.jars))
    monkeypatch.setattr(settings, "of", lambda state_dir: made.wanted)
    monkeypatch.setattr(engine, "available_mb", lambda: 8000)
    monkeypatch.setattr(engine, "_LOOK_SECONDS", 0.05)
    return made


async def until(condition: Any, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not come true"
        await asyncio.sleep(0.02)


def test_it_starts_once_for_all_and_ends_with_the_server(lab: Lab) -> None:
    async def story() -> None:
        async with lab.engine.living():
            assert not lab.engine.is_up
            ports = await asyncio.gather(*(lab.use() for dummy in range(3)))
            assert len(set(ports)) == 1 and lab.engine.is_up
            assert len(lab.starts) == 1 and len(lab.folders) == 1
            assert lab.said == ["Starting the SQL engine"] * 3
        assert not lab.folders

    asyncio.run(story())


def test_a_cancelled_query_does_not_end_the_start_for_the_others(lab: Lab) -> None:
    async def story() -> None:
        async with lab.engine.living():
            first, second = (asyncio.create_task(lab.use()) for dummy in range(2))
            await asyncio.sleep(0)
            first.cancel()
            assert await second > 0
            assert len(lab.starts) == 1

    asyncio.run(story())


def test_what_does_not_start_is_told_with_its_last_lines_and_tried_again(lab: Lab) -> None:
    async def story() -> None:
        async with lab.engine.living():
            (lab.home / "trouble").touch()
            with pytest.raises(Unready, match="did not start.*\nline one\nno room for it"):
                await lab.use()
            assert not lab.folders
            (lab.home / "trouble").unlink()
            assert await lab.use() > 0

    asyncio.run(story())


def test_a_killed_one_is_replaced_by_the_next_query(lab: Lab) -> None:
    async def story() -> None:
        async with lab.engine.living():
            first = await lab.use()
            trino = lab.engine._trino
            assert trino is not None
            os.kill(trino.process.pid, signal.SIGKILL)
            await until(lambda: not lab.engine.is_up)
            await until(lambda: not lab.folders)
            second = await lab.use()
            assert second > 0 and len(lab.starts) == 2 and first > 0

    asyncio.run(story())


def test_an_idle_one_is_stopped_one_in_use_is_not(lab: Lab) -> None:
    lab.wanted = Settings(cache_dir=lab.wanted.cache_dir, sql_idle_minutes=0)

    async def story() -> None:
        async with lab.engine.living():
            async with lab.engine.used(lab.said.append):
                await asyncio.sleep(0.3)
                assert lab.engine.is_up
            await until(lambda: not lab.engine.is_up)
            await until(lambda: not lab.folders)
            assert len(lab.starts) == 1

    asyncio.run(story())


def test_the_archive_of_classes_is_made_once_when_all_is_quiet(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_QUIET_SECONDS", 0.1)
    cds = Path(lab.wanted.cache) / "cds"

    async def story() -> None:
        for dummy in range(2):
            async with lab.engine.living():
                await lab.use()
                await until(lambda: any(cds.glob("trino-*.jsa")))

    asyncio.run(story())
    assert [path.read_text(encoding="utf-8") for path in cds.iterdir()] == ["archive"]
    assert "-XX:DumpLoadedClassList=" in lab.starts[0]
    assert f"-XX:SharedArchiveFile={cds}" in lab.starts[1]
    assert len(lab.calls.read_text(encoding="utf-8").splitlines()) == 3


def test_it_is_there_ahead_when_the_settings_say_so(lab: Lab) -> None:
    lab.wanted = Settings(cache_dir=lab.wanted.cache_dir, sql_ahead=True)

    async def story() -> None:
        async with lab.engine.living():
            await until(lambda: lab.engine.is_up)

    asyncio.run(story())
