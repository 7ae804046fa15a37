# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who answers on a port: ours, something else, or nobody."""

from __future__ import annotations

import glob
import json
import os
import socket
from typing import Any

from . import HEALTH_PATH, HOST

_LISTEN = "0A"


class Answer:
    """``listening``, our ``health`` (None when it is not ours), and what it ``said`` instead."""

    def __init__(
        self, listening: bool, health: dict[str, Any] | None = None, said: str = ""
    ) -> None:
        self.listening = listening
        self.health = health
        self.said = said


def ask(port: int, timeout: float = 5.0) -> Answer:
    """Ask a port on loopback for our health. A plain socket: http.client takes 30 ms to import."""
    request = f"GET {HEALTH_PATH} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n"
    received = b""
    try:
        with socket.create_connection((HOST, port), timeout=timeout) as connection:
            connection.settimeout(timeout)
            try:
                connection.sendall(request.encode("ascii"))
                while len(received) < 65536:
                    chunk = connection.recv(65536)
                    if not chunk:
                        break
                    received += chunk
            except OSError:
                pass  # it listens, but does not speak HTTP (or not in time): judged by what came
    except OSError:
        return Answer(listening=False)
    head, dummy, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    try:
        health = json.loads(body)
    except ValueError:
        health = None
    if lines[0].endswith(" 200 OK") and isinstance(health, dict) and "layer" in health:
        return Answer(True, health)
    servers = [line[7:].strip() for line in lines[1:] if line.lower().startswith("server:")]
    said = " ".join(
        filter(None, [lines[0][:80], f"(server: {servers[0][:60]})" if servers else ""])
    )
    return Answer(True, None, said)


def _listening_inodes(port: int) -> set[str]:
    """Socket inodes that listen on this TCP port, from /proc/net (none without /proc)."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as rows:
                next(rows)
                for row in rows:
                    fields = row.split()
                    if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                        inodes.add(fields[9])
        except (OSError, StopIteration):
            continue
    return inodes


def owner_of_port(port: int) -> str:
    """``pid 123 (command line)`` of the listening process; empty if /proc does not tell."""
    wanted = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    if not wanted:
        return ""
    for link in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            if os.readlink(link) not in wanted:
                continue
            pid = link.split("/")[2]
            with open(f"/proc/{pid}/cmdline", "rb") as words:
                command = words.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        except OSError:
            continue  # another user's process, or gone by now
        return f"pid {pid} ({command[:160]})"
    return ""
