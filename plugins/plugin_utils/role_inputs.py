# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of the collection's roles, as the roles themselves would see them, from wherever a
task asks.

Where a role is not in the play, its own defaults and vars stand below the variables of the task. A
value that is a fault gives way to one that is sound while the others are read, so that what follows
from it is not reported as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import ArgumentTypeError, ArgumentValueError
from ansible_collections.terraglue.aws.plugins.module_utils import data_check, value_rules
from ansible_collections.terraglue.aws.plugins.module_utils.errors import one_line
from ansible_collections.terraglue.aws.plugins.module_utils.faults import Fault
from ansible_collections.terraglue.aws.plugins.module_utils.role_rules import (
    LONGEST_REGION,
    PLAUSIBLE_ACCOUNT,
    PLAUSIBLE_PREFIX,
    ROLES,
    Inputs,
    Rules,
    judge,
    shown,
)

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 every text was a template

    def trust_as_template(value: str) -> str:
        """The same text."""
        return value


LOCAL_REGION = "us-east-1"

# What a role's input has its value from when the user sets it for all roles at once.
_SHARED = {
    "prefix": "terraglue_prefix",
    "tags": "terraglue_tags",
    "data_dir": "terraglue_data_dir",
    "data_delimiter": "terraglue_data_delimiter",
    "data_quote": "terraglue_data_quote",
    "data_encoding": "terraglue_data_encoding",
    "data_convert": "terraglue_data_convert",
    "data_line_breaks": "terraglue_data_line_breaks",
    "data_tables": "terraglue_data_tables",
}
_SHARED_TYPES = {
    "terraglue_tags": "dict",
    "terraglue_data_dir": "path",
    "terraglue_data_convert": "bool",
    "terraglue_data_tables": "dict",
}
_UNDEFINED = re.compile(r"'(\w+)' is undefined")
# The facts that the collection's roles leave; before a role has run, nobody can know its own.
_OUTPUT = re.compile(r"\w+_result|terraglue_environment|terraglue_connection")
_TYPES = {
    "bool": "true or false",
    "dict": "a mapping of names to values",
    "float": "a number",
    "int": "a whole number",
    "list": "a list",
    "path": "a path",
    "str": "a text",
}


class _NotKnownYet(Exception):
    """A value depends on what a role leaves that has not run."""


