# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of files: formats, choices, transforms, errors. Expected values are worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest

from .conftest import rows

Read = Callable[..., Any]
MIXED = '{"id": 1, "price": 2}\n{"id": 2, "price": "3"}\n{"id": 3, "price": "free"}\n{"id": 4}\n'
NESTED = (
    '{"id": 1, "who": {"name": "a", "at": {"zip": "01"}}, "tags": [{"k": "x"}, {"k": "y"}]}\n'
    '{"id": 2, "who": {"name": "b", "at": {"zip": "02"}}, "tags": []}\n'
    '{"id": 3, "who": null, "tags": null}\n'
)


class TestChoices:
    def test_a_field_of_two_types_is_a_choice(self, read: Read, capsys: Any) -> None:
        frame = read(MIXED)
        frame.printSchema()
        assert capsys.readouterr().out.splitlines() == [
            "root",
            "|-- id: int",
            "|-- price: choice",
            "|    |-- int",
            "|    |-- string",
        ]
        frame.show(2)
        assert capsys.readouterr().out.splitlines() == [
            '{"id": 1, "price": 2}',
            '{"id": 2, "price": "3"}',
        ]

    @pytest.mark.parametrize(
        ("action", "prices"),
        [
            ("cast:int", [2, 3, None, None]),
            ("cast:string", ["2", "3", "free", None]),
            ("project:string", ["2", "3", "free", None]),
            ("project:long", [2, 3, None, None]),
        ],
    )
    def test_casts(self, read: Read, action: str, prices: list[Any]) -> None:
        frame = read(MIXED).resolveChoice(specs=[("price", action)])
        assert [row[1] for row in rows(frame)] == prices

    def test_columns_and_structs(self, read: Read) -> None:
        columns = read(MIXED).resolveChoice(choice="make_cols").toDF()
        assert columns.columns == ["id", "price_int", "price_string"]
        assert [tuple(row) for row in columns.orderBy("id").collect()] == [
            (1, 2, None),
            (2, None, "3"),
            (3, None, "free"),
            (4, None, None),
        ]
        struct = read(MIXED).resolveChoice(specs=[("price", "make_struct")]).toDF()
        assert struct.schema["price"].dataType.simpleString() == "struct<int:int,string:string>"

    @pytest.mark.parametrize(
        "given", [{}, {"specs": [("price", "cast:int")], "choice": "make_cols"}]
    )
    def test_specs_or_choice(self, read: Read, given: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="either specs or choice"):
            read(MIXED).resolveChoice(**given)

    def test_an_unknown_action(self, read: Read) -> None:
        with pytest.raises(ValueError, match="'guess' is no action"):
            read(MIXED).resolveChoice(choice="guess")

    def test_union_of_different_types(self, read: Read) -> None:
        texts = read('{"a": "x", "b": true}\n')
        numbers = texts.glue_ctx.createDataFrame([(1,)], "a int")
        from awsglue.dynamicframe import DynamicFrame

        both = DynamicFrame.fromDF(numbers, texts.glue_ctx).union(texts)
        found = both.resolveChoice(specs=[("a", "cast:string")])
        assert rows(found) == [("1", None), ("x", True)]


