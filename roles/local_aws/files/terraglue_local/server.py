# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server process: MiniStack and our layer under one hypercorn, on loopback only."""

from __future__ import annotations

import asyncio
import functools
import os
from typing import Any

from . import ACCOUNT, HOST, MINISTACK_PIN, REGION, endpoint, layer_version
from .folder import StateFolder


def _ministack_settings(folder: StateFolder, port: int) -> dict[str, str]:
    """MiniStack reads its settings from the environment when it is imported."""
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        # Both would listen on 0.0.0.0 whatever BIND_HOST says.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "SFTP_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": folder.within("services"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": folder.within("s3"),
        # MiniStack removes other MiniStacks' containers at its start and end: it sees no Docker.
        "DOCKER_HOST": f"unix://{folder.within('tmp')}/no-docker",
        "LOG_LEVEL": "INFO",
    }


def state_dir() -> str:
    """The state folder of this server, which MiniStack knows by its part of it."""
    return os.path.dirname(os.environ["STATE_DIR"])


def own_endpoint() -> str:
    """The address of this server."""
    return endpoint(int(os.environ["GATEWAY_PORT"]))


def serve(folder: StateFolder, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    folder.create()
    health: dict[str, Any] = {
        "layer": layer_version(),
        "ministack": MINISTACK_PIN,
        "pid": os.getpid(),
        "port": port,
        "state_dir": folder.path,
        "log": folder.log,
    }
    lock = folder.hold_as_server(health)
    os.environ.update(_ministack_settings(folder, port))

    # Imported only now: these read the environment at import.
    import ministack.app
    from hypercorn.asyncio import serve as serve_asgi
    from hypercorn.config import Config
    from ministack.core import hypercorn_compat

    from . import dispatch
    from .asgi import layer
    from .saving import Saver

    hypercorn_compat.install()
    saver = Saver()
    dispatch.install(saver.changed)
    from .gaps import athena_engine, glue_firing, glue_job_runs

    clock = functools.partial(glue_firing.keeping_time, folder.path, glue_job_runs.start)
    # What is last ends first: when an engine is taken from its queries MiniStack has saved them as
    # being at work, and so the next start finds them.
    background = (clock, athena_engine.engine().living, saver.running)
    config = Config()
    config.bind = [f"{HOST}:{port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(serve_asgi(layer(ministack.app.app, health, background), config))
    # Emptied, not deleted: the lock holds until the process is gone, and an empty note says that it
    # ended well.
    os.ftruncate(lock, 0)
