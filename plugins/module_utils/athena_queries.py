# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries of Athena: what a statement is, its execution, its rows with types, its price.

Source: Athena API reference (QueryExecution, GetQueryResults), "Data types in Amazon Athena".
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Callable, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError, api
from ansible_collections.terraglue.aws.plugins.module_utils.interruptions import (
    Interruptions,
    Sleep,
    stopped_unless_ended,
)
from ansible_collections.terraglue.aws.plugins.module_utils.waiting import outlasting_losses

ENDED = frozenset(["SUCCEEDED", "FAILED", "CANCELLED"])
PAGE = 1000  # rows: GetQueryResults, MaxResults
MEGABYTE, TERABYTE = 1024**2, 1024**4  # the units of the bill
LEAST_BILLED = 10 * MEGABYTE


# --- statements ---------------------------------------------------------------------------------

# What only reads. EXECUTE runs a prepared statement, which may be any, so that it is not among them.
_READING = frozenset("select with values table show describe desc explain using".split())
_ASIDE = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)+", re.DOTALL)
_WORD = re.compile(r"\w+")


def first_words(sql: str, most: int = 3) -> list[str]:
    """The first words in lower case, behind comments and parentheses."""
    found: list[str] = []
    at = 0
    while len(found) < most:
        aside = _ASIDE.match(sql, at)
        word = _WORD.match(sql, aside.end() if aside else at)
        if not word:
            break
        found.append(word.group().lower())
        at = word.end()
    return found


def only_reads(sql: str) -> bool:
    """Whether the statement changes neither data nor catalog, as far as its first words say."""
    words = first_words(sql, 4)
    if words[:2] == ["explain", "analyze"]:  # which runs the statement
        words = [word for word in words[2:] if word != "verbose"]
    return words[:1] != [] and words[0] in _READING


def literal(value: Any) -> str:
    """A value as the SQL literal that ExecutionParameters want: ``O'Hara`` → ``'O''Hara'``."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    raise TerraglueError(
        f"A parameter has to be a string, a number, a boolean or null, not {value!r}."
        " Write lists into the query: WHERE contains(ARRAY[?, ?], column)."
    )


def request(options: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of StartQueryExecution.

    The token stays the same over all attempts, so that a query whose answer was lost on the way is
    not run again.
    """
    context = {"Database": options.get("database"), "Catalog": options.get("catalog")}
    body: dict[str, Any] = {
        "QueryString": options["query"],
        "ClientRequestToken": str(uuid.uuid4()),
        "QueryExecutionContext": {name: value for name, value in context.items() if value},
        "WorkGroup": options["workgroup"],
    }
    if options.get("output_location"):
        body["ResultConfiguration"] = {"OutputLocation": options["output_location"]}
    if options.get("parameters"):
        body["ExecutionParameters"] = [literal(value) for value in options["parameters"]]
    return body


# --- what went wrong ----------------------------------------------------------------------------

_PLACE = re.compile(r"\bline (\d+):(\d+)")


def marked(sql: str, reason: str) -> str:
    """The line of the query that the reason names, with a mark below the place; or nothing.

    Trino counts columns from 1, Hive's parser from 0.
    """
    place = _PLACE.search(reason)
    lines = sql.split("\n")
    if not place or not 1 <= int(place.group(1)) <= len(lines):
        return ""
    line = lines[int(place.group(1)) - 1].rstrip("\r")
    before = int(place.group(2)) - (0 if "ParseException" in reason else 1)
    # Tabs stay tabs, so that the mark stands where the eye sees the place.
    blanks = "".join(c if c == "\t" else " " for c in line[: max(before, 0)])
    return f"\n  {line}\n  {blanks}^"


