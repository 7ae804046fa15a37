# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user wants of the engines: a file of the state folder.

``start`` writes it, whether the server runs already or not, and the server reads it whenever it
needs a setting. So a changed setting holds from the next job or query on, without a restart.
"""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

from ..folder import Refused

FILE = "settings.json"


def default_cache_dir() -> str:
    """Per user: $XDG_CACHE_HOME or ~/.cache, then terraglue."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "terraglue")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Each is the role's variable ``local_aws_<name>``, described in its argument_specs."""

    cache_dir: str = ""
    java_home: str = ""
    jars_mirror: str = ""
    jars_dir: str = ""
    clock: bool = False
    job_memory_mb: int = 1024
    sql_memory_mb: int = 512
    sql_idle_minutes: int = 15
    sql_ahead: bool = False

    @property
    def cache(self) -> str:
        """The cache folder by its absolute path."""
        return os.path.abspath(os.path.expanduser(self.cache_dir or default_cache_dir()))


def parse(text: str) -> Settings:
    """Settings from a JSON object. Refused when it holds anything else than settings."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise Refused(f"The settings are no JSON: {error}.") from error
    if not isinstance(given, dict):
        raise Refused("The settings are no JSON object.")
    for name, value in given.items():
        _check(name, value)
    return Settings(**given)


def _check(name: str, value: Any) -> None:
    kinds: dict[str, type] = {
        field.name: type(field.default) for field in dataclasses.fields(Settings)
    }
    if name not in kinds:
        raise Refused(f"There is no setting '{name}', only {', '.join(kinds)}.")
    kind = kinds[name]
    # A bool is an int to Python, and no number to a user.
    if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
        raise Refused(
            f"The setting local_aws_{name} is {value!r}; it must be of type {kind.__name__}."
        )
    if isinstance(value, int) and kind is int and value < 1:
        raise Refused(f"The setting local_aws_{name} is {value}; it must be 1 or more.")


def of(state_dir: str) -> Settings:
    """The settings of a state folder; the defaults when none were written."""
    try:
        with open(os.path.join(state_dir, FILE), encoding="utf-8") as file:
            return parse(file.read())
    except FileNotFoundError:
        return Settings()


def write(state_dir: str, settings: Settings) -> bool:
    """Write the settings into a state folder. Whether that changed anything."""
    path = os.path.join(state_dir, FILE)
    if os.path.exists(path) and of(state_dir) == settings:
        return False
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(dataclasses.asdict(settings), file, indent=2)
    os.replace(f"{path}.new", path)
    return True