class TestFields:
    def test_mapping(self, read: Read) -> None:
        frame = read(NESTED).apply_mapping(
            [
                ("id", "int", "number", "string"),
                ("who.at.zip", "string", "address.zip", "int"),
                ("who.name", "string", "name", "string"),
                ("missing", "string", "gone", "string"),
            ]
        )
        assert frame.toDF().columns == ["number", "address", "name"]
        assert [(n, a.zip, w) for n, a, w in rows(frame)] == [
            ("1", 1, "a"),
            ("2", 2, "b"),
            ("3", None, None),
        ]

    def test_select_drop_and_rename(self, read: Read) -> None:
        frame = read(NESTED)
        assert frame.select_fields(["id", "who.name", "nothing"]).toDF().columns == ["id", "who"]
        kept = frame.drop_fields(["tags", "who.at"]).toDF()
        assert kept.schema.simpleString() == "struct<id:int,who:struct<name:string>>"
        renamed = frame.rename_field("who.name", "name").drop_fields(["tags", "who"])
        assert rows(renamed) == [(1, "a"), (2, "b"), (3, None)]

    def test_null_fields_go_and_nulls_stay(self, read: Read) -> None:
        frame = read('{"a": null, "b": 1}\n{"a": null, "b": null}\n').drop_nulls()
        assert frame.toDF().columns == ["b"]
        assert rows(frame) == [(1,), (None,)]

    def test_split_fields(self, read: Read) -> None:
        both = read('{"a": 1, "b": 2}\n').split_fields(["a"], "one", "other")
        assert both.keys() == ["one", "other"]
        assert (rows(both["one"]), rows(both["other"])) == ([(1,)], [(2,)])
        with pytest.raises(KeyError, match="three: the collection has one, other"):
            both.select("three")

    def test_unnest_and_unbox(self, read: Read) -> None:
        flat = read(NESTED).unnest().toDF()
        assert flat.columns == ["id", "who.name", "who.at.zip", "tags"]
        text = json.dumps({"box": '{"a": 1}'}) + "\n" + json.dumps({"box": "no json"}) + "\n"
        boxed = read(text).unbox("box", "json").toDF()
        assert sorted((row.box.a if row.box else None) or 0 for row in boxed.collect()) == [0, 1]

    def test_relationalize(self, read: Read) -> None:
        flat = read(NESTED).relationalize("root", "unused")
        assert sorted(flat.keys()) == ["root", "root_tags"]
        root = {row["id"]: row for row in flat["root"].toDF().collect()}
        assert flat["root"].toDF().columns == ["id", "who.name", "who.at.zip", "tags"]
        tags = flat["root_tags"].toDF().orderBy("index").collect()
        assert [(row["id"], row["index"], row["tags.val.k"]) for row in tags] == [
            (root[1]["tags"], 0, "x"),
            (root[1]["tags"], 1, "y"),
        ]
        assert root[3]["tags"] is None
        assert root[2]["tags"] not in (None, root[1]["tags"])


class TestRecords:
    def test_filter_drops_what_it_cannot_take(self, read: Read) -> None:
        kept = read(MIXED).filter(lambda one: one["price"] > 1)
        assert [row[0] for row in rows(kept)] == [1]

    def test_map_and_its_errors(self, read: Read) -> None:
        frame = read(MIXED).map(lambda one: {"id": one["id"], "price": int(one["price"])})
        assert rows(frame) == [(1, 2), (2, 3)]
        # "free" is no number, and the last record has no price.
        assert (frame.errorsCount(), frame.stageErrorsCount()) == (2, 2)
        errors = {row.error.split(":")[0] for row in frame.errorsAsDynamicFrame().toDF().collect()}
        assert errors <= {"ValueError", "TypeError", "KeyError"}
        frame.assertErrorThreshold()

    def test_join_keeps_both_keys(self, read: Read, tmp_path: Path) -> None:
        left = read('{"id": 1, "a": "x"}\n{"id": 2, "a": "y"}\n{"id": null, "a": "z"}\n')
        (tmp_path / "right").mkdir()
        (tmp_path / "right" / "r.json").write_text('{"id": 1, "b": 5}\n{"id": null, "b": 6}\n')
        right = left.glue_ctx.create_dynamic_frame.from_options(
            "file", {"paths": [str(tmp_path / "right")]}, format="json"
        )
        joined = left.join(["id"], ["id"], right)
        assert joined.toDF().columns == ["id", "a", ".id", "b"]
        assert rows(joined) == [(1, "x", 1, 5)]

    def test_split_rows(self, read: Read) -> None:
        frame = read('{"n": 1}\n{"n": 5}\n{"n": 9}\n{"n": null}\n')
        both = frame.split_rows({"n": {">": 2, "<": 8}}, "in", "out")
        assert rows(both["in"]) == [(5,)]
        assert rows(both["out"]) == [(1,), (9,), (None,)]

    def test_merge_by_keys(self, read: Read, tmp_path: Path) -> None:
        frame = read('{"id": 1, "v": "old"}\n{"id": 2, "v": "kept"}\n')
        (tmp_path / "stage").mkdir()
        (tmp_path / "stage" / "s.json").write_text(
            '{"id": 1, "v": "new"}\n{"id": 3, "v": "more"}\n'
        )
        stage = frame.glue_ctx.create_dynamic_frame.from_options(
            "file", {"paths": [str(tmp_path / "stage")]}, format="json"
        )
        merged = frame.mergeDynamicFrame(stage, ["id"])
        assert rows(merged) == [(1, "new"), (2, "kept"), (3, "more")]


