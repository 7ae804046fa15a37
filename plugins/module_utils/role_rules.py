# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inputs of each role have to be, as one table, so that they are judged before anything is
changed. Pure but for reading the user's data, policies and scripts.

Types are not judged here: what comes in has been through the role's argument spec, and an input
that failed there is not among the values.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Callable, NamedTuple

from ansible_collections.terraglue.aws.plugins.module_utils import (
    cron,
    data_check,
    glue_rules,
    policy_document,
    script_folder,
    table_options,
)
from ansible_collections.terraglue.aws.plugins.module_utils import value_rules as rules
from ansible_collections.terraglue.aws.plugins.module_utils.data_check import Depth
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.placeholders import (
    BUILT_IN,
    PLACEHOLDER,
    unknown,
)

PLAUSIBLE_ACCOUNT = "0" * 12
LONGEST_REGION = "ap-southeast-1"
PLAUSIBLE_PREFIX = "terraglue"


class Inputs(NamedTuple):
    """The inputs of one role.

    ``values`` are those that are set and of the right type; ``sources`` names the variable of the
    environment that an input has its value from, such as terraglue_prefix; ``account`` and
    ``region`` are known or plausible; ``within`` is whether the role itself asks, when what other
    roles give it has to be there; ``check_data`` may remember what it has read.
    """

    role: str
    values: Mapping[str, Any]
    sources: Mapping[str, str] = {}
    account: str = PLAUSIBLE_ACCOUNT
    region: str = LONGEST_REGION
    within: bool = False
    check_data: Callable[..., Iterable[Fault]] = data_check.check
    every_value: bool = False

    def on(self, option: str) -> bool:
        """Whether an input is set and true, or not empty."""
        return bool(self.values.get(option))

    def fault(self, option: str, message: str, key: Any = None) -> Fault:
        """A fault of an input, or of one of its keys, with its value."""
        value: Any = self.values.get(option)
        where = self.sources.get(option, option)
        if key is not None:
            value = value[key]
            where += f"[{key}]" if isinstance(key, int) else f".{key}"
        return Fault(f"{where}={shown(value)}", f"{message.rstrip('.')}.")

    def placeholders(self) -> dict[str, str]:
        """What the built-in placeholders stand for."""
        partition = "aws-cn" if self.region.startswith("cn-") else "aws"
        known = (self.account, self.region, partition, self.prefix())
        return dict(zip(BUILT_IN, known))

    def prefix(self) -> str:
        """The environment's prefix; a sound one in place of one that is a fault itself."""
        prefix = str(self.values.get(f"{self.role}_prefix", PLAUSIBLE_PREFIX))
        return prefix if rules.prefix(prefix) is None else PLAUSIBLE_PREFIX

    def filled(self, text: str) -> str:
        """A name as it will be, what is unknown left as it stands."""
        known = self.placeholders()
        return PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), text)


Check = Callable[[Inputs], Iterable[Fault]]


def shown(value: Any) -> str:
    """A value for a message: on one line, and short."""
    text = f"'{value}'" if isinstance(value, str) else str(value)
    folded = " ".join(text.split())
    return folded if len(folded) <= 80 else f"{folded[:76]}...{text[-1]}"


# How a rule for one value becomes a check over a role's inputs.


def must(option: str, rule: rules.Rule) -> Check:
    """The rule holds for an input, also when it is empty."""

    def check(inputs: Inputs) -> Iterator[Fault]:
        value = inputs.values.get(option)
        message = None if value is None else rule(value)
        if message:
            yield inputs.fault(option, message)

    return check


def given(option: str, rule: rules.Rule) -> Check:
    """The rule holds for an input that is not empty."""
    return when(option, must(option, rule))


def each(option: str, rule: rules.Rule) -> Check:
    """The rule, one for texts, holds for every item of a list or value of a mapping."""

    def check(inputs: Inputs) -> Iterator[Fault]:
        value = inputs.values.get(option) or []
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            message = rule(str(item))
            if message:
                yield inputs.fault(option, message, key)

    return check


def filled(option: str, rule: rules.Rule) -> Check:
    """The rule holds for a name when its placeholders, which have to be known, are filled in."""

    def check(inputs: Inputs) -> Iterator[Fault]:
        value = inputs.values.get(option)
        if value is not None:
            name = inputs.filled(value)
            message = rules.placeholders(BUILT_IN)(value)
            wrong = None if message else rule(name)
            if wrong:
                became = f" (it becomes {name}, of {len(name)} characters)"
                message = wrong.rstrip(".") + (became if name != value else "")
            if message:
                yield inputs.fault(option, message)

    return check


