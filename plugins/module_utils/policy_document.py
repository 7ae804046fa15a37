# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents: judge files, fill in placeholders, compare, and the policies of our own. Pure.

Sources: "IAM JSON policy element reference" and "IAM and AWS STS quotas" of the IAM user guide,
"Resource quotas" of the KMS developer guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.terraglue.aws.plugins.module_utils.errors import TerraglueError
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault, report
from ansible_collections.terraglue.aws.plugins.module_utils.placeholders import fill, unknown

VERSION = "2012-10-17"
IAM_LIMIT = 6144  # characters of a managed policy; IAM does not count white space
KMS_LIMIT = 32768  # bytes of a key policy

_POLICY_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
# The length of what a placeholder stands for is known only later; these have a usual one.
_STAND_INS = {"account_id": "0" * 12, "region": "us-east-1", "partition": "aws"}


def size(document: Mapping[str, Any] | str, limit: int = IAM_LIMIT) -> int:
    """What a policy weighs against its limit: bytes for a key, else characters but white space."""
    text = document if isinstance(document, str) else as_text(document)
    if limit == KMS_LIMIT:
        return len(text.encode("utf-8"))
    return len(re.sub(r"\s", "", text))


def as_text(document: Mapping[str, Any]) -> str:
    """A document as the API takes it, without white space that would only weigh."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def policy_files(folder: str) -> list[Path]:
    """The JSON files of a folder, in the order of their names; hidden ones are not policies."""
    return sorted(
        path
        for path in Path(folder).iterdir()
        if path.suffix == ".json" and path.is_file() and not path.name.startswith(".")
    )


def check_policy_folder(
    path: str, known_placeholders: Mapping[str, Any] | Iterable[str], limit: int = IAM_LIMIT
) -> list[Fault]:
    """What is wrong with a folder of managed policies: nothing is an empty list."""
    if not Path(path).is_dir():
        return [
            Fault(path, "This folder of policies does not exist. Create it or correct the path.")
        ]
    files = policy_files(path)
    if not files:
        return [Fault(path, "There is no .json file in it. Put one file there for each policy.")]
    faults = []
    for file in files:
        if not _POLICY_NAME.fullmatch(file.stem):
            message = (
                f"'{file.stem}' cannot be the name of a policy: 1 to 128 letters, digits and"
                " +=,.@_- are allowed. Rename the file."
            )
            faults.append(Fault(str(file), message))
        faults += check_policy_file(str(file), known_placeholders, limit)
    return faults


def check_policy_file(
    path: str, known_placeholders: Mapping[str, Any] | Iterable[str], limit: int = IAM_LIMIT
) -> list[Fault]:
    """What is wrong with one policy file. ``limit`` tells a key's policy from a managed one.

    ``known_placeholders`` are names, or what each stands for, which makes the size exact.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        return [Fault(path, f"This policy file cannot be read: {error.strerror}.")]
    except UnicodeDecodeError as error:
        return [Fault(path, f"This policy is not UTF-8 text (byte {error.start + 1}). Save it so.")]
    if isinstance(known_placeholders, Mapping):
        values = {name: str(value) for name, value in known_placeholders.items()}
    else:
        values = {name: _STAND_INS.get(name, name) for name in known_placeholders}
    faults = _unknown_placeholders(path, text, values)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"This policy is no JSON: {error.msg} (column {error.colno})."
        return [Fault(f"{path}:{error.lineno}", message), *faults]
    structure = _structure_faults(path, document, of_key=limit == KMS_LIMIT)
    if not faults and not structure:
        weight = size(filled(document, values), limit)
        if weight > limit:
            unit = "bytes" if limit == KMS_LIMIT else "characters without white space"
            faults.append(
                Fault(
                    path,
                    f"This policy has {weight} {unit} when filled in; AWS takes {limit}."
                    " Split it or name fewer actions and resources.",
                )
            )
    return faults + structure


def _unknown_placeholders(path: str, text: str, values: Mapping[str, str]) -> list[Fault]:
    known = ", ".join(f"<{name}>" for name in sorted(values))
    return [
        Fault(
            f"{path}:{number}", f"Nothing stands for the placeholder <{name}>. Known are: {known}."
        )
        for number, line in enumerate(text.splitlines(), 1)
        for name in unknown(line, values)
    ]