def advice(reason: str, workgroup: str) -> str:
    """What to do about a reason of Athena's, or nothing that the reason does not say itself."""
    if "ytes scanned limit" in reason:
        return (
            f" Read less (columns, partitions), or raise the limit of the workgroup {workgroup}"
            " (bytes_scanned_cutoff of athena_workgroup, catalog_bytes_scanned_cutoff of the role)."
        )
    if "No output location" in reason:
        return (
            f" Give the workgroup {workgroup} one (output_location of athena_workgroup), or set"
            " output_location to s3://BUCKET/PREFIX/ here."
        )
    if re.search(r"WorkGroup .*(is not found|not found)", reason):
        return " Create it (module athena_workgroup, role catalog), or name another by workgroup."
    if re.search(r"WorkGroup .*disabled", reason, re.IGNORECASE):
        return " Enable it (enabled of athena_workgroup), or name another by workgroup."
    if re.search(r"(?:SCHEMA|DATABASE)_NOT_FOUND|Schema .* does not exist", reason):
        return " Check option database and the names in the query."
    if re.search(r"Unable to verify/create output bucket", reason):
        return " The bucket of the results has to exist, in the same region."
    return ""


def refused(error: TerraglueError, sql: str, workgroup: str) -> TerraglueError:
    """An error of StartQueryExecution with the place in the query and what to do."""
    said = str(error)
    return TerraglueError(said + advice(said, workgroup) + marked(sql, said), **error.details)


def failure(execution: Mapping[str, Any]) -> TerraglueError:
    """Why a query did not succeed, in Athena's words, with the place in the query."""
    status = execution["Status"]
    reason = str(status.get("StateChangeReason") or "Athena gave no reason").strip().rstrip(".")
    verb = "cancelled" if status["State"] == "CANCELLED" else "failed"
    text = (
        f"The query {verb}: {reason}." if verb == "failed" else f"The query was {verb}: {reason}."
    )
    text += advice(reason, execution.get("WorkGroup") or "primary")
    return TerraglueError(text + marked(execution.get("Query") or "", reason), **figures(execution))


# --- calls --------------------------------------------------------------------------------------


@api("athena:StartQueryExecution", "workgroup {workgroup}", retry=["TooManyRequestsException"])
def _start(athena: Any, workgroup: str, body: Mapping[str, Any]) -> str:
    return athena.start_query_execution(**body)["QueryExecutionId"]


@api("athena:GetQueryExecution", "query {query_id}", retry=["TooManyRequestsException"])
def _get(athena: Any, query_id: str) -> dict[str, Any]:
    return athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]


@api("athena:StopQueryExecution", "query {query_id}", retry=["TooManyRequestsException"])
def stop(athena: Any, query_id: str) -> None:
    """Stop a query; one that has ended stays as it is."""
    athena.stop_query_execution(QueryExecutionId=query_id)


@api("athena:GetQueryResults", "query {query_id}", retry=["TooManyRequestsException"])
def _page(athena: Any, query_id: str, most: int, token: str | None) -> dict[str, Any]:
    more = {"NextToken": token} if token else {}
    return athena.get_query_results(QueryExecutionId=query_id, MaxResults=most, **more)


@api("s3:GetObject", "the result s3://{bucket}/{key}")
def _object(s3: Any, bucket: str, key: str) -> Any:
    return s3.get_object(Bucket=bucket, Key=key)["Body"]


@api("s3:GetObject", "the result s3://{bucket}/{key}")
def _piece(body: Any, chunk: int, bucket: str, key: str) -> bytes:
    return body.read(chunk)


def start(athena: Any, body: Mapping[str, Any]) -> str:
    """Start a query once, however often the connection is lost meanwhile; its id."""
    workgroup = body["WorkGroup"]
    try:
        return outlasting_losses(lambda: _start(athena, workgroup, body))
    except TerraglueError as error:
        raise refused(error, body["QueryString"], workgroup) from error


def get(athena: Any, query_id: str) -> dict[str, Any]:
    """The QueryExecution; a connection that is lost for a while does not matter."""
    return outlasting_losses(lambda: _get(athena, query_id))


# --- waiting ----------------------------------------------------------------------------------


def progress_text(execution: Mapping[str, Any], seconds: float) -> str:
    """``running 12 s, 1.2 GB scanned``, with what Athena says of the state, if anything."""
    reason = execution["Status"].get("StateChangeReason")
    state = {"QUEUED": "queued", "RUNNING": "running"}.get(execution["Status"]["State"], "ending")
    scanned = (execution.get("Statistics") or {}).get("DataScannedInBytes") or 0
    text = f"{state} {seconds:.0f} s" + (f", {size(scanned)} scanned" if scanned else "")
    return f"{text}: {reason}" if reason else text