def when(option: str, *checks: Check) -> Check:
    """The checks, if an input is on."""
    return lambda inputs: _all(checks, inputs) if inputs.on(option) else ()


def unless(option: str, *checks: Check) -> Check:
    """The checks, if an input is off or empty."""
    return lambda inputs: () if inputs.on(option) else _all(checks, inputs)


def needed(option: str, purpose: str) -> Check:
    """What another role gives has to be there by the time that the role itself asks."""

    def check(inputs: Inputs) -> Iterator[Fault]:
        if inputs.within and not inputs.on(option):
            yield Fault(option, f"is empty, but is needed {purpose}. Set it.")

    return check


def tags(option: str) -> Check:
    """Names, values and number of tags."""

    def check(inputs: Inputs) -> Iterator[Fault]:
        for name, message in rules.tags(inputs.values.get(option) or {}).items():
            found = inputs.fault(option, message, name or None)
            yield found if name else found._replace(where=inputs.sources.get(option, option))

    return check


def arguments(option: str) -> Check:
    """Names and values of arguments of a Glue job."""

    def check(inputs: Inputs) -> Iterator[Fault]:
        for name, value in (inputs.values.get(option) or {}).items():
            message = rules.argument(name, value)
            if message:
                yield inputs.fault(option, message, name)

    return check


# What concerns several inputs of a role at once.


def bucket_names(inputs: Inputs) -> Iterator[Fault]:
    """The buckets to make: known placeholders, S3's rules, no name twice."""
    names = _buckets_to_make(inputs)
    too_long = [text for text in names.values() if _only_prefix_is_too_long(inputs, text)]
    if too_long:
        yield _prefix_too_long(inputs, too_long)
    taken: dict[str, str] = {}
    for (option, key), text in names.items():
        name = inputs.filled(text)
        message = rules.placeholders(BUILT_IN)(text)
        if not message and text not in too_long:
            wrong = rules.bucket(name)
            message = f"{wrong} (it becomes {name})" if wrong and name != text else wrong
        if not message and name in taken:
            message = f"is also the name of {taken[name]}; give each bucket a name of its own"
        if message:
            yield inputs.fault(option, message, key)
        taken.setdefault(name, f"{option}.{key}" if key else option)


def _buckets_to_make(inputs: Inputs) -> dict[tuple[str, str | None], str]:
    """Option and key → name as written."""
    existing = inputs.values.get("storage_existing_buckets") or {}
    wanted = inputs.values.get("storage_buckets") or {}
    names: dict[tuple[str, str | None], str] = {
        ("storage_buckets", key): str(name) for key, name in wanted.items() if key not in existing
    }
    if inputs.on("storage_access_logs"):
        option = "storage_access_logs_bucket"
        names[option, None] = inputs.values.get(option, "")
    return names


def _room_for_prefix(inputs: Inputs, text: str) -> int:
    """How long the prefix may be so that a bucket's name fits."""
    rest = len(inputs.filled(text)) - len(inputs.prefix()) * text.count("<prefix>")
    return (rules.BUCKET_LENGTH - rest) // text.count("<prefix>")


def _only_prefix_is_too_long(inputs: Inputs, text: str) -> bool:
    if "<prefix>" not in text or unknown(text, BUILT_IN):
        return False
    return len(inputs.filled(text)) > rules.BUCKET_LENGTH and _room_for_prefix(inputs, text) > 1


def _prefix_too_long(inputs: Inputs, texts: list[str]) -> Fault:
    """One fault for all names that a long prefix makes too long."""
    longest = max(texts, key=lambda text: len(inputs.filled(text)))
    room = min(_room_for_prefix(inputs, text) for text in texts)
    return inputs.fault(
        "storage_prefix",
        f"has {len(inputs.prefix())} characters, so that the bucket {inputs.filled(longest)} would"
        f" have a name of {len(inputs.filled(longest))}; S3 takes {rules.BUCKET_LENGTH}. Shorten it to"
        f" {room} or fewer, or write shorter names into storage_buckets",
    )


