# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS takes as the value of one setting, known before AWS is asked. Pure.

A rule gets a value of the right type and answers what is wrong and what to do, or None.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any, Callable, Optional

from ansible_collections.terraglue.aws.plugins.module_utils.placeholders import unknown
from ansible_collections.terraglue.aws.plugins.module_utils.tags import MANAGED_TAG, OWNER_TAG

Rule = Callable[[Any], Optional[str]]

BUCKET_LENGTH = 63
PREFIX = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")

# "General purpose bucket naming rules" of the S3 user guide.
_BUCKET_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_ENDS = ("-s3alias", "--ol-s3", "--x-s3", "--table-s3")
# Hyphens of two words and a number: us-east-1, us-gov-west-1, eusc-de-east-1.
_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]+){1,3}-\d{1,2}")
_PARTITION = r"arn:aws(?:-[a-z]+)*"
_ARNS = {
    "role": (
        rf"{_PARTITION}:iam::\d{{12}}:role/[\w+=,.@/-]+",
        "arn:aws:iam::111122223333:role/NAME",
    ),
    "policy": (
        rf"{_PARTITION}:iam::(?:\d{{12}}|aws):policy/[\w+=,.@/-]+",
        "arn:aws:iam::111122223333:policy/NAME",
    ),
    "key": (
        rf"{_PARTITION}:kms:[a-z0-9-]+:\d{{12}}:key/[\w-]+",
        "arn:aws:kms:us-east-1:111122223333:key/ID",
    ),
    "key or alias": (
        rf"{_PARTITION}:kms:[a-z0-9-]+:\d{{12}}:(?:key/[\w-]+|alias/[\w/-]+)",
        "arn:aws:kms:us-east-1:111122223333:key/ID",
    ),
}
# Days that both PutRetentionPolicy and amazon.aws.cloudwatchlogs_log_group take. The API knows a
# few more; that module deletes the group when it is given one of those.
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653,
)  # fmt: skip
# CreateKey of the KMS API reference, as far as amazon.aws.kms_key knows them.
_SYMMETRIC = "SYMMETRIC_DEFAULT"
_RSA = ("RSA_2048", "RSA_3072", "RSA_4096")
_ELLIPTIC = ("ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1")
KEY_SPECS = {"ENCRYPT_DECRYPT": (_SYMMETRIC, *_RSA), "SIGN_VERIFY": (*_RSA, *_ELLIPTIC)}

_ENGINES = ("AUTO", "Athena engine version 3")
# "Using job parameters in AWS Glue jobs" of the Glue developer guide: Glue's own.
_RESERVED_ARGUMENTS = ("--debug", "--mode", "--JOB_NAME")


def pattern(expression: str, message: str) -> Rule:
    """A rule for texts: the whole of it has the form of ``expression``."""
    compiled = re.compile(expression, re.ASCII)
    return lambda value: None if compiled.fullmatch(value) else message


def between(least: int, most: int, unit: str) -> Rule:
    """A rule for numbers, both ends included."""
    return lambda value: (
        None if least <= value <= most else f"is not within {least} to {most} {unit}"
    )


def at_least(least: int, unit: str) -> Rule:
    """A rule for numbers without an upper end."""
    return lambda value: None if value >= least else f"has to be {least} or more {unit}"


def one_of(choices: Iterable[Any]) -> Rule:
    """A rule for values of which AWS knows a few."""
    known = tuple(choices)
    listed = ", ".join(map(str, known))
    return lambda value: (
        None if value in known else f"is none of those that AWS takes; choose from {listed}"
    )


def arn(kind: str) -> Rule:
    """A rule for the ARN of a kind: role, policy, key, key or alias."""
    expression, example = _ARNS[kind]
    return pattern(expression, f"is not the ARN of a {kind}; write it like {example}")


prefix = pattern(
    PREFIX.pattern,
    "cannot be a prefix; write two or more lower-case letters, digits and hyphens, a letter first"
    " and no hyphen last",
)
region = pattern(_REGION.pattern, "does not look like a region; write it like us-east-1")
account = pattern(r"\d{12}", "is not an account id; write its 12 digits, in quotes")
s3_location = pattern(
    r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/.*)?",
    "is not a place in S3; write it like s3://bucket/folder/",
)
role_name = pattern(
    r"[\w+=,.@-]{1,64}", "cannot be the name of a role; use 1 to 64 letters, digits and +=,.@_-"
)
policy_prefix = pattern(
    r"[\w+=,.@-]{0,64}", "cannot begin the name of a policy; use letters, digits and +=,.@_-"
)
service = pattern(
    r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?",
    "is not the name of a service; write it like glue.amazonaws.com",
)
workgroup = pattern(
    r"(?!primary$)[a-zA-Z0-9._-]{1,128}",
    "cannot be the name of a workgroup of ours; use 1 to 128 letters, digits and ._- (primary is AWS's own)",
)
database = pattern(
    r"[a-z0-9_]{1,255}",
    "cannot be the name of a database; use 1 to 255 lower-case letters, digits and underscores",
)
database_prefix = pattern(
    r"[a-z0-9_]{0,128}",
    "cannot begin the name of a database; use lower-case letters, digits and underscores",
)
log_group = pattern(
    r"(?!aws/)[a-zA-Z0-9._/#-]{1,505}",
    "cannot begin the name of a log group; use at most 505 letters, digits and ._-/#, and not aws/ first",
)
retention = one_of(RETENTION_DAYS)
engine = one_of(_ENGINES)
pending_window = between(7, 30, "days")


