# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a Spark application is judged without running any of it."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pytest
from ansible_collections.terraglue.aws.plugins.module_utils import script_folder


def _judge(folder: Path, *patterns: str, script: str = "main.py") -> list[str]:
    found = script_folder.check(str(folder), patterns or ("*.py",), script, "5.0")
    return [f"{Path(where).name}: {message}" for where, message in found]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A sound application with a package."""
    (tmp_path / "main.py").write_text("import transformers\nraise SystemExit('never run')\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "dates.py").write_bytes(b"\xef\xbb\xbfYEAR = 'a\xc3\xa9'\n")
    (tmp_path / "README.md").write_text("not ( python")
    return tmp_path


def test_a_sound_application(app: Path) -> None:
    assert _judge(app) == []


def test_scripts_in_sub_folders(app: Path) -> None:
    assert _judge(app, script="lib/dates.py") == []
    (app / "lib" / "dates.py").write_text("def f(:\n")
    assert _judge(app)[0].startswith("dates.py:1: is not valid Python")


def test_files_that_are_not_uploaded_are_not_judged(app: Path) -> None:
    (app / "lib" / "dates.py").write_text("def f(:\n")
    (app / ".hidden.py").write_text("def f(:\n")
    (app / ".cache").mkdir()
    (app / ".cache" / "old.py").write_text("def f(:\n")
    assert _judge(app, "main.py") == []


def test_links_that_lead_in_a_circle(app: Path) -> None:
    (app / "lib" / "again").symlink_to(app)
    assert sorted(script_folder.matching(str(app), ["*.py"])) == ["lib/dates.py", "main.py"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "does not exist" in _judge(tmp_path / "none")[0]
    (tmp_path / "file").touch()
    assert "is not a folder" in _judge(tmp_path / "file")[0]


def test_no_file_matches(app: Path) -> None:
    assert "no file in this folder matches glue_app_patterns (*.scala)" in _judge(app, "*.scala")[0]


def test_the_script_is_missing(app: Path) -> None:
    assert _judge(app, script="job.py")[0].startswith(
        "job.py: the script of the job does not exist"
    )
    assert "there are lib/dates.py, main.py" in _judge(app, script="job.py")[0]


def test_the_script_would_not_be_uploaded(app: Path) -> None:
    assert "matches none of glue_app_patterns" in _judge(app, "dates.py")[0]


@pytest.mark.parametrize(
    ("source", "where", "words"),
    [
        (b"a = 1\nif a\n    pass\n", "main.py:2", "expected ':'"),
        (b"a = 1\n  b = 2\n", "main.py:2", "unexpected indent"),
        (b"return 1\n", "main.py:1", "'return' outside function"),
        (b"def f(a, a): pass\n", "main.py:1", "duplicate argument"),
        (b"print 'old'\n", "main.py:1", "Missing parentheses"),
        (b"a = 1\nb = '\xe9'\n", "main.py:2", "is not UTF-8 (byte 12 of the file is 0xe9)"),
        (b"# coding: klingon\n", "main.py", "klingon"),
        (b"a = '\x00'\n", "main.py", "null bytes"),
    ],
)
def test_what_is_no_python(app: Path, source: bytes, where: str, words: str) -> None:
    (app / "main.py").write_bytes(source)
    (fault,) = _judge(app)
    assert fault.startswith(f"{where}: is not ")
    assert words in fault


def test_every_file_is_judged(app: Path) -> None:
    (app / "main.py").write_text("def f(:\n")
    (app / "lib" / "dates.py").write_text("def f(:\n")
    assert len(_judge(app)) == 2


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (fault,) = script_folder.check_script(str(tmp_path / "none.py"), (3, 11))
    assert "cannot be read: No such file or directory" in fault.message


def test_a_doubtful_escape_is_no_noise(app: Path) -> None:
    (app / "main.py").write_text('a = "\\d"\n')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _judge(app) == []


def test_an_older_python_says_that_it_is_older(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (app / "main.py").write_text("def f(:\n")
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert "read by Python 3.10, Glue runs 3.11" in _judge(app)[0]


@pytest.mark.parametrize(
    ("glue", "python"), [("3.0", (3, 7)), ("4.0", (3, 10)), ("5.0", (3, 11)), ("9.9", (3, 11))]
)
def test_the_python_of_a_glue_version(glue: str, python: tuple[int, int]) -> None:
    assert script_folder.python_of(glue) == python


def test_syntax_that_the_python_of_glue_does_not_know(app: Path) -> None:
    (app / "main.py").write_text("match 1:\n    case 1: pass\n")
    assert script_folder.check(str(app), ["*.py"], "main.py", "5.0") == []
    (fault,) = script_folder.check(str(app), ["*.py"], "main.py", "3.0")
    assert "Python 3.10" in fault.message