def existing_buckets(inputs: Inputs) -> Iterator[Fault]:
    """Buckets of others stand for buckets that the role would make."""
    known = inputs.values.get("storage_buckets")
    if known is None:
        return  # a fault of its own, or not known yet
    for key, name in (inputs.values.get("storage_existing_buckets") or {}).items():
        message = rules.existing_bucket(str(name))
        if key not in known:
            message = f"'{key}' is no key of storage_buckets; choose from {_listed(known)}"
        if message:
            yield inputs.fault("storage_existing_buckets", message, key)


def upload_bucket(inputs: Inputs) -> Iterator[Fault]:
    """What the data folder is uploaded to is one of the buckets."""
    known = inputs.values.get("storage_buckets")
    key = inputs.values.get("storage_upload_bucket")
    if known is not None and key is not None and key not in known:
        message = f"is no key of storage_buckets; choose from {_listed(known)}"
        yield inputs.fault("storage_upload_bucket", message)


def _listed(keys: Iterable[Any]) -> str:
    return ", ".join(map(str, keys))


def path(option: str, judge_path: Callable[[Inputs, str], Iterable[Fault]]) -> Check:
    """A folder or file of the user's, which an input names."""

    def check(inputs: Inputs) -> Iterable[Fault]:
        value = inputs.values.get(option)
        if value is None:
            return ()
        if not value:
            return [inputs.fault(option, "names nothing; write a path")]
        return judge_path(inputs, readable(value))

    return check


def data(inputs: Inputs, folder: str) -> Iterable[Fault]:
    """The folder of data files. The storage role uploads every byte of them, so it looks at every
    byte; the catalog is made of their heads, and looks at every value when asked to."""
    depth = Depth.BYTES if inputs.role == "storage" else Depth.HEADS
    if inputs.role == "catalog" and inputs.every_value:
        depth = Depth.VALUES
    return inputs.check_data(folder, data_choices(inputs), depth)


def data_choices(inputs: Inputs) -> table_options.Choices:
    """How the role is told to read the folder; what is a fault itself is passed over."""
    options = {
        "delimiter": "data_delimiter",
        "quote": "data_quote",
        "escape": "data_escape",
        "encoding": "data_encoding",
        "convert": "data_convert",
        "line_breaks": "data_line_breaks",
        "column_names": "column_names",
        "column_types": "column_types",
        "sample_rows": "sample_rows",
    }
    given = {name: inputs.values.get(f"{inputs.role}_{option}") for name, option in options.items()}
    tables = inputs.values.get(f"{inputs.role}_data_tables")
    return table_options.choices(given, tables)


def table_choices(option: str) -> Check:
    """The choices for single tables."""

    def check(inputs: Inputs) -> Iterator[Fault]:
        where = inputs.sources.get(option, option)
        yield from table_options.judge_tables(inputs.values.get(option) or {}, where)

    return check


def data_options(role: str, *more: str) -> tuple[Check, ...]:
    """How the data folder is read, as far as the role's spec has no choices for it."""
    names = ("data_delimiter", "data_quote", "data_encoding", *more)
    kinds = (name.replace("data_", "") for name in names)
    judged = [must(f"{role}_{name}", table_options.RULES[kind]) for name, kind in zip(names, kinds)]
    return (*judged, table_choices(f"{role}_data_tables"))


def databases(inputs: Inputs) -> Iterator[Fault]:
    """Further databases: their names with the prefix, none twice, their locations."""
    before = inputs.values.get("catalog_database_prefix") or ""
    seen: set[str] = set()
    for number, database in enumerate(inputs.values.get("catalog_databases") or []):
        name = database["name"]
        message = rules.database(before + name) if rules.database_prefix(before) is None else None
        if name in seen:
            message = "is there twice; remove one"
        seen.add(name)
        where = f"catalog_databases[{number}]"
        if message:
            yield Fault(f"{where}.name='{name}'", f"{message}.")
        location = database.get("location")
        wrong = rules.s3_location(location) if location else None
        if wrong:
            yield Fault(f"{where}.location='{location}'", f"{wrong}.")


def athena_method(inputs: Inputs) -> Iterator[Fault]:
    """Tables are made by Athena in a workgroup."""
    if inputs.values.get("catalog_method") == "athena" and not inputs.on("catalog_workgroup"):
        message = "needs a workgroup; set catalog_workgroup to true, or catalog_method to glue"
        yield inputs.fault("catalog_method", message)


