# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of a job, as a script asks for them."""

from __future__ import annotations

from collections.abc import Sequence

# Glue's own: a script gets them without asking, and may not ask for them.
_RESERVED = (
    "job_bookmark_option",
    "job_bookmark_from",
    "job_bookmark_to",
    "JOB_ID",
    "JOB_RUN_ID",
    "SECURITY_CONFIGURATION",
    "encryption_type",
    "enable_data_lineage",
)
# A script gets them without asking, too, but may ask.
_TEMPORARY = ("RedshiftTempDir", "TempDir")
_PAGE = (
    "https://docs.aws.amazon.com/glue/latest/dg/"
    "aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html"
)


class GlueArgumentError(Exception):
    """The arguments of the job are not those that the script asks for."""


def getResolvedOptions(args: Sequence[str], options: Sequence[str]) -> dict[str, str]:
    """The values of the options that are asked for, and of those that Glue adds itself.

    ``--name value`` and ``--name=value`` say the same, a hyphen in a name is an underscore in the
    answer, and a name may be shortened as long as it says which option is meant. JOB_NAME comes only
    when it is asked for. Whatever is not asked for is passed by.
    """
    asked = [_key(option) for option in options]
    for name in asked:
        if name in _RESERVED:
            raise GlueArgumentError(
                f"The argument --{name} is Glue's own: it comes without being asked for. Take it"
                f" from the list of getResolvedOptions. See {_PAGE}"
            )
    known = [*asked, *_RESERVED, *_TEMPORARY]
    found: dict[str, str] = {}
    words = list(args[1:])
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            continue
        name, given, value = word[2:].partition("=")
        key = _meant(_key(name), known)
        if not given and words and not words[0].startswith("--"):
            value, given = words.pop(0), "="
        if key is None:
            continue
        if not given:
            raise GlueArgumentError(f"argument --{name}: expected one argument")
        found[key] = value
    missing = [option for option, key in zip(options, asked) if key not in found]
    if missing:
        names = ", ".join(f"--{option}" for option in missing)
        raise GlueArgumentError(f"the following arguments are required: {names}")
    found.setdefault("job_bookmark_option", "job-bookmark-disable")
    return found


def _key(name: str) -> str:
    return name.replace("-", "_")


def _meant(name: str, known: Sequence[str]) -> str | None:
    """The option that a name on the command line stands for: that one, or the only longer one."""
    if name in known:
        return name
    longer = [option for option in known if name and option.startswith(name)]
    if len(longer) > 1:
        raise GlueArgumentError(
            f"ambiguous option: --{name} could match {', '.join('--' + one for one in longer)}"
        )
    return longer[0] if longer else None
