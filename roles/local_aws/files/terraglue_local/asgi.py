# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outermost part of the layer: the health address, and a door that web pages cannot pass."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

from . import HEALTH_PATH

App = Callable[[Any, Callable[..., Any], Callable[..., Any]], Awaitable[None]]


def _is_loopback_name(host: str) -> bool:
    """Names that no public DNS can hand out. ``*.localhost`` is S3's virtual-hosted form here."""
    return host in ("127.0.0.1", "localhost", "::1") or host.endswith(".localhost")


def refusal(headers: list[tuple[bytes, bytes]]) -> str | None:
    """Why a request comes from a web page elsewhere and is refused, or None.

    The local AWS knows no secret, so any page open in the user's browser could empty buckets or
    reset everything with a plain form post. A page that rebinds its DNS name to 127.0.0.1 sends its
    own name in Host; any other page sends its Origin or a Sec-Fetch-Site of cross-site. AWS SDKs
    send neither.
    """
    sent = {name.lower(): value.decode("latin-1") for name, value in headers}
    host = urlsplit("//" + sent.get(b"host", "")).hostname or ""
    if not _is_loopback_name(host):
        return f"the Host header names {host or 'nothing'}, not 127.0.0.1 or localhost"
    origin = sent.get(b"origin")
    if origin is not None:
        if not _is_loopback_name(urlsplit(origin).hostname or ""):
            return f"it comes from a web page of {origin}"
    elif sent.get(b"sec-fetch-site") == "cross-site":
        return "it comes from a web page elsewhere"
    return None


async def _send_json(send: Callable[..., Any], status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


Background = Callable[[], AbstractAsyncContextManager[None]]


def layer(inner: App, health: dict[str, Any], background: Sequence[Background]) -> App:
    """The ASGI application around MiniStack's. What is in the background runs as long as it does."""

    async def live(scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        last = []

        # Whoever hears that the end is complete cancels all that is still at it.
        async def send_but_the_last(message: dict[str, Any]) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                last.append(message)
            else:
                await send(message)

        async with AsyncExitStack() as stack:
            for begin in background:
                await stack.enter_async_context(begin())
            await inner(scope, receive, send_but_the_last)
        for message in last:
            await send(message)

    async def app(scope: Any, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        if scope["type"] == "lifespan":
            await live(scope, receive, send)
            return
        reason = refusal(scope["headers"])
        if reason is not None:
            if scope["type"] == "http":
                message = f"The local AWS refuses this request: {reason}."
                await _send_json(send, 403, {"__type": "AccessDenied", "message": message})
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http" and scope["path"] == HEALTH_PATH:
            await _send_json(send, 200, health)
            return
        await inner(scope, receive, send)

    return app
