# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local AWS: MiniStack behind a thin layer that closes its gaps.

This file holds the contract that both sides (the command and the server) share. It imports
nothing heavy, because ``start`` with a running server must be fast.
"""

from __future__ import annotations

import hashlib
import os

HOST = "127.0.0.1"
DEFAULT_PORT = 4566
REGION = "us-east-1"
ACCOUNT = "000000000000"
ACCESS_KEY = "test"
SECRET_KEY = "test"  # nosec B105: the contract's dummy value, the local AWS checks no secret
MINISTACK_PIN = "1.5.33"
HEALTH_PATH = "/_terraglue/health"
LAYER_RELEASE = "1.0.0"


def layer_version() -> str:
    """Release of the layer plus a digest of its sources, e.g. ``1.0.0+3f2a…``.

    The digest makes a server that still runs yesterday's layer visible while someone works on it.
    """
    digest = hashlib.sha256()
    top = os.path.dirname(os.path.abspath(__file__))
    for folder, folders, names in os.walk(top):
        folders.sort()
        for name in sorted(names):
            if name.endswith((".py", ".txt")):
                path = os.path.join(folder, name)
                digest.update(os.path.relpath(path, top).encode())
                with open(path, "rb") as source:
                    digest.update(source.read())
    return f"{LAYER_RELEASE}+{digest.hexdigest()[:12]}"


def endpoint(port: int) -> str:
    """Address of the local AWS on this port."""
    return f"http://{HOST}:{port}"
