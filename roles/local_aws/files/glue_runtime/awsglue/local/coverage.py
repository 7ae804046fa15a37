# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not covered, said in one way: NotImplementedError that names the call and its page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

Call = TypeVar("Call", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)

_GUIDE = "https://docs.aws.amazon.com/glue/latest/dg/"
CONTEXT = _GUIDE + "aws-glue-api-crawler-pyspark-extensions-glue-context.html"
FRAME = _GUIDE + "aws-glue-api-crawler-pyspark-extensions-dynamic-frame.html"
READER = _GUIDE + "aws-glue-api-crawler-pyspark-extensions-dynamic-frame-reader.html"
WRITER = _GUIDE + "aws-glue-api-crawler-pyspark-extensions-dynamic-frame-writer.html"
FORMATS = _GUIDE + "aws-glue-programming-etl-format.html"
CONNECTIONS = _GUIDE + "aws-glue-programming-etl-connect.html"
CATALOG_UPDATES = _GUIDE + "update-from-job.html"
BLUEPRINTS = _GUIDE + "developing-blueprints-code-classes.html"
DATA_QUALITY = _GUIDE + "glue-data-quality.html"
TRANSFORMS = _GUIDE + "aws-glue-programming-python-transforms.html"
PAGE_OF_A_CALL = "__page__"


def unsupported(call: str, page: str) -> NotImplementedError:
    """The error for a call, or a way of calling, that has no counterpart here."""
    return NotImplementedError(
        f"{call} is not available on the local AWS. What it does on AWS Glue: {page}"
    )


def not_covered(page: str) -> Callable[[Call], Call]:
    """Mark a function or method that only says that it is not there."""

    def mark(function: Call) -> Call:
        @functools.wraps(function)
        def refuse(*dummy_positional: Any, **dummy_named: Any) -> NoReturn:
            raise unsupported(function.__qualname__, page)

        setattr(refuse, PAGE_OF_A_CALL, page)
        return refuse  # type: ignore[return-value]

    return mark


def class_not_covered(page: str) -> Callable[[Class], Class]:
    """Mark a class that can only be imported: to make one of it says that it is not there."""

    def mark(cls: Class) -> Class:
        def refuse(self: Any, *dummy_positional: Any, **dummy_named: Any) -> NoReturn:
            raise unsupported(f"{cls.__module__}.{cls.__qualname__}", page)

        cls.__init__ = refuse  # type: ignore[misc]
        setattr(cls, PAGE_OF_A_CALL, page)
        return cls

    return mark