def bucket(name: str) -> str | None:
    """S3's rules for the name of a bucket that is to be made, and one of our own about dots."""
    if not 3 <= len(name) <= BUCKET_LENGTH:
        return f"has {len(name)} characters; S3 wants 3 to {BUCKET_LENGTH}"
    if "." in name and not _is_address(name):
        return (
            "has a dot; the certificate of S3 does not cover such a name, so TLS fails. Use hyphens"
        )
    if _is_address(name):
        return "is an IP address; choose a name"
    if not re.fullmatch(r"[a-z0-9-]+", name):
        return "has characters that S3 refuses; use lower-case letters, digits and hyphens"
    if name.startswith("-") or name.endswith("-"):
        return "begins or ends with a hyphen; let a letter or digit stand there"
    for start in _BUCKET_STARTS:
        if name.startswith(start):
            return f"begins with {start}, which S3 keeps for itself; choose another name"
    for end in _BUCKET_ENDS:
        if name.endswith(end):
            return f"ends with {end}, which S3 keeps for itself; choose another name"
    return None


def existing_bucket(name: str) -> str | None:
    """Any name that a bucket may have had since the first of them."""
    if re.fullmatch(r"[A-Za-z0-9._-]{3,255}", name):
        return None
    return "cannot be the name of a bucket; write the name alone, without s3:// and folders"


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


def alias(name: str) -> str | None:
    """CreateAlias of the KMS API reference."""
    if not name.startswith("alias/"):
        return f"does not begin with alias/; write alias/{re.sub('[^a-zA-Z0-9/_-]+', '-', name) or 'NAME'}"
    if name.startswith("alias/aws/"):
        return "begins with alias/aws/, which AWS keeps for its own keys; choose another name"
    if not re.fullmatch(r"alias/[a-zA-Z0-9/_-]{1,250}", name):
        return "has characters that KMS refuses; use 1 to 250 letters, digits and /_- after alias/"
    return None


def cutoff(size: int) -> str | None:
    """WorkGroupConfiguration of the Athena API reference: BytesScannedCutoffPerQuery."""
    if size == 0 or size >= 10_000_000:
        return None
    return "is less than AWS takes; write 10000000 bytes or more, or 0 for no limit"


def placeholders(known: Iterable[str]) -> Rule:
    """A rule for texts that may hold placeholders."""
    names = tuple(known)

    def rule(text: str) -> str | None:
        strangers = unknown(text, names)
        if not strangers:
            return None
        listed = ", ".join(f"<{name}>" for name in names)
        return f"nothing stands for the placeholder <{strangers[0]}>; known are {listed}"

    return rule


def tags(wanted: Mapping[str, Any]) -> dict[str, str]:
    """Each tag's name with what is wrong about it; what concerns all of them under an empty name.

    Source: "Tagging your AWS resources", and S3's set of characters, the smallest of all.
    """
    wrong = {str(name): _tag(str(name), value) for name, value in wanted.items()}
    ours = (OWNER_TAG, MANAGED_TAG)
    room = 50 - len(ours)
    if len(wanted) > room:
        wrong[""] = (
            f"has {len(wanted)} tags; AWS takes 50, two of which mark the owner: keep {room}"
        )
    return {name: message for name, message in wrong.items() if message}


def _tag(name: str, value: Any) -> str | None:
    if name in (OWNER_TAG, MANAGED_TAG):
        return "is a tag by which the collection knows what is its own; remove it"
    if name.lower().startswith("aws:"):
        return "begins with aws:, which AWS keeps for itself; rename the tag"
    if not 1 <= len(name) <= 128:
        return f"has a name of {len(name)} characters; AWS takes 1 to 128"
    if isinstance(value, (Mapping, list, tuple)) or value is None:
        return "has no text as its value; write one, in quotes"
    if len(str(value)) > 256:
        return f"has a value of {len(str(value))} characters; AWS takes 256"
    if not all(re.fullmatch(r"[\w\s+\-=.:/@]*", text) for text in (name, str(value))):
        return "has characters that AWS refuses in tags; use letters, digits, blanks and +-=._:/@"
    return None


def argument(name: str, value: Any) -> str | None:
    """One argument of a Glue job, its name with or without the leading hyphens."""
    plain = name[2:] if name.startswith("--") else name
    if not re.fullmatch(r"[A-Za-z_][\w.-]*", plain, re.ASCII):
        return "cannot be the name of an argument; use letters, digits and ._-, a letter first, --"
    if f"--{plain}" in _RESERVED_ARGUMENTS:
        return f"is an argument that Glue keeps for itself (--{plain}); choose another name"
    if isinstance(value, bool):
        return f'is a yes or no, but arguments are texts; write "{str(value).lower()}" or "{value}", in quotes'
    if not isinstance(value, (str, int, float)):
        return "has no text as its value, but arguments are texts; write one, in quotes"
    return None
