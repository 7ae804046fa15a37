# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the files of a table are to be read, and what the catalog is to say of them. Pure but for
reading ``_table.yml``.

What holds for a whole data folder comes from variables; a table's own choices come from the file
``_table.yml`` in its folder, and above it from the variable ``terraglue_data_tables``.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

try:
    import yaml
except ImportError:
    yaml = None  # type: ignore[assignment]  # told when a file has to be read

from ansible_collections.terraglue.aws.plugins.module_utils import column_types
from ansible_collections.terraglue.aws.plugins.module_utils.csv_header import CsvOptions
from ansible_collections.terraglue.aws.plugins.module_utils.errors import stop_at
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.table_input import CsvFormat

# Hive and Athena pass by names that begin with an underscore, so it may lie among the data.
FILE = "_table.yml"
LARGEST = 64 * 1024  # bytes of such a file

LINE_BREAKS = ("report", "space", "keep")
SPACE = " "
COLUMN_NAMES = ("keep", "underscore")
COLUMN_TYPES = ("string", "infer")
SAMPLE_ROWS = 10_000


class TableOptions(NamedTuple):
    """The choices for one table, or for all that have none of their own.

    ``delimiter`` and ``encoding`` are found out when empty; ``sample_rows`` of 0 is every row;
    ``columns`` are wishes for single columns, by their names in the catalog.
    """

    delimiter: str = ""
    quote: str = '"'
    escape: str = "\\"
    encoding: str = ""
    convert: bool = False
    line_breaks: str = "report"
    column_names: str = "keep"
    column_types: str = "string"
    sample_rows: int = SAMPLE_ROWS
    description: str = ""
    columns: Mapping[str, Mapping[str, str]] = {}

    def csv(self) -> CsvOptions:
        """What reading a header takes of them."""
        replaced = SPACE if self.line_breaks == "space" else None
        return CsvOptions(self.delimiter, self.quote, self.encoding, self.column_names, replaced)

    def csv_format(self, delimiter: str) -> CsvFormat:
        """The three characters of OpenCSVSerde, with the delimiter that was found."""
        return CsvFormat(delimiter, self.quote, self.escape)


class Choices(NamedTuple):
    """The choices for a data folder: those for all tables, and those of single ones by
    ``<database>.<table>``."""

    general: TableOptions = TableOptions()
    tables: Mapping[str, Mapping[str, Any]] = {}


NO_CHOICES = Choices()


def from_options(options: Mapping[str, Any], tables: Mapping[str, Any] | None) -> Choices:
    """The choices in a module's options, or one error that lists what is wrong with them."""
    given = {name: options[name] for name in RULES if options.get(name) is not None}
    faults = list(judge(given, lambda name: name))
    faults += judge_tables(tables or {}, "table_options")
    stop_at(faults)
    return choices(given, tables)


def choices(given: Mapping[str, Any], tables: Mapping[str, Any] | None) -> Choices:
    """The choices of a role or module; None is not given, and what is unsound falls back to the default."""
    return Choices(
        TableOptions(**_sound(given)),
        {str(name): item for name, item in (tables or {}).items() if isinstance(item, Mapping)},
    )


def _one_character(value: Any) -> str | None:
    if isinstance(value, str) and len(value) == 1 and value not in "\r\n":
        return None
    return "has to be one character"


def _delimiter(value: Any) -> str | None:
    return None if value == "" else _one_character(value)


def _encoding(value: Any) -> str | None:
    try:
        known = isinstance(value, str) and (not value or codecs.lookup(value))
    except LookupError:
        known = False
    return (
        None if known else "is no encoding that Python knows; utf-8, utf-16, latin-1 and cp1252 are"
    )


def _one_of(*choices: str) -> Callable[[Any], str | None]:
    return lambda value: None if value in choices else f"has to be one of {', '.join(choices)}"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "has to be true or false"


def _count(value: Any) -> str | None:
    sound = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return None if sound else "has to be a whole number, 0 for every row"


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) else "has to be a text"


