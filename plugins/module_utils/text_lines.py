# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a text file as Hive's text formats see them, with constant memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from ansible_collections.terraglue.aws.plugins.module_utils import text_file
from ansible_collections.terraglue.aws.plugins.module_utils.text_file import TextKind

LONGEST = 16 * 1024 * 1024  # characters of a line; a longer one is given in parts


def lines(path: str, kind: TextKind) -> Iterator[str]:
    """The lines without their ends, whatever is in quotes; raises text_file.READ_ERRORS.

    A line ends at a line feed, a carriage return or both; what is no text is replaced, since other
    rooms tell of it.
    """
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder("utf-8")("replace"), translate=True
    )
    rest = ""
    for piece in text_file.as_utf8(text_file.pieces(path, kind.compression), kind, []):
        *whole, rest = (rest + decoder.decode(piece)).split("\n")
        yield from whole
        if len(rest) > LONGEST:
            yield rest
            rest = ""
    *whole, rest = (rest + decoder.decode(b"", final=True)).split("\n")
    yield from whole
    if rest:
        yield rest