def wait(
    athena: Any,
    query_id: str,
    interruptions: Interruptions | Sleep,
    say: Callable[[str], None],
    timeout: float,
    delay: float,
    max_delay: float,
) -> dict[str, Any]:
    """The QueryExecution when the query has ended. Whatever else ends the wait stops the query.

    Times are seconds; the delay between two looks grows by half each time.
    """
    began = time.monotonic()
    with stopped_unless_ended(
        f"The query {query_id}", lambda: stop(athena, query_id), query_execution_id=query_id
    ):
        while True:
            execution = get(athena, query_id)
            if execution["Status"]["State"] in ENDED:
                return execution
            passed = time.monotonic() - began
            if passed >= timeout:
                raise TerraglueError(
                    f"The query was still {execution['Status']['State']} after {timeout:g} s, its"
                    " timeout, at which it is stopped. Set timeout higher if it needs longer.",
                    **figures(execution),
                )
            until = min(passed + delay, timeout)
            while passed < until:
                say(progress_text(execution, passed))
                interruptions.pause(min(1.0, until - passed))
                passed = time.monotonic() - began
            delay = min(delay * 1.5, max_delay)


def run(athena: Any, sql: str, workgroup: str, timeout: float = 300.0) -> dict[str, Any]:
    """Run a short statement, such as DDL, to its end: its QueryExecution. May be called in threads."""
    body = request({"query": sql, "workgroup": workgroup})
    execution = wait(athena, start(athena, body), Sleep(), lambda text: None, timeout, 0.1, 2.0)
    if execution["Status"]["State"] != "SUCCEEDED":
        raise failure(execution)
    return execution


# --- figures ------------------------------------------------------------------------------------