def _columns(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return "has to map names of columns to types"
    for name, wish in value.items():
        if not isinstance(wish, (str, Mapping)):
            return f"says neither a type nor type and comment of '{name}'"
        strangers = [] if isinstance(wish, str) else sorted(set(wish) - {"type", "comment"})
        if strangers:
            return f"says '{strangers[0]}' of '{name}'; type and comment can be said"
        column_type = wish if isinstance(wish, str) else wish.get("type")
        message = column_types.judge(column_type) if column_type is not None else None
        if message:
            return f"has a wrong type for '{name}': {message.rstrip('.')}"
    return None


RULES: dict[str, Callable[[Any], str | None]] = {
    "delimiter": _delimiter,
    "quote": _one_character,
    "escape": _one_character,
    "encoding": _encoding,
    "convert": _flag,
    "line_breaks": _one_of(*LINE_BREAKS),
    "column_names": _one_of(*COLUMN_NAMES),
    "column_types": _one_of(*COLUMN_TYPES),
    "sample_rows": _count,
    "description": _text,
    "columns": _columns,
}


def _sound(given: Mapping[Any, Any]) -> dict[str, Any]:
    """The choices that are no faults; None is not given."""
    return {
        name: value
        for name, value in given.items()
        if value is not None and name in RULES and not RULES[name](value)
    }


def judge(given: Mapping[Any, Any], where: Callable[[str], str]) -> Iterator[Fault]:
    """What is wrong with choices; ``where`` names the place of one of them."""
    for name, value in given.items():
        rule = RULES.get(str(name))
        message = rule(value) if rule else f"is no choice for a table. Known are {', '.join(RULES)}"
        if message:
            yield Fault(where(str(name)), f"'{name}' {message}.")


def judge_tables(tables: Mapping[Any, Any], variable: str) -> Iterator[Fault]:
    """What is wrong with the choices for single tables in a variable."""
    for table, given in tables.items():
        place = f"{variable}['{table}']"
        if str(table).count(".") != 1:
            yield Fault(place, "is no name of a table. Write <database>.<table>.")
        elif not isinstance(given, Mapping):
            yield Fault(place, f"has to map names of choices ({', '.join(RULES)}) to values.")
        else:
            yield from judge(given, f"{place}.{{}}".format)


def of_table(choices: Choices, table: str, folder: str) -> tuple[TableOptions, list[Fault]]:
    """The choices for ``<database>.<table>``, whose files are in ``folder``; and what is wrong with
    its ``_table.yml``."""
    written, faults = _read(os.path.join(folder, FILE))
    told = choices.tables.get(table) or {}
    # The variable's own faults are found where it is judged.
    sound = _sound(told)
    merged = {**written, **sound}
    merged["columns"] = {
        **dict(choices.general.columns),
        **_wishes(written.get("columns") or {}),
        **_wishes(sound.get("columns") or {}),
    }
    return choices.general._replace(**merged), faults


def _wishes(columns: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {
        str(name): {"type": wish} if isinstance(wish, str) else dict(wish)
        for name, wish in columns.items()
    }


def _read(path: str) -> tuple[dict[str, Any], list[Fault]]:
    """The sound choices of a ``_table.yml``; none where there is no such file."""
    try:
        with open(path, encoding="utf-8") as stream:
            text = stream.read(LARGEST + 1)
    except FileNotFoundError:
        return {}, []
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        return {}, [Fault(path, f"cannot be read: {reason}.")]
    if len(text) > LARGEST:
        return {}, [
            Fault(path, f"is over {LARGEST // 1024} KiB. It should hold a table's choices.")
        ]
    if yaml is None:
        return {}, [Fault(path, "cannot be read without PyYAML, which this host's Python lacks.")]
    try:
        given = yaml.safe_load(text)
        lines = _lines(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else path
        what = getattr(error, "problem", None) or "it cannot be parsed"
        return {}, [Fault(place, f"This is no YAML: {what}.")]
    if given is None:
        return {}, []
    if not isinstance(given, Mapping):
        return {}, [
            Fault(f"{path}:1", f"has to map names of choices ({', '.join(RULES)}) to values.")
        ]
    faults = list(judge(given, lambda name: f"{path}:{lines.get(name, 1)}"))
    return _sound(given), faults


def _lines(text: str) -> dict[str, int]:
    """The line of each key at the top of a YAML mapping."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return {str(key.value): key.start_mark.line + 1 for key, dummy in pairs}
