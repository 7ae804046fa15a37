# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What GlueContext.getSource gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.dynamicframe import DynamicFrame

if TYPE_CHECKING:
    from awsglue.context import GlueContext

Options = Mapping[str, Any]


class DataSource:
    """A source of getSource."""

    def __init__(self, glue_ctx: GlueContext, kind: str, ctx: str, options: Options) -> None:
        self._glue_ctx, self._kind, self._ctx, self._options = glue_ctx, kind, ctx, options
        self._format: tuple[str, Options] | None = None

    def setFormat(self, format: str, **options: Any) -> None:
        """The format of the files."""
        self._format = format, options

    def getFrame(self, **dummy: Any) -> DynamicFrame:
        """Their records."""
        name, options = self._format or (None, {})
        return self._glue_ctx.create_dynamic_frame_from_options(
            self._kind, self._options, name, options, self._ctx
        )
