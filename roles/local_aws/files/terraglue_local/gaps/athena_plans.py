# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a statement is turned into: work for the catalog, for Trino, for the API, or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Union

from .hive_statements import Statement, TableName


class Context(NamedTuple):
    """What a statement is read in.

    ``database``: where names without one lie. ``location``: the folder of the results, without the
    last slash. ``identity``: the query's id. ``prepared``: the workgroup's prepared statements.
    ``enforced``: whether the workgroup says where tables lie, so that a statement may not.
    """

    database: str
    location: str = ""
    identity: str = ""
    work_group: str = "primary"
    prepared: Mapping[str, str] = {}
    enforced: bool = False


class NewTable(NamedTuple):
    """Afterwork of CREATE TABLE AS: Trino's table becomes one as Athena writes it."""

    name: TableName
    properties: tuple[tuple[str, str], ...] = ()


class NewView(NamedTuple):
    """Afterwork of CREATE VIEW: the columns take the place of the one that Trino writes."""

    name: TableName


class Vanish(NamedTuple):
    """Afterwork of UNLOAD: the table that carried the files goes, the files stay."""

    name: TableName


After = Union[NewTable, NewView, Vanish]


class Catalog(NamedTuple):
    """Hive's DDL, done on the Glue Data Catalog."""

    statement: Statement


class Engine(NamedTuple):
    """A text for Trino.

    ``after``: what ``athena_catalog.finish`` has to do when Trino has succeeded. ``session``: session
    properties of the catalog (header X-Trino-Session: awsdatacatalog.NAME=VALUE). ``output``: rows,
    manifest (files were written, no rows are shown) or none.
    """

    sql: str
    after: tuple[After, ...] = ()
    session: tuple[tuple[str, str], ...] = ()
    output: str = "rows"


class Prepare(NamedTuple):
    """A statement to be kept by the workgroup under a name, in place of one of that name."""

    name: str
    sql: str


class Deallocate(NamedTuple):
    """A prepared statement to be forgotten."""

    name: str


class Refused(NamedTuple):
    """StartQueryExecution answers InvalidRequestException."""

    message: str


class Fails(NamedTuple):
    """The query begins and ends as FAILED with this reason."""

    reason: str


Plan = Union[Catalog, Engine, Prepare, Deallocate, Refused, Fails]