class RoleInputs:
    """Reads and judges the inputs of roles for one task.

    ``roles_dir`` is the folder of the collection's roles; ``loader``, ``templar`` and ``task_vars``
    are the action plugin's.
    """

    def __init__(
        self,
        roles_dir: str,
        loader: Any,
        templar: Any,
        task_vars: Mapping[str, Any],
        every_value: bool = False,
    ) -> None:
        self._roles_dir = roles_dir
        self._every_value = every_value
        self._loader = loader
        self._templar = templar.copy_with_new_env()
        self._check_data = data_check.Memory()
        self._faults: list[Fault] = []
        self._task_vars = dict(task_vars)
        self._shared = self._read_shared()

    def known_roles(self) -> list[str]:
        """The roles of the collection that say what their inputs are."""
        return sorted(
            name for name in os.listdir(self._roles_dir) if os.path.isfile(self._spec_path(name))
        )

    def faults(self, roles: Iterable[str]) -> list[Fault]:
        """The faults of all inputs, each once, in the order of the roles."""
        wanted = list(roles)
        place = self._place("target" in wanted)
        found = list(self._faults)
        for role in wanted:
            found += self._judge(role, *place)
        return list(dict.fromkeys(found))

    def _read_shared(self) -> dict[str, Any]:
        """The variables that speak for all roles, judged first; a faulty one gives way to none."""
        values: dict[str, Any] = {}
        spec = {name: {"type": _SHARED_TYPES.get(name, "str")} for name in _SHARED.values()}
        for name in _SHARED.values():
            if name not in self._task_vars:
                continue
            try:
                value = self._template(self._task_vars, name)
                if value is not None:
                    values.update(
                        self._typed({name: spec[name]}, {name: _plain(value)}, self._faults)
                    )
            except AnsibleError as error:
                self._faults.append(_template_fault(name, self._task_vars[name], error))
            except _NotKnownYet:
                pass
        self._faults += judge(Inputs("target", values))
        for name in _SHARED.values():
            if any(fault.where.startswith(name) for fault in self._faults):
                values.pop(name, None)
            if name in values:
                self._task_vars[name] = values[name]
            else:
                self._task_vars.pop(name, None)
        return values

    def _place(self, with_target: bool) -> tuple[str, str]:
        """Account and region: known from the target, said by the user, or plausible."""
        region = LONGEST_REGION
        defaults = os.path.join(self._roles_dir, "target", "defaults", "main.yml")
        known = {**(_trusted(self._load(defaults)) if with_target else {}), **self._task_vars}
        try:
            environment = self._template(known, "terraglue_environment")
            if isinstance(environment, Mapping) and environment.get("region"):
                return str(environment.get("account_id", PLAUSIBLE_ACCOUNT)), environment["region"]
            if self._template(known, "terraglue_target") == "local":
                return PLAUSIBLE_ACCOUNT, LOCAL_REGION
            wanted = self._template(known, "terraglue_region")
            if isinstance(wanted, str) and not value_rules.region(wanted):
                region = wanted
        except (AnsibleError, _NotKnownYet):
            pass  # the target's own inputs are judged with its role
        return PLAUSIBLE_ACCOUNT, region

    def _judge(self, role: str, account: str, region: str) -> list[Fault]:
        folder = os.path.join(self._roles_dir, role)
        spec = _types(self._load(self._spec_path(role))["argument_specs"]["main"]["options"])
        own = {
            **self._load(os.path.join(folder, "defaults", "main.yml")),
            **self._load(os.path.join(folder, "vars", "main.yml")),
        }
        variables = {**_trusted(own), **self._task_vars, "role_path": folder}
        options = [name for name in spec if name in variables]
        faults: list[Fault] = []
        values, doubtful = self._read(options, variables, spec, own, faults)
        prefix = values.get(f"{role}_prefix")
        if prefix is not None and value_rules.prefix(prefix):
            doubtful.add(f"{role}_prefix")
        if doubtful:
            for name in doubtful:
                variables[name] = _trusted(own.get(name))
            if f"{role}_prefix" in doubtful:
                variables[f"{role}_prefix"] = PLAUSIBLE_PREFIX
            sound = [name for name in options if name not in doubtful]
            values.update(self._read(sound, variables, spec, own, [])[0])
        private = ROLES.get(role, Rules()).variables
        values.update(self._read(private, variables, {}, own, faults)[0])
        inputs = Inputs(
            role,
            values,
            self._sources(role, values, variables, own),
            account,
            region,
            within=_same(self._task_vars.get("role_path"), folder),
            check_data=self._check_data,
            every_value=self._every_value,
        )
        return faults + judge(inputs)

    def _read(
        self,
        names: Iterable[str],
        variables: Mapping[str, Any],
        spec: Mapping[str, Any],
        own: Mapping[str, Any],
        faults: list[Fault],
    ) -> tuple[dict[str, Any], set[str]]:
        """Values of the right type, and the names of those that have none (yet).

        What fails although nobody has set it only follows from something else, which is reported.
        """
        values: dict[str, Any] = {}
        doubtful: set[str] = set()
        known = dict(variables)  # what has been templated once is not templated again
        for name in names:
            try:
                value = self._template(known, name)
            except _NotKnownYet:
                doubtful.add(name)
            except AnsibleError as error:
                doubtful.add(name)
                if variables[name] != own.get(name):
                    faults.append(_template_fault(name, variables[name], error))
            else:
                if value is not None:
                    known[name] = value
                    values[name] = _plain(value)
        described = {name: item for name, item in spec.items() if name in values}
        typed = self._typed(described, values, faults)
        doubtful.update(name for name in values if name not in typed)
        return typed, doubtful

    def _template(self, variables: dict[str, Any], name: str) -> Any:
        """The value of a variable; None when it is not set, or left out by ``omit``."""
        value = variables.get(name)
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, str) and "{" not in value:
            return None if _is_omit(value, variables) else value
        self._templar.available_variables = variables
        try:
            # What is omitted is left out of a mapping, but alone it would be an error.
            value = self._templar.template({"value": value}).get("value")
        except AnsibleError as error:
            missing = _UNDEFINED.search(str(error))
            if missing and _OUTPUT.fullmatch(missing[1]):
                raise _NotKnownYet() from error
            raise
        except Exception as error:  # what a filter raises came as it is before ansible-core 2.19
            raise AnsibleError(f"{type(error).__name__}: {error}") from error
        return None if _is_omit(value, variables) else value

    def _typed(
        self, spec: Mapping[str, Any], values: Mapping[str, Any], faults: list[Fault]
    ) -> dict[str, Any]:
        """The values as their types, without those that cannot be; what has no spec stays as it is."""
        described = {name: value for name, value in values.items() if name in spec}
        result = ArgumentSpecValidator(dict(spec)).validate(described)
        if not result.error_messages:
            return {**values, **result.validated_parameters}
        typed = dict(values)
        for name, value in described.items():
            single = ArgumentSpecValidator({name: spec[name]}).validate({name: value})
            for error in single.errors.errors:
                faults.append(Fault(f"{name}={shown(value)}", _type_message(error, spec[name])))
            if single.error_messages:
                del typed[name]
            else:
                typed[name] = single.validated_parameters[name]
        return typed

    def _sources(
        self,
        role: str,
        values: Mapping[str, Any],
        variables: Mapping[str, Any],
        own: Mapping[str, Any],
    ) -> dict[str, str]:
        """The inputs that nobody set for the role, with the shared variable that they are from."""
        return {
            f"{role}_{what}": shared
            for what, shared in _SHARED.items()
            if shared in self._shared
            and variables.get(f"{role}_{what}") == own.get(f"{role}_{what}")
            and values.get(f"{role}_{what}") == self._shared[shared]
        }

    def _load(self, path: str) -> dict[str, Any]:
        """A file of a role, from Ansible's memory where the role is in the play."""
        if not os.path.isfile(path):
            return {}
        return self._loader.load_from_file(path, cache="vaulted", unsafe=True) or {}

    def _spec_path(self, role: str) -> str:
        return os.path.join(self._roles_dir, role, "meta", "argument_specs.yml")


