# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.terraglue.aws.plugins.modules import athena_query
from ansible_collections.terraglue.aws.tests.unit.plugins.modules.utils import (
    ApiCalls,
    ModuleFailed,
    run_module,
)
from botocore.exceptions import ConnectionClosedError

ASK: dict[str, Any] = {"query": "SELECT n FROM t", "workgroup": "lab", "delay": 0.001}
LOCATION = "s3://results/here/q.csv"


class Script:
    """An Athena that runs one query: the states that it passes through, and its rows."""

    def __init__(self, calls: ApiCalls) -> None:
        self.calls = calls
        self.states = ["QUEUED", "RUNNING", "SUCCEEDED"]
        self.execution: dict[str, Any] = {
            "QueryExecutionId": "q",
            "Query": ASK["query"],
            "StatementType": "DML",
            "WorkGroup": "lab",
            "ResultConfiguration": {"OutputLocation": LOCATION},
            "Statistics": {"DataScannedInBytes": 2**40, "EngineExecutionTimeInMillis": 7},
        }
        self.columns = [("n", "bigint")]
        self.rows: list[list[str | None]] = [["1"], [None]]
        self.header = True
        self.reason = ""
        self.started: list[dict[str, Any]] = []
        calls.answer("StartQueryExecution", self.start, 100)
        calls.answer("GetQueryExecution", self.get, 10000)
        calls.answer("GetQueryResults", self.results, 10000)
        calls.answer("StopQueryExecution", {}, 100)

    def start(self, parameters: dict[str, Any]) -> dict[str, Any]:
        self.started.append(parameters)
        return {"QueryExecutionId": "q"}

    def get(self, parameters: dict[str, Any]) -> dict[str, Any]:
        assert parameters == {"QueryExecutionId": "q"}
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        status = {"State": state, "StateChangeReason": self.reason}
        return {"QueryExecution": {**self.execution, "Status": status}}

    def results(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """By pages as Athena's: the header is one of the rows of the first."""
        header: list[list[str | None]] = [[name for name, kind in self.columns]]
        rows = (header if self.header else []) + self.rows
        start = int(parameters.get("NextToken", 0))
        end = start + parameters["MaxResults"]
        assert 1 <= parameters["MaxResults"] <= 1000
        data = [
            {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
            for row in rows[start:end]
        ]
        info = [{"Name": name, "Type": kind} for name, kind in self.columns]
        answer = {"ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": info}}}
        return {**answer, "NextToken": str(end)} if end < len(rows) else answer


@pytest.fixture
def athena(api_calls: ApiCalls) -> Script:
    return Script(api_calls)


def test_rows_figures_and_price(athena: Script) -> None:
    athena.columns = [("n", "bigint"), ("n", "double"), ("s", "varchar")]
    athena.rows = [["1", "0.5", ""], [None, None, "n"]]
    result = run_module(athena_query, {**ASK, "database": "shop"})
    assert not result["changed"]
    assert result["rows"] == [
        {"n": 1, "n_2": 0.5, "s": ""},
        {"n": None, "n_2": None, "s": "n"},
    ]
    assert result["columns"][1] == {"name": "n", "type": "double", "key": "n_2"}
    assert (result["row_count"], result["truncated"]) == (2, False)
    assert (result["state"], result["query_execution_id"]) == ("SUCCEEDED", "q")
    assert (result["data_scanned_bytes"], result["cost_usd"]) == (2**40, 5.0)
    assert (result["engine_execution_ms"], result["output_location"]) == (7, LOCATION)
    (started,) = athena.started
    assert len(started.pop("ClientRequestToken")) >= 32
    assert started == {
        "QueryString": ASK["query"],
        "QueryExecutionContext": {"Database": "shop", "Catalog": "AwsDataCatalog"},
        "WorkGroup": "lab",
    }


def test_options_reach_the_request(athena: Script) -> None:
    given = {"parameters": ["a'b", 1], "output_location": "s3://mine/"}
    run_module(athena_query, {**ASK, **given})
    assert athena.started[0]["ExecutionParameters"] == ["'a''b'", "1"]
    assert athena.started[0]["ResultConfiguration"] == {"OutputLocation": "s3://mine/"}


@pytest.mark.parametrize(
    "count, most, pages",
    [
        (0, 10, 1),
        (10, 10, 1),
        (11, 10, 1),
        (1, 0, 1),
        (998, 998, 1),
        (2500, 2500, 3),
        (5000, 1500, 2),
    ],
)
def test_no_more_rows_than_wanted_are_read(
    athena: Script, count: int, most: int, pages: int
) -> None:
    athena.rows = [[str(n)] for n in range(count)]
    result = run_module(athena_query, {**ASK, "max_rows": most})
    assert [row["n"] for row in result["rows"]] == list(range(min(count, most)))
    assert result["truncated"] == (count > most)
    assert athena.calls.names().count("GetQueryResults") == pages


