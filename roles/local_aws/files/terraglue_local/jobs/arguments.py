# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run's arguments mean, and how the script sees them.

"Using job parameters in AWS Glue jobs" of the developer guide names those that Glue itself reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BOOKMARK = "--job-bookmark-option"
BOOKMARK_DISABLE = "job-bookmark-disable"
_BOOKMARK_OPTIONS = ("job-bookmark-enable", "job-bookmark-pause", BOOKMARK_DISABLE)
_LOG_GROUPS = {"pythonshell": "/aws-glue/python-jobs"}
_SPARK_LOG_GROUPS = "/aws-glue/jobs"


def merged(job: Mapping[str, Any], given: Mapping[str, str] | None) -> dict[str, str]:
    """The run's own arguments over the job's defaults; what may not be overridden over both."""
    return {
        **(job.get("DefaultArguments") or {}),
        **(given or {}),
        **(job.get("NonOverridableArguments") or {}),
    }


def bookmark_option(arguments: Mapping[str, str]) -> str:
    """Bookmarks are off unless an argument says otherwise."""
    option = arguments.get(BOOKMARK) or BOOKMARK_DISABLE
    return option if option in _BOOKMARK_OPTIONS else BOOKMARK_DISABLE


def argv(
    job_name: str, run_id: str, script: str, arguments: Mapping[str, str], temp_dir: str
) -> list[str]:
    """The script's command line: what Glue adds, then every argument in its order.

    An argument without a value stands alone. Glue gives a job without ``--TempDir`` none; here it
    is an empty place of the run, so that getResolvedOptions finds it as documented.
    """
    added = {
        "--JOB_NAME": job_name,
        "--JOB_ID": f"j_{job_name}",
        "--JOB_RUN_ID": run_id,
        BOOKMARK: bookmark_option(arguments),
        "--TempDir": arguments.get("--TempDir") or temp_dir,
    }
    words = [script]
    for name, value in {**arguments, **added}.items():
        words.append(name)
        if value not in (None, ""):
            words.append(str(value))
    return words


def addresses(arguments: Mapping[str, str], name: str) -> list[str]:
    """The values of a list that commas part, such as ``--extra-py-files``."""
    return [one.strip() for one in (arguments.get(name) or "").split(",") if one.strip()]


def is_true(arguments: Mapping[str, str], name: str) -> bool:
    """A switch: given without a value, or with ``true``."""
    return name in arguments and (arguments[name] or "true").lower() == "true"


def confs(arguments: Mapping[str, str]) -> dict[str, str]:
    """Spark settings of ``--conf``. Several are written ``a=1 --conf b=2`` in the one value."""
    found = {}
    for part in (arguments.get("--conf") or "").split("--conf"):
        name, equals, value = part.strip().partition("=")
        if equals:
            found[name.strip()] = value.strip()
    return found


def log_groups(
    arguments: Mapping[str, str], kind: str, role: str, security_configuration: str
) -> tuple[str, str]:
    """(output, error): what the script prints, what the Glue logger says.

    ``--custom-logGroup-prefix`` replaces the prefix. A security configuration that encrypts logs
    has groups of its own, because encryption belongs to a group.
    """
    prefix = (arguments.get("--custom-logGroup-prefix") or "").rstrip("/")
    if not prefix:
        prefix = _LOG_GROUPS.get(kind, _SPARK_LOG_GROUPS)
        if security_configuration:
            prefix += f"/{security_configuration}-role/{role.rpartition('/')[2]}"
    return f"{prefix}/output", f"{prefix}/error"


def log_stream(arguments: Mapping[str, str], run_id: str) -> str:
    """The run's id, or what ``--custom-logStream-prefix`` says, as the driver's stream."""
    prefix = arguments.get("--custom-logStream-prefix")
    return f"{prefix}-driver" if prefix else run_id