def _types(options: Mapping[str, Any]) -> dict[str, Any]:
    """What a validator needs of an argument spec, as plain texts, which it copies much faster.

    Whether an input is required is not asked here: a role is given some of them at its import.
    """
    return {name: _type(item) for name, item in options.items()}


def _type(option: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {key: str(option[key]) for key in ("type", "elements") if key in option}
    if "choices" in option:
        plain["choices"] = [str(choice) for choice in option["choices"]]
    if "options" in option:
        inner = option["options"]
        required = {name: {"required": bool(inner[name].get("required"))} for name in inner}
        plain["options"] = {str(name): {**_type(inner[name]), **required[name]} for name in inner}
    return plain


def _trusted(value: Any) -> Any:
    """Our own files hold templates."""
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, Mapping):
        return {key: _trusted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_trusted(item) for item in value]
    return value


def _plain(value: Any) -> Any:
    """The value without what Ansible knows of its origin, which makes every copy of it slow."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _is_omit(value: Any, variables: Mapping[str, Any]) -> bool:
    """Whether a value is ``omit``, which was a text before ansible-core 2.19."""
    mark = variables.get("omit")
    return isinstance(value, str) and isinstance(mark, str) and value == mark


def _template_fault(name: str, value: Any, error: AnsibleError) -> Fault:
    missing = _UNDEFINED.search(str(error))
    if missing:
        message = f"the variable {missing[1]} is not defined. Define it, or correct its name."
    else:
        said = one_line(str(error)).rstrip(".")
        message = f"cannot be templated: {said}. Correct the template."
    return Fault(f"{name}={shown(value)}", message)


def _type_message(error: Exception, spec: Mapping[str, Any]) -> str:
    if isinstance(error, ArgumentValueError) and "choices" in spec:
        return f"is none of the choices. Choose from {', '.join(map(str, spec['choices']))}."
    if isinstance(error, ArgumentTypeError):
        return f"is not {_TYPES.get(spec.get('type', 'str'), spec.get('type'))}. Correct it."
    return f"{one_line(str(error))}. Correct it."


def _same(path: Any, folder: str) -> bool:
    return isinstance(path, str) and os.path.realpath(path) == os.path.realpath(folder)
