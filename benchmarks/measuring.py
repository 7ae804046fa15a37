# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cases share: clients of a local server, and a figure that is looked at meanwhile."""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3


def client(service: str, endpoint: str) -> Any:
    """A client of a local server."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@contextmanager
def highest(look: Callable[[], float], every: float = 0.1) -> Iterator[list[float]]:
    """The highest figure that ``look`` told during the block. 0 on systems without /proc."""
    found, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(every):
            found[0] = max(found[0], look())

    watcher = threading.Thread(target=watch)
    if platform.system() == "Linux":
        watcher.start()
    try:
        yield found
    finally:
        ended.set()
        if watcher.is_alive():
            watcher.join()