class TestFormats:
    def test_csv_has_no_header_unless_told(self, read: Read) -> None:
        text = 'a,b\n"x, y",\n'
        frame = read(text, "csv")
        assert frame.toDF().columns == ["col0", "col1"]
        assert frame.count() == 2
        frame = read(text, "csv", withHeader=True)
        assert (frame.toDF().columns, rows(frame)) == (["a", "b"], [("x, y", "")])

    def test_csv_quotes_switched_off(self, read: Read) -> None:
        frame = read('a;b\n"x;y"\n', "csv", withHeader=True, separator=";", quoteChar=-1)
        assert rows(frame) == [('"x', 'y"')]

    def test_json_path(self, read: Read) -> None:
        frame = read('{"found": [{"a": 1}, {"a": 2}]}', jsonPath="$.found[*]")
        assert rows(frame) == [(1,), (2,)]

    @pytest.mark.parametrize("kind", ["csv", "json", "parquet", "orc"])
    def test_written_and_read_again(self, read: Read, tmp_path: Path, kind: str) -> None:
        frame = read('{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n')
        glue, place = frame.glue_ctx, str(tmp_path / "out")
        options = {"withHeader": True} if kind == "csv" else {}
        for dummy in range(2):  # sinks append
            glue.write_dynamic_frame.from_options(frame, "file", {"path": place}, format=kind)
        again = glue.create_dynamic_frame.from_options(
            "file", {"paths": [place]}, format=kind, format_options=options
        )
        again = again.apply_mapping([("a", "int", "a", "int"), ("b", "string", "b", "string")])
        assert rows(again) == [(1, "x"), (1, "x"), (2, "y"), (2, "y")]

    def test_sub_folders_need_recurse(self, read: Read, tmp_path: Path) -> None:
        glue = read('{"a": 1}\n').glue_ctx
        (tmp_path / "in" / "deep").mkdir()
        (tmp_path / "in" / "deep" / "b.json").write_text('{"a": 2}\n')
        (tmp_path / "in" / "_hidden.json").write_text('{"a": 3}\n')

        def count(**options: Any) -> int:
            given = {"paths": [str(tmp_path / "in")], **options}
            return int(glue.create_dynamic_frame.from_options("file", given, format="json").count())

        assert (count(), count(recurse=True)) == (1, 2)
        assert count(recurse=True, exclusions='["**/b.json"]') == 1

    @pytest.mark.parametrize(
        ("call", "named"),
        [
            (lambda glue: glue.create_dynamic_frame.from_options("mysql", {}), "mysql"),
            (lambda glue: glue.create_dynamic_frame.from_options("s3", {}, format="xml"), "xml"),
            (lambda glue: glue.extract_jdbc_conf("c"), "extract_jdbc_conf"),
        ],
    )
    def test_what_is_not_covered_says_where_to_read(self, glue: Any, call: Any, named: str) -> None:
        with pytest.raises(
            NotImplementedError, match=f"{named}.*https://docs.aws.amazon.com/glue/"
        ):
            call(glue)


def test_purge_leaves_what_is_young(read: Read, tmp_path: Path) -> None:
    glue = read('{"a": 1}\n').glue_ctx
    file = tmp_path / "in" / "data.json"
    glue.purge_s3_path(str(tmp_path / "in"))
    assert file.exists()
    glue.purge_s3_path(str(tmp_path / "in"), options={"retentionPeriod": 0})
    assert not file.exists()


def test_bookmarks(glue: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are left out when a commit has seen them, until they change."""
    from awsglue.job import Job
    from awsglue.local import bookmarks

    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "1.json").write_text('{"a": 1}\n')
    monkeypatch.setenv("TERRAGLUE_BOOKMARK_OPTION", "job-bookmark-enable")
    monkeypatch.setenv("TERRAGLUE_BOOKMARK_FILE", str(tmp_path / "bookmark.json"))

    def run(commit: bool = True, ctx: str = "source") -> int:
        monkeypatch.setattr(bookmarks, "_current", None)
        job = Job(glue)
        job.init("nightly", {"JOB_RUN_ID": f"jr_{tmp_path}"})
        frame = glue.create_dynamic_frame.from_options(
            "file", {"paths": [str(folder)]}, format="json", transformation_ctx=ctx
        )
        count = frame.count()
        if commit:
            job.commit()
        return int(count)

    assert run(commit=False) == 1
    assert run() == 1
    assert run() == 0
    assert run(ctx="") == 1
    (folder / "2.json").write_text('{"a": 2}\n{"a": 3}\n')
    assert run() == 2
    (folder / "1.json").write_text('{"a": 1}\n{"a": 4}\n')
    assert run() == 2
    entry = json.loads((tmp_path / "bookmark.json").read_text())
    assert (entry["JobName"], entry["Run"]) == ("nightly", 1)