def managed_policies(inputs: Inputs, folder: str) -> list[Fault]:
    """The folder of policies."""
    known = _policy_values(inputs, "__iam_policy_variables")
    return policy_document.check_policy_folder(folder, known)


def key_policy(inputs: Inputs, file: str) -> list[Fault]:
    """The file of the key's policy."""
    known = _policy_values(inputs, "__kms_policy_variables")
    return policy_document.check_policy_file(file, known, policy_document.KMS_LIMIT)


def _policy_values(inputs: Inputs, option: str) -> dict[str, str]:
    variables = inputs.values.get(option) or {}
    own = {name: inputs.filled(str(value)) for name, value in variables.items()}
    return {**own, **inputs.placeholders()}


def key_spec(inputs: Inputs) -> Iterator[Fault]:
    """A kind of key fits its use, and only keys that AWS can renew are rotated."""
    spec, usage = inputs.values.get("kms_key_spec"), inputs.values.get("kms_key_usage")
    if spec is None or usage is None:
        return
    message = rules.one_of(rules.KEY_SPECS[usage])(spec)
    if message:
        yield inputs.fault("kms_key_spec", f"{message} (for {usage})")
    if inputs.on("kms_rotation") and spec != "SYMMETRIC_DEFAULT":
        message = f"cannot be, since KMS rotates no {spec} keys, only SYMMETRIC_DEFAULT ones"
        yield inputs.fault("kms_rotation", f"{message}; set it to false")


def scripts(inputs: Inputs, folder: str) -> list[Fault]:
    """The folder of the Spark application."""
    patterns, script = (inputs.values.get(name) for name in ("glue_app_patterns", "glue_script"))
    if patterns is None or script is None:
        return []
    version = inputs.values.get("glue_version", "")
    return script_folder.check(folder, patterns, script, version)


def workers(inputs: Inputs) -> Iterator[Fault]:
    """Kind and number of workers, which depend on each other and on the version of Glue."""
    kind = inputs.values.get("glue_worker_type")
    number = inputs.values.get("glue_number_of_workers")
    if kind is None:
        return
    message = glue_rules.check_worker_type(kind, inputs.values.get("glue_version", "5.0"))
    if message:
        yield inputs.fault("glue_worker_type", message)
    message = None if number is None else glue_rules.check_number_of_workers(number, kind)
    if message:
        yield inputs.fault("glue_number_of_workers", message)


def security_key(inputs: Inputs) -> Iterator[Fault]:
    """Encryption with a key of KMS needs one."""
    kinds = ("s3", "cloudwatch", "job_bookmarks")
    modes = (str(inputs.values.get(f"glue_{kind}_encryption_mode")) for kind in kinds)
    if any(mode.endswith("-KMS") for mode in modes):
        yield from needed("glue_kms_key_arn", "for the security configuration")(inputs)


def readable(path: str) -> str:
    """A path as short as it can be said, seen from where the user stands."""
    whole = os.path.realpath(path) if os.pardir in path.split(os.sep) else os.path.abspath(path)
    here = os.getcwd() + os.sep
    return whole[len(here) :] if whole.startswith(here) else whole


class Rules(NamedTuple):
    """The checks of a role: in either state, and those that matter only for making.

    ``variables`` are those of its vars/main.yml that the checks look at.
    """

    always: tuple[Check, ...] = ()
    present: tuple[Check, ...] = ()
    variables: tuple[str, ...] = ()