def size(count: float) -> str:
    """``1.2 GB``, in the units of the bill (1,024 each)."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"


def cost(execution: Mapping[str, Any], price_per_tb: float) -> float:
    """USD for what was scanned: by the megabyte, 10 of them at least; DDL and failures are free.

    Source: "Amazon Athena pricing", per query, SQL on demand.
    """
    statistics = execution.get("Statistics") or {}
    scanned = statistics.get("DataScannedInBytes") or 0
    reused = (statistics.get("ResultReuseInformation") or {}).get("ReusedPreviousResult")
    free = execution["Status"]["State"] == "FAILED" or reused
    if free or (execution.get("StatementType") != "DML" and not scanned):
        return 0.0
    megabytes = max(LEAST_BILLED, scanned + -scanned % MEGABYTE)
    return round(megabytes / TERABYTE * price_per_tb, 8)


def figures(execution: Mapping[str, Any]) -> dict[str, Any]:
    """What a result says of the execution itself."""
    statistics = execution.get("Statistics") or {}
    return {
        "query_execution_id": execution["QueryExecutionId"],
        "state": execution["Status"]["State"],
        "statement_type": execution.get("StatementType") or "",
        "data_scanned_bytes": statistics.get("DataScannedInBytes") or 0,
        "engine_execution_ms": statistics.get("EngineExecutionTimeInMillis") or 0,
        "queue_ms": statistics.get("QueryQueueTimeInMillis") or 0,
        "output_location": (execution.get("ResultConfiguration") or {}).get("OutputLocation") or "",
    }


# --- rows ---------------------------------------------------------------------------------------

Row = list  # of str or None, as Athena renders values
_INTEGERS = frozenset("tinyint smallint integer int bigint".split())
_FLOATS = frozenset("float real double".split())
_UTC = re.compile(r" (?:UTC|Z|\+00:00)$")
_OFFSET = re.compile(r" ([+-]\d\d:\d\d)$")


class Column(NamedTuple):
    """A column of an answer. ``key`` is its name in the rows, which no other column has."""

    name: str
    type: str
    key: str


def columns_of(metadata: Mapping[str, Any]) -> list[Column]:
    """The columns of a ResultSetMetadata. A name that is there before gets a number: id, id_2."""
    names = [info["Name"] for info in metadata.get("ColumnInfo") or []]
    taken: set[str] = set()
    found = []
    for name, info in zip(names, metadata.get("ColumnInfo") or []):
        key, number = name, 1
        while key in taken or (number > 1 and key in names):
            number += 1
            key = f"{name}_{number}"
        taken.add(key)
        found.append(Column(name, str(info.get("Type") or "varchar"), key))
    return found


def typed(text: str | None, kind: str) -> Any:
    """A value as Ansible has it: what JSON cannot hold exactly stays text.

    bigint → int, double → float (NaN and infinities stay text), decimal → text with all of its
    digits, timestamps → ISO 8601, everything else → text as Athena renders it.
    """
    if text is None:
        return None
    if kind in _INTEGERS:
        return int(text)
    if kind in _FLOATS:
        return text if text in ("NaN", "Infinity", "-Infinity") else float(text)
    if kind == "boolean":
        return text == "true"
    if kind.startswith("timestamp"):
        iso = text.replace(" ", "T", 1)
        return _OFFSET.sub(r"\1", _UTC.sub("Z", iso))
    return text


class Answer:
    """The rows of a query, page by page."""

    def __init__(
        self,
        athena: Any,
        execution: Mapping[str, Any],
        interruptions: Interruptions,
        first_page: int = PAGE,
    ) -> None:
        """``first_page``: how many rows the first page is asked for, a header among them."""
        self._athena = athena
        self._interruptions = interruptions
        self._id = execution["QueryExecutionId"]
        page = self._read(first_page, None)
        self.columns = columns_of(page["ResultSet"].get("ResultSetMetadata") or {})
        self._first = page
        self._has_header = execution.get("StatementType") == "DML"

    def _read(self, most: int, token: str | None) -> dict[str, Any]:
        self._interruptions.pause(0)
        return outlasting_losses(lambda: _page(self._athena, self._id, most, token))

    def _rows(self, page: Mapping[str, Any]) -> list[Row]:
        return [
            [datum.get("VarCharValue") for datum in row.get("Data") or []]
            for row in page["ResultSet"].get("Rows") or []
        ]

    def rows(self) -> Iterator[Row]:
        """All rows. The first one of a SELECT repeats the names and is left out."""
        page = self._first
        rows = self._rows(page)
        if self._has_header and rows and rows[0] == [column.name for column in self.columns]:
            rows = rows[1:]
        while True:
            yield from rows
            token = page.get("NextToken")
            if not token:
                return
            page = self._read(PAGE, token)
            rows = self._rows(page)

    def records(self, most: int) -> tuple[list[dict[str, Any]], bool]:
        """(at most ``most`` rows with types, by the columns' keys; whether there are more)"""
        found: list[dict[str, Any]] = []
        for row in self.rows():
            if len(found) == most:
                return found, True
            padded = row + [None] * (len(self.columns) - len(row))
            found.append({c.key: typed(value, c.type) for c, value in zip(self.columns, padded)})
        return found, False


# --- CSV ----------------------------------------------------------------------------------------


def csv_line(values: Sequence[str | None]) -> bytes:
    """A line as Athena writes it: all values in quotes (RFC 4180), NULL as nothing."""
    cells = ("" if v is None else '"' + v.replace('"', '""') + '"' for v in values)
    return (",".join(cells) + "\n").encode("utf-8")


def csv_content(answer: Answer) -> Iterator[bytes]:
    """The whole answer as CSV, a header of the columns' names first."""
    yield csv_line([column.name for column in answer.columns])
    for row in answer.rows():
        yield csv_line(row)


def can_be_copied(execution: Mapping[str, Any]) -> bool:
    """Whether the result object is the CSV file itself: not when the client would have to decrypt it."""
    result = execution.get("ResultConfiguration") or {}
    option = (result.get("EncryptionConfiguration") or {}).get("EncryptionOption")
    location = str(result.get("OutputLocation") or "")
    return location.startswith("s3://") and location.endswith(".csv") and option != "CSE_KMS"


def result_object(s3: Any, execution: Mapping[str, Any], chunk: int = MEGABYTE) -> Iterator[bytes]:
    """The result object in pieces of at most ``chunk`` bytes."""
    location = execution["ResultConfiguration"]["OutputLocation"]
    bucket, dummy, key = location[len("s3://") :].partition("/")
    body = _object(s3, bucket, key)
    try:
        yield from iter(lambda: _piece(body, chunk, bucket, key), b"")
    finally:
        body.close()