def test_a_first_row_like_the_header_is_kept(athena: Script) -> None:
    athena.columns, athena.rows = [("n", "varchar")], [["n"]]
    assert run_module(athena_query, ASK)["rows"] == [{"n": "n"}]


def test_ddl_changes_and_has_no_header(athena: Script) -> None:
    athena.execution.update(StatementType="DDL", Statistics={"DataScannedInBytes": 0})
    athena.columns, athena.rows, athena.header = [("result", "string")], [["Repair: done"]], False
    result = run_module(athena_query, {**ASK, "query": "MSCK REPAIR TABLE t"})
    assert result["changed"] and result["cost_usd"] == 0
    assert result["rows"] == [{"result": "Repair: done"}]


@pytest.mark.parametrize(
    "query, kind, substatement",
    [
        ("INSERT INTO t SELECT 1", "DML", "INSERT"),
        ("CREATE TABLE t AS SELECT 1", "DDL", "CREATE_TABLE_AS_SELECT"),
    ],
)
def test_nothing_is_read_of_what_answers_nothing(
    athena: Script, query: str, kind: str, substatement: str
) -> None:
    athena.execution.update(StatementType=kind, SubstatementType=substatement)
    result = run_module(athena_query, {**ASK, "query": query})
    assert result["changed"] and result["rows"] == []
    assert "GetQueryResults" not in athena.calls.names()


def test_check_mode_runs_what_only_reads(athena: Script) -> None:
    assert run_module(athena_query, ASK, check=True)["rows"] == [{"n": 1}, {"n": None}]
    athena.calls.clear()
    result = run_module(athena_query, {**ASK, "query": "DROP TABLE t"}, check=True)
    assert result["changed"] and "DROP does not only read" in result["msg"]
    assert athena.calls.made == []


# --- what goes wrong ----------------------------------------------------------------------------


def failed(**more: Any) -> dict[str, Any]:
    """The result of a run that fails."""
    with pytest.raises(ModuleFailed) as caught:
        run_module(athena_query, {**ASK, **more})
    return caught.value.result


def test_a_failed_query_says_why_and_where(athena: Script) -> None:
    athena.states = ["FAILED"]
    athena.reason = "COLUMN_NOT_FOUND: line 1:8: Column 'n' cannot be resolved"
    result = failed()
    assert result["msg"] == (
        "The query failed: COLUMN_NOT_FOUND: line 1:8: Column 'n' cannot be resolved."
        "\n  SELECT n FROM t\n         ^"
    )
    assert (result["query_execution_id"], result["data_scanned_bytes"]) == ("q", 2**40)
    assert "StopQueryExecution" not in athena.calls.names()


@pytest.mark.parametrize(
    "code, message, parts",
    [
        ("InvalidRequestException", "WorkGroup lab is not found.", ["name another by workgroup"]),
        (
            "InvalidRequestException",
            "No output location provided. An output location is required",
            ["Give the workgroup lab one", "output_location"],
        ),
        (
            "InvalidRequestException",
            "line 1:10: mismatched input 'FROM'",
            ["\n  SELECT n FROM t\n           ^"],
        ),
        ("ExpiredTokenException", "expired", ["credentials have expired", "aws sso login"]),
        ("AccessDeniedException", "no", ["Allow athena:StartQueryExecution"]),
    ],
)
def test_a_refused_start_says_what_to_do(
    api_calls: ApiCalls, code: str, message: str, parts: list[str]
) -> None:
    api_calls.fail("StartQueryExecution", code, message)
    text = failed()["msg"]
    assert message.rstrip(".") in text
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize(
    "more, message",
    [
        ({"query": " -- nothing"}, "query holds no statement"),
        ({"output_location": "bucket"}, "has to begin with s3://"),
        ({"max_rows": -1}, "max_rows -1"),
        ({"timeout": 0}, "timeout, delay and max_delay"),
        ({"csv_path": "/no/such/folder/a.csv"}, "/no/such/folder does not exist"),
        ({"csv_path": "/tmp"}, "is a folder"),
        ({"csv_path": "/tmp/a.csv", "query": "DROP TABLE t"}, "csv_path is for statements"),
        ({"parameters": [["a"]]}, "A parameter has to be"),
    ],
)
def test_bad_options_cost_nothing(athena: Script, more: dict[str, Any], message: str) -> None:
    assert message in failed(**more)["msg"]
    assert athena.calls.made == []


@pytest.mark.usefixtures("no_pauses")
def test_a_lost_connection_starts_one_query(api_calls: ApiCalls) -> None:
    def lose(parameters: dict[str, Any]) -> Any:
        athena_tokens.append(parameters["ClientRequestToken"])
        raise ConnectionClosedError(endpoint_url="x")

    athena_tokens: list[str] = []
    api_calls.answer("StartQueryExecution", lose, 2)
    athena = Script(api_calls)
    assert run_module(athena_query, ASK)["row_count"] == 2
    assert athena_tokens == [athena.started[0]["ClientRequestToken"]] * 2