ROLES: dict[str, Rules] = {
    "target": Rules(
        always=(
            must("terraglue_prefix", rules.prefix),
            tags("terraglue_tags"),
            given("terraglue_region", rules.region),
            given("terraglue_kms_alias", rules.alias),
        )
    ),
    "storage": Rules(
        always=(
            must("storage_prefix", rules.prefix),
            bucket_names,
            existing_buckets,
        ),
        present=(
            tags("storage_tags"),
            given("storage_kms_key_arn", rules.arn("key or alias")),
            must("storage_noncurrent_days", rules.at_least(1, "days")),
            must("storage_abort_multipart_days", rules.at_least(1, "days")),
            when(
                "storage_upload",
                upload_bucket,
                *data_options("storage"),
                path("storage_data_dir", data),
            ),
        ),
    ),
    "catalog": Rules(
        always=(
            must("catalog_prefix", rules.prefix),
            must("catalog_database_prefix", rules.database_prefix),
            databases,
            when("catalog_workgroup", must("catalog_workgroup_name", rules.workgroup)),
        ),
        present=(
            tags("catalog_tags"),
            *data_options("catalog", "data_escape", "sample_rows"),
            path("catalog_data_dir", data),
            given("catalog_data_location", rules.s3_location),
            needed("catalog_data_location", "for the tables of the data folder"),
            athena_method,
            when(
                "catalog_workgroup",
                given("catalog_results_location", rules.s3_location),
                needed("catalog_results_location", "for the workgroup"),
                given("catalog_results_bucket_owner", rules.account),
                given("catalog_kms_key_arn", rules.arn("key or alias")),
                must("catalog_bytes_scanned_cutoff", rules.cutoff),
                must("catalog_engine_version", rules.engine),
            ),
        ),
    ),
    "iam": Rules(
        variables=("__iam_policy_variables",),
        always=(
            must("iam_prefix", rules.prefix),
            must("iam_policy_prefix", rules.policy_prefix),
            given("iam_role_arn", rules.arn("role")),
            unless("iam_role_arn", filled("iam_role_name", rules.role_name)),
        ),
        present=(
            tags("iam_tags"),
            each("iam_buckets", rules.placeholders(BUILT_IN)),
            each("iam_policy_variables", rules.placeholders(BUILT_IN)),
            must("iam_kms_alias", rules.alias),
            must("iam_database_prefix", rules.database_prefix),
            when("iam_create_policies", path("iam_policies_dir", managed_policies)),
            unless(
                "iam_role_arn",
                each("iam_role_trust_services", rules.service),
                must("iam_role_max_session_duration", rules.between(3600, 43200, "seconds")),
                given("iam_role_permissions_boundary", rules.arn("policy")),
                each("iam_role_managed_policy_arns", rules.arn("policy")),
            ),
        ),
    ),
    "kms": Rules(
        variables=("__kms_policy_variables",),
        always=(
            must("kms_prefix", rules.prefix),
            given("kms_key_arn", rules.arn("key")),
            unless(
                "kms_key_arn",
                must("kms_alias", rules.alias),
                must("kms_pending_window", rules.pending_window),
            ),
        ),
        present=(
            tags("kms_tags"),
            each("kms_policy_variables", rules.placeholders(BUILT_IN)),
            unless("kms_key_arn", key_spec, path("kms_policy_file", key_policy)),
        ),
    ),
    "glue": Rules(
        always=(
            must("glue_prefix", rules.prefix),
            must("glue_job_name", glue_rules.check_name),
            when("glue_trigger", must("glue_trigger_name", glue_rules.check_name)),
            when(
                "glue_security_configuration",
                must("glue_security_configuration_name", glue_rules.check_name),
            ),
            when("glue_log_groups", must("glue_log_group_prefix", rules.log_group)),
        ),
        present=(
            tags("glue_tags"),
            given("glue_bucket", rules.existing_bucket),
            needed("glue_bucket", "for the scripts"),
            given("glue_role_arn", rules.arn("role")),
            needed("glue_role_arn", "for the job"),
            given("glue_kms_key_arn", rules.arn("key or alias")),
            when("glue_security_configuration", security_key),
            path("glue_app_dir", scripts),
            must("glue_version", glue_rules.check_glue_version),
            workers,
            must("glue_timeout", glue_rules.check_timeout),
            must("glue_max_retries", rules.at_least(0, "tries")),
            must("glue_max_concurrent_runs", rules.at_least(1, "runs")),
            must("glue_notify_delay_after", rules.at_least(0, "minutes")),
            each("glue_extra_py_files", rules.s3_location),
            arguments("glue_job_arguments"),
            arguments("glue_default_arguments"),
            when("glue_log_groups", must("glue_log_retention_days", rules.retention)),
            when("glue_trigger", must("glue_trigger_schedule", cron.check_schedule)),
        ),
    ),
}


def judge(inputs: Inputs) -> list[Fault]:
    """Every fault of a role's inputs; a role that the table does not know has none here."""
    own = ROLES.get(inputs.role, Rules())
    absent = inputs.values.get(f"{inputs.role}_state") == "absent"
    return list(_all(own.always if absent else own.always + own.present, inputs))


def _all(checks: Iterable[Check], inputs: Inputs) -> Iterator[Fault]:
    for check in checks:
        yield from check(inputs)
