# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays that judge the inputs of the roles of this collection, run by the real ansible-playbook.

One run has a task for each case, so that a hundred cases cost one start of Ansible.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from ansible_collections.terraglue.aws.plugins.module_utils.role_rules import ROLES

THIS = Path(sys.modules[ROLES["glue"].__module__].__file__ or "")
COLLECTIONS = THIS.parents[5]
PLAYBOOK = [sys.executable, "-c", "from ansible.cli.playbook import main; main()"]
HERE = "HERE"  # the folder of a case, in its variables and in what is expected
ALL = ["target", "storage", "catalog", "iam", "kms", "glue"]
ACTION = "terraglue.aws.validate"

HEADER = "order_id,price\n1,9.90\n"
SCRIPT = "import sys\n"
POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:<partition>:s3:::<sor_bucket>/*"},
    {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
     "Condition": {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "<kms_alias>"}}}
  ]
}
"""
KEY_POLICY = """{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
    "Principal": {"AWS": "arn:<partition>:iam::<account_id>:root"}}
}
"""
KEY_ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd"
ROLE_ARN = "arn:aws:iam::111122223333:role/nightly"


class Case(NamedTuple):
    """Variables and files of a user, and what the action has to say about them.

    ``expected`` are fragments of lines, one for each fault in any order; none for sound inputs.
    """

    name: str
    variables: dict[str, Any]
    expected: list[str]
    files: dict[str, bytes | str] = {}

    @property
    def roles(self) -> list[str]:
        """The roles whose inputs are given; all of them for what speaks to all."""
        named = {name.split("_")[0] for name in self.variables}
        return ALL if not named or "terraglue" in named else [role for role in ALL if role in named]


class Answer(NamedTuple):
    """What a task answered."""

    failed: bool
    message: str
    faults: list[dict[str, str]]
    changed: bool


def data(**files: bytes | str) -> dict[str, bytes | str]:
    """A data folder; ``sales__orders__a`` is sales/orders/a.csv."""
    return {f"data/{name.replace('__', '/')}.csv": content for name, content in files.items()}


DATA = {"terraglue_data_dir": f"{HERE}/data"}
POLICIES = {"iam_policies_dir": f"{HERE}/policies"}
APP = {"glue_app_dir": f"{HERE}/app"}

BAD_INPUTS = [
    # data
    Case("no data folder", DATA, [f"{HERE}/data: the data folder does not exist. Make it"]),
    Case(
        "empty data folder name", {"storage_data_dir": ""}, ["storage_data_dir='': names nothing"]
    ),
    Case(
        "data file out of place",
        DATA,
        [f"{HERE}/data/orders.csv: lies directly in the data folder. Move it"],
        {**data(sales__orders__a=HEADER), "data/orders.csv": HEADER},
    ),
    Case(
        "empty data file",
        DATA,
        [f"{HERE}/data/sales/orders/a.csv: is empty."],
        data(sales__orders__a=""),
    ),
    Case(
        "header without a name, and twice a name",
        DATA,
        ["a.csv:1: column 2 has no name", "a.csv:1: column 3 has the same name as column 1, 'a'"],
        data(sales__orders__a="a,,A\n"),
    ),
    Case(
        "illegal column",
        DATA,
        ["a.csv:1: column 2, 'b c', has the control character"],
        data(sales__orders__a="a,b\tc\n"),
    ),
    Case(
        "two headers of one table",
        DATA,
        ["b.csv:1: column 2 is 'total' but 'price' in a.csv"],
        data(sales__orders__a=HEADER, sales__orders__b="order_id,total\n"),
    ),
    Case(
        "Latin-1 data",
        DATA,
        ["a.csv:2: is not UTF-8: byte 7 of the file is 0xe3; it looks like Latin-1"],
        data(sales__orders__a=b"city\nS\xe3o Paulo\n"),
    ),
    Case(
        "a workbook for data",
        DATA,
        ["a.csv: is not text: it looks like a ZIP archive or an Excel workbook"],
        data(sales__orders__a=b"PK\x03\x04rest"),
    ),
    Case(
        "database and table names",
        DATA,
        [
            "data/My-Sales: 'My-Sales' cannot be the name of a database",
            "'Orders' cannot be the name of a table",
        ],
        {"data/My-Sales/Orders/a.csv": HEADER},
    ),
    Case(
        "no mapping of buckets, and nothing that only follows from it",
        {"storage_buckets": "nope"},
        ["storage_buckets='nope': is not a mapping of names to values"],
    ),
    # policies
    Case("no policies", POLICIES, [f"{HERE}/policies: "]),
    Case(
        "a policy that is no JSON",
        POLICIES,
        [f"{HERE}/policies/reader.json:3: This policy is no JSON"],
        {"policies/reader.json": '{\n  "Version": "2012-10-17",\n  Statement: []\n}\n'},
    ),
    Case(
        "unknown placeholder in a policy",
        POLICIES,
        ["reader.json:4: Nothing stands for the placeholder <sr_bucket>"],
        {"policies/reader.json": POLICY.replace("<sor_bucket>", "<sr_bucket>")},
    ),
    Case(
        "a policy over the limit",
        {**POLICIES, "iam_policy_variables": {"wide": "x" * 7000}},
        ["AWS takes 6144"],
        {"policies/reader.json": POLICY.replace("<sor_bucket>", "<wide>")},
    ),
    Case(
        "a policy without Statement",
        POLICIES,
        ["This policy has no Statement"],
        {"policies/reader.json": '{"Version": "2012-10-17"}'},
    ),
    Case(
        "a policy with an impossible name",
        POLICIES,
        ["'my reader' cannot be the name of a policy"],
        {"policies/my reader.json": POLICY},
    ),
    Case(
        "a key without a policy",
        {"kms_policy_file": f"{HERE}/none.json"},
        [f"{HERE}/none.json: This policy file cannot be read"],
    ),
    # scripts
    Case("no scripts", APP, [f"{HERE}/app: this folder of scripts does not exist"]),
    Case(
        "missing script",
        APP,
        ["main.py: the script of the job does not exist"],
        {"app/job.py": SCRIPT},
    ),
    Case(
        "scripts that do not parse",
        APP,
        ["app/lib/dates.py:2: is not valid Python: expected ':'", "app/main.py:1: is not UTF-8"],
        {"app/main.py": b"# S\xe3o\n", "app/lib/dates.py": "a = 1\nif a\n  pass\n"},
    ),
    # variables
    Case(
        "bad cron expression",
        {"glue_trigger_schedule": "cron(0 21 * * * *)"},
        ["glue_trigger_schedule='cron(0 21 * * * *)'"],
    ),
    Case(
        "bad worker type",
        {"glue_worker_type": "G.3X"},
        ["glue_worker_type='G.3X': 'G.3X' is no worker type"],
    ),
    Case("too few workers", {"glue_number_of_workers": 1}, ["glue_number_of_workers=1"]),
    Case(
        "workers that are no number",
        {"glue_number_of_workers": "many"},
        ["='many': is not a whole number."],
    ),
    Case("dead Glue version", {"glue_version": 2.0}, ["glue_version='2.0'"]),
    Case("endless timeout", {"glue_timeout": 100000}, ["glue_timeout=100000"]),
    Case("execution class", {"glue_execution_class": "CHEAP"}, ["Choose from STANDARD, FLEX."]),
    Case("retention", {"glue_log_retention_days": 100}, ["glue_log_retention_days=100"]),
    Case(
        "argument value",
        {"glue_job_arguments": {"UPDATE": True}},
        ["glue_job_arguments.UPDATE=True"],
    ),
    Case(
        "bad bucket name",
        {"storage_buckets": {"sor": "My_Bucket"}},
        ["storage_buckets.sor='My_Bucket': has characters that S3 refuses"],
    ),
    Case(
        "unknown placeholder in a bucket name",
        {"storage_buckets": {"sor": "<prefix>-<acount>"}},
        ["storage_buckets.sor='<prefix>-<acount>': nothing stands for the placeholder <acount>"],
    ),
    Case(
        "unknown key of an existing bucket",
        {"storage_existing_buckets": {"raw": "our-raw-data"}},
        ["storage_existing_buckets.raw='our-raw-data': 'raw' is no key of storage_buckets"],
    ),
    Case(
        "alias without alias/",
        {"kms_alias": "my-key"},
        ["kms_alias='my-key': does not begin with alias/"],
    ),
    Case(
        "pending window", {"kms_pending_window": 5}, ["kms_pending_window=5: is not within 7 to 30"]
    ),
    Case(
        "rotation of a key that cannot",
        {"kms_key_spec": "RSA_2048"},
        ["kms_rotation=True: cannot be"],
    ),
    Case(
        "role ARN",
        {"iam_role_arn": "nightly"},
        ["iam_role_arn='nightly': is not the ARN of a role"],
    ),
    Case("key ARN", {"kms_key_arn": "alias/a"}, ["kms_key_arn='alias/a': is not the ARN of a key"]),
    Case(
        "workgroup", {"catalog_workgroup_name": "my group"}, ["catalog_workgroup_name='my group'"]
    ),
    Case(
        "cutoff", {"catalog_bytes_scanned_cutoff": 5}, ["catalog_bytes_scanned_cutoff=5: is less"]
    ),
    Case(
        "databases without a name",
        {"catalog_databases": [{"description": "nameless"}]},
        ["missing required arguments: name"],
    ),
    Case("region", {"terraglue_region": "us-east"}, ["terraglue_region='us-east'"]),
    Case(
        "target",
        {"terraglue_target": "azure"},
        ["terraglue_target='azure': is none of the choices"],
    ),
    Case("tags", {"terraglue_tags": {"aws:team": "a"}}, ["terraglue_tags.aws:team='a'"]),
    Case(
        "tags that are none", {"terraglue_tags": ["a"]}, ["terraglue_tags=['a']: is not a mapping"]
    ),
    # one cause is one fault, whatever follows from it
    Case(
        "prefix", {"terraglue_prefix": "My Env"}, ["terraglue_prefix='My Env': cannot be a prefix"]
    ),
    Case(
        "prefix of one role", {"kms_prefix": "My Env"}, ["kms_prefix='My Env': cannot be a prefix"]
    ),
    Case("prefix of another type", {"catalog_prefix": ["a"]}, ["catalog_prefix="]),
    Case(
        "long prefix",
        {"terraglue_prefix": "quite-a-long-prefix", "terraglue_target": "aws"},
        ["terraglue_prefix='quite-a-long-prefix': has 19 characters"],
    ),
    Case(
        "undefined variable of all roles",
        {"terraglue_prefix": "{{ team }}-env"},
        ["terraglue_prefix='{{ team }}-env': the variable team is not defined"],
    ),
    Case(
        "undefined variable of one role",
        {"glue_job_name": "{{ team }}-job"},
        ["glue_job_name='{{ team }}-job': the variable team is not defined"],
    ),
    Case(
        "undefined variable within a mapping",
        {"iam_buckets": {"sor": "{{ team }}"}},
        ["iam_buckets={'sor': '{{ team }}'}: the variable team is not defined"],
    ),
    Case(
        "template that breaks",
        {"glue_job_name": "{{ 'a' | }}"},
        ["glue_job_name="],
    ),
    Case("filter that breaks", {"glue_job_name": "{{ 'a' | int / 0 }}"}, ["glue_job_name="]),
    Case(
        "many at once",
        {
            **DATA,
            **POLICIES,
            "glue_timeout": 0,
            "kms_alias": "my-key",
            "terraglue_region": "nowhere",
            "storage_buckets": {"sor": "A", "sot": "B<c>"},
        },
        [
            "data/sales/orders/a.csv: is empty",
            "policies/reader.json:1: This policy is no JSON",
            "policies/writer.json: This policy has no Statement",
            "glue_timeout=0",
            "kms_alias='my-key'",
            "terraglue_region='nowhere'",
            "storage_buckets.sor='A'",
            "storage_buckets.sot='B<c>'",
        ],
        {
            **data(sales__orders__a=""),
            "policies/reader.json": "no",
            "policies/writer.json": "{}",
        },
    ),
]

SOUND_INPUTS = [
    Case("as it comes", {}, []),
    Case(
        "another environment",
        {"terraglue_prefix": "demo-two", "terraglue_tags": {"Team": "data"}},
        [],
    ),
    Case("a long prefix on the local AWS", {"terraglue_prefix": "quite-a-long-prefix"}, []),
    Case("in another region", {"terraglue_target": "aws", "terraglue_region": "eu-west-1"}, []),
    Case(
        "what others have made",
        {
            "storage_existing_buckets": {"sor": "our.raw.data"},
            "iam_role_arn": ROLE_ARN,
            "iam_policies_dir": "none",
            "kms_key_arn": KEY_ARN,
            "kms_policy_file": "none",
            "glue_kms_key_arn": KEY_ARN,
        },
        [],
    ),
    Case(
        "what other roles leave is not known yet",
        {
            "catalog_data_location": "{{ storage_result.data_location }}",
            "iam_buckets": "{{ storage_result.buckets }}",
            "glue_role_arn": "{{ iam_result.role_arn }}",
            "glue_kms_key_arn": "{{ kms_result.key_arn | default('') }}",
            "storage_kms_key_arn": "{{ terraglue_environment.kms_key_arn }}",
        },
        [],
    ),
    Case(
        "left out",
        {"storage_kms_key_arn": "{{ omit }}", "glue_timeout": "{{ nothing | default(omit) }}"},
        [],
    ),
    Case(
        "a policy's own placeholders",
        {**POLICIES, "iam_policy_variables": {"team_bucket": "<prefix>-team-<account_id>"}},
        [],
        {"policies/reader.json": POLICY.replace("<sor_bucket>", "<team_bucket>")},
    ),
    Case(
        "absent",
        {
            **{f"{role}_state": "absent" for role in ALL if role != "target"},
            "terraglue_data_dir": "none",
            "iam_policies_dir": "none",
            "kms_policy_file": "none",
            "glue_app_dir": "none",
            "glue_trigger_schedule": "never",
        },
        [],
    ),
    Case(
        "texts that only look like templates",
        {"glue_job_description": "{% raw %}{{ a }}{% endraw %}"},
        [],
    ),
]


def write(folder: Path, files: dict[str, bytes | str]) -> None:
    """Make the files of a case."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def folder_of(case: Case) -> str:
    """Where the files of a case lie."""
    return f"cases/{case.name.replace(' ', '_')}"


def placed(value: Any, folder: str) -> Any:
    """Variables and expectations with the folder of their case."""
    return json.loads(json.dumps(value).replace(HERE, folder))


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A user's folder with sound data, policies and scripts."""
    folder = tmp_path / "user"
    write(
        folder,
        {
            "data/sales/orders/a.csv": HEADER,
            "policies/iam/reader.json": POLICY,
            "policies/key.json": KEY_POLICY,
            "app/main.py": SCRIPT,
            "ansible.cfg": "",
        },
    )
    return folder


SOUND_VARIABLES = {
    "terraglue_data_dir": "data",
    "iam_policies_dir": "policies/iam",
    "kms_policy_file": "policies/key.json",
    "glue_app_dir": "app",
}


def play(
    folder: Path, plays: list[dict[str, Any]], *options: str, collections: Path = COLLECTIONS
) -> subprocess.CompletedProcess[str]:
    """Run a playbook in the user's folder."""
    (folder / "play.yml").write_text(yaml.safe_dump(plays, sort_keys=False, allow_unicode=True))
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_HOME": str(folder / ".ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
    }
    return subprocess.run(
        [*PLAYBOOK, "play.yml", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def local_play(*tasks: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    """A play on this machine, with sound variables."""
    head = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    return {**head, "vars": dict(SOUND_VARIABLES), "tasks": list(tasks), **keywords}


def answers(output: str) -> list[Answer]:
    """What the tasks of ``report_task`` have said."""
    encoded = output.split("ANSWERS:", 1)[1].split(":END", 1)[0]
    return [
        Answer(item.get("failed", False), item["msg"], item.get("faults", []), item.get("changed"))
        for item in json.loads(base64.b64decode(encoded))
    ]


def report_task(count: int) -> dict[str, Any]:
    """A task that says what the others have registered, whatever the callback does with it."""
    names = ", ".join(f"answer_{number}" for number in range(count))
    text = f"ANSWERS:{{{{ [{names}] | to_json | b64encode }}}}:END"
    return {"name": "Report", "ansible.builtin.debug": {"msg": text}}


def run_cases(folder: Path, cases: list[Case], *options: str) -> dict[str, Answer]:
    """The answers to all cases, by name, of one run."""
    tasks = []
    for number, case in enumerate(cases):
        place = folder_of(case)
        write(folder / place, case.files)
        tasks.append(
            {
                "name": case.name,
                ACTION: {"roles": case.roles},
                "vars": placed(case.variables, place),
                "register": f"answer_{number}",
                "ignore_errors": True,
            }
        )
    done = play(folder, [local_play(*tasks, report_task(len(cases)))], *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return dict(zip((case.name for case in cases), answers(done.stdout)))


def mismatch(case: Case, answer: Answer) -> list[str]:
    """What the answer to a case is instead of what it should be; empty when it is right."""
    lines = [f"{fault['where']}: {fault['message']}" for fault in answer.faults]
    expected = placed(case.expected, folder_of(case))
    if not expected:
        sound = f"The inputs of {', '.join(case.roles)} are sound."
        return [] if answer == Answer(False, sound, [], False) else [answer.message]
    number = len(lines)
    head = "1 fault was" if number == 1 else f"{number} faults were"
    told = [f"{head} found before anything was changed:"]
    told += [f"  {count}. {line}" for count, line in enumerate(lines, 1)]
    right = (
        answer.failed
        and not answer.changed
        and len(lines) == len(expected)
        and all(any(fragment in line for line in lines) for fragment in expected)
        and answer.message.splitlines() == told
    )
    return [] if right else [answer.message]


def test_every_case_gets_its_answer(sound: Path) -> None:
    """In one test, because ansible-test starts every test in a process of its own."""
    cases = BAD_INPUTS + SOUND_INPUTS
    assert len({case.name for case in cases}) == len(cases)
    answer = run_cases(sound, cases, "-vvv")
    wrong = {case.name: mismatch(case, answer[case.name]) for case in cases}
    assert {name: said for name, said in wrong.items() if said} == {}


def test_a_wrong_answer_would_be_noticed() -> None:
    """The table can fail: a case that expects nothing, too much, or other words."""
    fault = {"where": "a='b'", "message": "is wrong."}
    told = Answer(
        True,
        "1 fault was found before anything was changed:\n  1. a='b': is wrong.",
        [fault],
        False,
    )
    assert mismatch(Case("right", {"a": "b"}, ["a='b': is wrong"]), told) == []
    for expected in ([], ["a='b'", "is wrong"], ["c='b'"]):
        assert mismatch(Case("wrong", {"a": "b"}, expected), told)
    assert mismatch(Case("quiet", {"a": "b"}, ["a='b'"]), told._replace(failed=False))


def test_check_mode_judges_as_well(sound: Path) -> None:
    case = Case("check mode", {"kms_alias": "my-key"}, [])
    answer = run_cases(sound, [case], "--check", "--diff")["check mode"]
    assert answer.failed
    assert "kms_alias='my-key'" in answer.message


def test_roles_in_the_play_are_judged_alike(sound: Path) -> None:
    """Their defaults are variables of the play, and what they leave is known at last."""
    judge = {ACTION: {"roles": ALL}, "register": "answer_0", "ignore_errors": True}
    roles = [
        {"ansible.builtin.import_role": {"name": f"terraglue.aws.{role}"}, "when": "false"}
        for role in ALL
    ]
    known = {
        "name": "Know at last what the roles leave",
        "ansible.builtin.set_fact": {
            "storage_result": {"data_location": "not a place", "buckets": {"sor": "<what>"}},
            "terraglue_environment": {"account_id": "111122223333", "region": "us-east-1"},
        },
    }
    variables = {
        **SOUND_VARIABLES,
        "catalog_data_location": "{{ storage_result.data_location }}",
        "iam_buckets": "{{ storage_result.buckets }}",
        "terraglue_target": "aws",
        "terraglue_prefix": "fifteen-letters",
    }
    without_rules = {ACTION: {"roles": ["local_aws"]}}
    tasks = [judge, known, {**judge, "register": "answer_1"}, *roles, without_rules, report_task(2)]
    done = play(sound, [local_play(*tasks, vars=variables)])
    assert "Traceback" not in done.stdout + done.stderr
    before, after = answers(done.stdout)
    assert [fault["where"] for fault in before.faults] == ["terraglue_prefix='fifteen-letters'"]
    assert [fault["where"] for fault in after.faults] == [
        "catalog_data_location='not a place'",
        "iam_buckets.sor='<what>'",
    ]


def test_a_role_judges_what_it_is_given_first(sound: Path) -> None:
    """Within the role, what other roles give has to be there."""
    role = {
        "ansible.builtin.import_role": {"name": "terraglue.aws.glue"},
        "vars": {"glue_bucket": "our-assets", "glue_timeout": 0},
    }
    done = play(sound, [local_play(role)])
    assert done.returncode == 2
    assert "3 faults were found before anything was changed" in done.stdout + done.stderr
    for fragment in (
        "glue_timeout=0: 0 minutes is out of range",
        "glue_role_arn: is empty, but is needed for the job",
        "glue_kms_key_arn: is empty, but is needed for the security configuration",
    ):
        assert fragment in done.stdout + done.stderr
    assert "glue_bucket" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_extra_variables_and_inventory_win(sound: Path) -> None:
    (sound / "hosts.yml").write_text(
        yaml.safe_dump(
            {"all": {"hosts": {"localhost": {"glue_timeout": 0, "kms_alias": "{{ nowhere }}"}}}}
        )
    )
    task = {ACTION: {"roles": ["glue", "kms"]}}
    options = ["-i", "hosts.yml", "-e", "glue_worker_type=G.3X"]
    done = play(sound, [local_play(task)], *options)
    assert done.returncode == 2
    told = done.stdout + done.stderr
    assert "glue_timeout=0:" in told
    assert "glue_worker_type='G.3X':" in told
    assert "kms_alias='{{ nowhere }}': the variable nowhere is not defined" in told
    assert "Traceback" not in told


def test_an_unknown_role_is_no_traceback(sound: Path) -> None:
    done = play(sound, [local_play({ACTION: {"roles": ["storage", "stroage"]}})], "-vvv")
    assert done.returncode == 2
    assert (
        "The collection has no role 'stroage'. Choose from catalog, glue"
        in done.stdout + done.stderr
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_the_roles_are_found_where_the_collection_is_installed(sound: Path, tmp_path: Path) -> None:
    """Neither a clone nor a link: a copy in a collections path, as ansible-galaxy makes it."""
    ours = tmp_path / "ansible_collections" / "terraglue" / "aws"
    for part in ("plugins", "roles", "meta"):
        shutil.copytree(
            COLLECTIONS / "ansible_collections" / "terraglue" / "aws" / part,
            ours / part,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    amazon = COLLECTIONS / "ansible_collections" / "amazon"
    (tmp_path / "ansible_collections" / "amazon").symlink_to(amazon)
    settings = ours / "roles" / "kms" / "defaults" / "main.yml"
    settings.write_text(settings.read_text().replace("pending_window: 7", "pending_window: 70"))
    done = play(sound, [local_play({ACTION: {"roles": ["kms"]}})], collections=tmp_path)
    assert "kms_pending_window=70" in done.stdout + done.stderr