@pytest.mark.usefixtures("no_pauses")
def test_a_connection_that_is_lost_meanwhile_stops_nothing(api_calls: ApiCalls) -> None:
    def lose(parameters: dict[str, Any]) -> Any:
        raise ConnectionClosedError(endpoint_url="x")

    api_calls.answer("GetQueryExecution", lose, 3)
    api_calls.answer("GetQueryResults", lose, 1)
    Script(api_calls)
    assert run_module(athena_query, ASK)["row_count"] == 2
    assert "StopQueryExecution" not in api_calls.names()


# --- being ended --------------------------------------------------------------------------------


def test_a_query_that_takes_too_long_is_stopped(athena: Script) -> None:
    athena.states = ["RUNNING"]
    began = time.monotonic()
    result = failed(timeout=1, max_delay=0.1)
    assert 1 <= time.monotonic() - began < 3
    assert result["msg"].startswith("The query was still RUNNING after 1 s, its timeout")
    assert athena.calls.names()[-1] == "StopQueryExecution"
    assert result["query_execution_id"] == "q"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_a_pause_stops_the_query_at_once(athena: Script, number: int) -> None:
    athena.states = ["RUNNING"]
    before = signal.getsignal(number)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), number))
    timer.start()
    began = time.monotonic()
    result = failed(delay=60, max_delay=60)
    assert time.monotonic() - began < 10
    assert f"The play was interrupted ({signal.Signals(number).name})" in result["msg"]
    assert athena.calls.made[-1] == ("StopQueryExecution", {"QueryExecutionId": "q"})
    assert signal.getsignal(number) == before


def test_a_signal_while_the_query_starts_stops_it(api_calls: ApiCalls) -> None:
    """Its id is not known before the answer is there, so that the call is not cut off."""

    def start(parameters: dict[str, Any]) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return {"QueryExecutionId": "q"}

    api_calls.answer("StartQueryExecution", start)
    Script(api_calls)
    assert "interrupted (SIGTERM)" in failed()["msg"]
    assert api_calls.made[-1] == ("StopQueryExecution", {"QueryExecutionId": "q"})


def test_what_cannot_be_stopped_is_said(api_calls: ApiCalls) -> None:
    api_calls.deny("StopQueryExecution")
    Script(api_calls).states = ["RUNNING"]
    text = failed(timeout=1)["msg"]
    assert "The query q could not be stopped and may still be running" in text
    assert "Allow athena:StopQueryExecution" in text


# --- CSV ----------------------------------------------------------------------------------------

CSV = b'"n"\n"1"\n\n'


class Body(io.BytesIO):
    """A streamed object that tells how much of it is asked for."""

    sizes: list[int] = []

    def read(self, size: int | None = -1, /) -> bytes:
        Body.sizes.append(size or 0)
        return super().read(size)


def test_the_result_is_copied_in_pieces(athena: Script, tmp_path: Path) -> None:
    athena.calls.answer("GetObject", lambda parameters: {"Body": Body(CSV)}, 3)
    path = tmp_path / "a.csv"
    args = {**ASK, "csv_path": str(path)}
    predicted = run_module(athena_query, args, check=True)
    assert predicted["changed"] and list(tmp_path.iterdir()) == []
    result = run_module(athena_query, args)
    assert result["changed"] and result["csv_path"] == str(path)
    assert path.read_bytes() == CSV
    assert not run_module(athena_query, args)["changed"]
    assert list(tmp_path.iterdir()) == [path]
    assert set(Body.sizes) == {2**20}
    made = dict(athena.calls.made)
    assert made["GetObject"] == {"Bucket": "results", "Key": "here/q.csv"}


def test_what_the_client_encrypted_is_read_by_pages(athena: Script, tmp_path: Path) -> None:
    encryption = {"EncryptionConfiguration": {"EncryptionOption": "CSE_KMS"}}
    athena.execution["ResultConfiguration"].update(encryption)
    athena.columns = [("n", "bigint"), ("s", "varchar")]
    athena.rows = [["1", ""]] * 1500 + [[None, 'say "hi"']]
    path = tmp_path / "a.csv"
    result = run_module(athena_query, {**ASK, "csv_path": str(path), "max_rows": 1})
    assert (result["row_count"], result["truncated"]) == (1, True)
    assert path.read_bytes() == b'"n","s"\n' + b'"1",""\n' * 1500 + b',"say ""hi"""\n'


def test_a_file_is_replaced_as_a_whole_or_not(athena: Script, tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(3)
            if not piece:
                raise ConnectionClosedError(endpoint_url="x")
            return piece

    athena.calls.answer("GetObject", {"Body": Broken(CSV)})
    path = tmp_path / "a.csv"
    path.write_text("old", encoding="utf-8")
    assert "AWS could not be reached for s3:GetObject" in failed(csv_path=str(path))["msg"]
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
