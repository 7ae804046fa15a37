# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: one verb, options, facts as JSON or as lines."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, NoReturn

from . import DEFAULT_PORT, control
from .engines import settings
from .folder import Refused, StateFolder

_VERBS = {
    "stop": control.stop,
    "wipe": control.wipe,
    "status": control.status,
}


class _Parser(argparse.ArgumentParser):
    """Wrong options are refused like anything else, so that --json holds for them too."""

    def error(self, message: str) -> NoReturn:
        raise Refused(f"The local AWS was called with wrong options: {message}.")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port (1 to 65535)")
    return int(text)


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="local_aws.py", description="The local AWS of terraglue.aws, on 127.0.0.1 only."
    )
    parser.add_argument(
        "verb", choices=["start", *_VERBS, "serve"], help="serve stays in the foreground"
    )
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT)
    parser.add_argument("--state-dir", default="", help="default: a folder of the user's own")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for a start")
    parser.add_argument("--settings", type=settings.parse, help="of the engines, as a JSON object")
    parser.add_argument("--check", action="store_true", help="only say whether it would change")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(words)


def _print(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts))
        return
    if facts.get("failed"):
        print(facts["msg"], file=sys.stderr)
        return
    notes = facts.pop("notes")
    for name, value in facts.items():
        print(f"{name}: {value}")
    for note in notes:
        print(note)


def _run(words: list[str]) -> dict[str, Any]:
    options = _arguments(words)
    folder = StateFolder(options.state_dir or control.default_state_dir())
    try:
        if options.verb == "serve":
            # Imported here: the server's imports take half a second.
            from .server import serve

            serve(folder, options.port)
            return {}
        if options.verb == "start":
            return control.start(
                folder, options.port, options.timeout, options.check, options.settings
            )
        verb = _VERBS[options.verb]
        return verb(folder, options.port, options.timeout, options.check)
    except OSError as error:
        raise Refused(f"The state folder {folder.path} cannot be used: {error}.") from error


def main(words: list[str]) -> int:
    """Run one verb. 0 when done, 1 when refused (the reason is in ``msg``)."""
    as_json = "--json" in words
    try:
        facts = _run(words)
    except Refused as refused:
        _print({"failed": True, "changed": False, "msg": str(refused)}, as_json)
        return 1
    if facts:
        _print(facts, as_json)
    return 0
