# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.terraglue.aws.plugins.module_utils import outcome
from ansible_collections.terraglue.aws.plugins.module_utils.tags import tag_changes


def test_only_tags_that_change_are_named() -> None:
    current = {"a": "1", "b": "2", "c": "3"}
    changes = tag_changes(current, {"a": "1", "b": "x", "d": "4"}, purge=True)
    assert outcome.tagging(current, changes) == {
        "before": {"tags": {"b": "2", "c": "3"}},
        "after": {"tags": {"b": "x", "d": "4"}},
    }
    nothing = tag_changes(current, {"a": "1"})
    assert outcome.tagging(current, nothing) == {"before": {}, "after": {}}


def test_names_are_dotted_once_and_sorted() -> None:
    change = {
        "before": {"timeout": 1, "arguments": {"--b": "1"}, "gone": {}},
        "after": {"timeout": 2, "arguments": {"--b": "2", "--a": "x"}, "list": [1]},
    }
    assert outcome.names(change) == ["arguments.--a", "arguments.--b", "list", "timeout"]


def test_results_of_all_kinds() -> None:
    change = {"before": {"a": 1}, "after": {"a": 2}}
    result = outcome.changed("job", "j", change, {"name": "j"})
    assert (result["changed"], result["changes"], result["job"]) == (True, ["a"], {"name": "j"})
    assert result["diff"]["before"] == {"a": 1}
    assert not outcome.changed("job", "j", {"before": {}, "after": {}}, {})["changed"]
    assert outcome.gone("job", "j", {"a": 1, "b": None})["diff"]["before"] == {"a": 1}
    assert not outcome.gone("job", "j", None)["changed"]
    kept = outcome.kept("job", "j", {"name": "j"}, "because")
    assert (kept["changed"], kept["msg"]) == (False, "because")


def test_the_users_own_words_keep_their_case() -> None:
    job = {"Name": "j", "DefaultArguments": {"--TempDir": "x"}, "Command": {"ScriptLocation": "s"}}
    assert outcome.snake(job, "arn", {"Project": "P"}) == {
        "name": "j",
        "default_arguments": {"--TempDir": "x"},
        "command": {"script_location": "s"},
        "arn": "arn",
        "tags": {"Project": "P"},
    }