def _structure_faults(path: str, document: Any, of_key: bool) -> list[Fault]:
    """What AWS would call a malformed policy."""
    if not isinstance(document, dict):
        return [Fault(path, 'A policy is a JSON object: {"Version": …, "Statement": […]}.')]
    faults = []
    version = document.get("Version", VERSION)
    if version not in (VERSION, "2008-10-17"):
        faults.append(Fault(path, f'The Version is {json.dumps(version)}; write "{VERSION}".'))
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        return [*faults, Fault(path, "This policy has no Statement. Add what it allows or denies.")]
    who_or_what = ("Principal", "NotPrincipal") if of_key else ("Resource", "NotResource")
    for number, statement in enumerate(statements, 1):
        if not isinstance(statement, dict):
            faults.append(Fault(path, f"Statement {number} is no JSON object."))
            continue
        label = f"Statement {number}" + (f" ({statement['Sid']})" if "Sid" in statement else "")
        if statement.get("Effect") not in ("Allow", "Deny"):
            faults.append(Fault(path, f'{label} needs an Effect, "Allow" or "Deny".'))
        for either in (("Action", "NotAction"), who_or_what):
            if not any(statement.get(element) for element in either):
                faults.append(Fault(path, f"{label} has neither {either[0]} nor {either[1]}."))
    return faults


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """A document with every placeholder filled in, those in names of conditions too."""
    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, Mapping):
        return {fill(key, values): filled(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, values) for item in value]
    return value


def read_policies(folder: str, values: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """File name without ending → document filled in; all faults of the folder at once."""
    faults = check_policy_folder(folder, values)
    if faults:
        raise TerraglueError(report(faults))
    return {path.stem: _read(path, values) for path in policy_files(folder)}


def read_key_policy(path: str, values: Mapping[str, str]) -> dict[str, Any]:
    """A key's policy filled in; all faults of the file at once."""
    faults = check_policy_file(path, values, KMS_LIMIT)
    if faults:
        raise TerraglueError(report(faults))
    return _read(Path(path), values)


def _read(path: Path, values: Mapping[str, str]) -> dict[str, Any]:
    return filled(json.loads(path.read_text(encoding="utf-8-sig")), values)


def policy_drift(
    current: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None
) -> tuple[Any, Any]:
    """What differs between two documents, before and after: whole statements, others left out.

    Both are None when the documents mean the same, however they are written.
    """
    if not compare_policies(dict(current or {}), dict(wanted or {})):
        return None, None
    if not current or not wanted:
        return current or None, wanted or None
    before, after = _statements(current), _statements(wanted)
    changed = (_without(before, after), _without(after, before))
    if not any(changed):  # the same statements under another Version or Id
        return dict(current), dict(wanted)
    return changed


def _statements(document: Mapping[str, Any]) -> list[Any]:
    statements = document.get("Statement") or []
    return statements if isinstance(statements, list) else [statements]


def _without(statements: list[Any], others: list[Any]) -> list[Any]:
    def same(one: Any, other: Any) -> bool:
        return not compare_policies({"Statement": [one]}, {"Statement": [other]})

    return [one for one in statements if not any(same(one, other) for other in others)]


def trust_policy(services: Iterable[str], source_account: str | None) -> dict[str, Any]:
    """Who may assume a role: AWS services, on behalf of ``source_account`` alone when given."""
    statement: dict[str, Any] = {
        "Sid": "ServicesAssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": sorted(services)},
        "Action": "sts:AssumeRole",
    }
    if source_account:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": source_account}}
    return {"Version": VERSION, "Statement": [statement]}


def bucket_policy(
    partition: str, bucket: str, tls_only: bool, logs_of_account: str | None = None
) -> dict[str, Any] | None:
    """The policy of a bucket: TLS only (Security Hub S3.5), and who may deliver access logs.

    ``logs_of_account`` is the account (12 digits) whose buckets log here. None is no policy.
    """
    arn = f"arn:{partition}:s3:::{bucket}"
    statements: list[dict[str, Any]] = []
    if tls_only:
        statements.append(
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        )
    if logs_of_account:
        statements.append(
            {
                "Sid": "AccessLogDelivery",
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"{arn}/*",
                "Condition": {"StringEquals": {"aws:SourceAccount": logs_of_account}},
            }
        )
    return {"Version": VERSION, "Statement": statements} if statements else None
