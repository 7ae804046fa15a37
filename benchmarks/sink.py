# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An S3 that takes uploads and keeps nothing but their number of bytes.

The local AWS holds objects in memory, so a file of 5 GB says more about the machine than about the
upload. Here only the side that sends is measured. It checks that parts arrive whole and in full.
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

BLOCK = 1024 * 1024
XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


class Sink(ThreadingHTTPServer):
    """Serves on a free port of 127.0.0.1; ``received`` has the bytes of each key that was completed."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.parts: dict[str, int] = {}
        self.received: dict[str, int] = {}

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Sink:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *dummy: Any) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Sink

    def handle_expect_100(self) -> bool:
        self.send_response_only(100)
        self.end_headers()
        return True

    def _body(self) -> int:
        left = size = int(self.headers.get("Content-Length") or 0)
        while left:
            block = self.rfile.read(min(BLOCK, left))
            if not block:
                raise ConnectionError("the body ended early")
            left -= len(block)
        return size

    def _answer(self, xml: str = "", status: int = 200) -> None:
        content = xml.encode()
        self.send_response(status)
        self.send_header("ETag", '"00000000000000000000000000000000"')
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        """An empty bucket."""
        self._answer(f"<ListBucketResult {XMLNS}><KeyCount>0</KeyCount></ListBucketResult>")

    def do_PUT(self) -> None:
        """A part, or a whole object."""
        url, size = urlsplit(self.path), self._body()
        with self.server.lock:
            counts = self.server.parts if "uploadId" in url.query else self.server.received
            counts[url.path] = counts.get(url.path, 0) + size
        self._answer()

    def do_POST(self) -> None:
        """The beginning and the end of an upload in parts."""
        url = urlsplit(self.path)
        self._body()
        if "uploads" in parse_qs(url.query, keep_blank_values=True):
            self._answer(
                f"<InitiateMultipartUploadResult {XMLNS}><UploadId>1</UploadId>"
                "</InitiateMultipartUploadResult>"
            )
            return
        with self.server.lock:
            self.server.received[url.path] = self.server.parts.pop(url.path)
        self._answer(
            f'<CompleteMultipartUploadResult {XMLNS}><ETag>"0-1"</ETag>'
            "</CompleteMultipartUploadResult>"
        )

    def log_message(self, *dummy: Any) -> None:
        """Say nothing."""
