# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and comments of columns, as Glue and Athena want them. Pure.

Source: Glue API reference, Column; Athena user guide, names for tables, databases, and columns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault

NAME_RULES = ("keep", "underscore")
NAME_BYTES = 255  # Glue API reference, Column: Name
COMMENT_BYTES = 255  # Glue API reference, Column: Comment
FAULTS = 20  # columns of a header that are told one by one; what is no header at all has very many

# Line breaks and other control characters are outside of Glue's "single-line string"; a second byte
# order mark nobody would see. Everything else, a comma too, is a name that Athena reads when it
# stands in double quotes.
ILLEGAL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
# Letters that Unicode does not take apart into a plain one and a mark.
_PLAIN_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h"}
)


class Names(NamedTuple):
    """The columns' names in the catalog, their comments, and what is to be said about them."""

    columns: tuple[str, ...]
    comments: tuple[str, ...]
    notes: list[str]


def column_name(written: str) -> str:
    """A column's name in the catalog: Glue lower-cases, and blanks around a name are no part of it."""
    return written.strip().lower()


def plain_name(written: str) -> str:
    """A name that Athena reads without quotes, of a-z, 0-9 and _; empty when nothing is left of it.

    Accents are dropped, whatever else is no letter or digit becomes one underscore. A digit cannot
    be the first character, so an underscore goes before it. A name that is plain stays as it is.
    """
    apart = unicodedata.normalize("NFKD", column_name(written).casefold().translate(_PLAIN_LETTERS))
    folded = "".join(letter for letter in apart if not unicodedata.combining(letter))
    name = re.sub(r"[^a-z0-9]+", _underscore, folded).strip("_")
    return f"_{name}" if name[:1].isdigit() else name


def _underscore(other: re.Match[str]) -> str:
    """Underscores stay as many as they are; with anything else between them they become one."""
    return other.group() if not other.group().strip("_") else "_"


def column_names(written: Sequence[str], rule: str = "keep") -> Names:
    """The names of a header under one of NAME_RULES."""
    kept = tuple(map(column_name, written))
    if rule == "keep" or not any(kept):  # a header without names is a fault under any rule
        return Names(kept, ("",) * len(kept), [])
    names = [plain_name(name) or f"column_{number}" for number, name in enumerate(written, 1)]
    notes = [
        f"column {number} has no name; it is called '{name}'."
        for number, (name, old) in enumerate(zip(names, kept), 1)
        if not old
    ][:FAULTS]
    taken, first_at = set(names), {}
    tries = dict.fromkeys(names, 1)
    alike: set[int] = set()
    for at, name in enumerate(names):
        if name not in first_at:
            first_at[name] = at
            continue
        number = tries[name] + 1
        while f"{name}_{number}" in taken:
            number += 1
        tries[name] = number
        names[at] = f"{name}_{number}"
        taken.add(names[at])
        alike |= {first_at[name], at}
        if len(notes) >= FAULTS:
            continue
        notes.append(
            f"columns {first_at[name] + 1} ('{shown(written[first_at[name]])}') and {at + 1}"
            f" ('{shown(written[at])}') would both be '{shown(name)}'; column {at + 1} is"
            f" called '{shown(names[at])}'."
        )
    comments = tuple(
        one_line(written[at]) if name != (written[at].strip() if at in alike else kept[at]) else ""
        for at, name in enumerate(names)
    )
    return Names(tuple(names), comments, notes)


def judge_names(columns: Sequence[str], where: str) -> list[Fault]:
    """The faults of names that stand at one place, such as the first line of a file."""
    if not any(columns):
        return [Fault(where, "the header is empty. Write the column names into the first line.")]
    faults: list[Fault] = []
    first_at: dict[str, int] = {}
    for number, name in enumerate(columns, 1):
        if len(faults) >= FAULTS:
            message = (
                f"the header has {len(columns)} columns, and more faults. Is it a header at all?"
            )
            return [*faults, Fault(where, message)]
        if not name:
            message = f"column {number} has no name. Give it one, or remove the column."
            faults.append(Fault(where, message))
            continue
        if name in first_at:
            message = (
                f"column {number} has the same name as column {first_at[name]}, '{shown(name)}'"
                " (Glue does not tell upper from lower case). Rename one."
            )
            faults.append(Fault(where, message))
        first_at.setdefault(name, number)
        illegal = ILLEGAL.search(name)
        if illegal:
            message = (
                f"column {number}, '{shown(name)}', has the control character {illegal.group()!a} in"
                " its name, which Glue or Athena refuses. Rename it; letters, digits and underscores are best."
            )
            faults.append(Fault(where, message))
        if len(name.encode("utf-8", "replace")) > NAME_BYTES:
            message = (
                f"column {number}, '{shown(name)}', has a name of over {NAME_BYTES} bytes."
                " Shorten it; is the first line a header at all?"
            )
            faults.append(Fault(where, message))
    return faults


def shown(name: str) -> str:
    """A name for a message: on one line, short, and nothing in it that a terminal would obey."""
    line = " ".join(name[:200].split())
    folded = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    return folded if len(folded) <= 40 and len(name) <= 200 else f"{folded[:37]}..."


def one_line(comment: str) -> str:
    """A comment as Glue takes it: on one line, of COMMENT_BYTES at most."""
    folded = " ".join(ILLEGAL.sub(" ", comment).split())
    if len(folded.encode("utf-8", "replace")) <= COMMENT_BYTES:
        return folded
    cut = folded.encode("utf-8", "replace")[: COMMENT_BYTES - 3].decode("utf-8", "ignore")
    return f"{cut}..."
