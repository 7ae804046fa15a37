# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What writes: CREATE TABLE AS, INSERT INTO and UNLOAD; and views and prepared statements."""

from __future__ import annotations

from .model import Put, Script, Statement, fails, gives, holds, prints, refused, writes

_PEOPLE = (
    "SELECT * FROM (VALUES (1, 'Ada', 'x'), (2, 'Grace', 'y'), (3, 'Linus', 'y')) t(id, name, k)"
)


def _formats() -> list[Statement]:
    """Every format keeps numbers, texts, decimals, dates, NULL and arrays."""
    steps = []
    for form in ("PARQUET", "ORC", "AVRO", "JSON", "TEXTFILE"):
        table = f"as_{form.lower()}"
        steps += [
            writes(
                f"CREATE TABLE {table} WITH (format = '{form}') AS SELECT 1 AS i, BIGINT '2' AS b,"
                " 'é' AS s, CAST(1.5 AS decimal(5,2)) AS d, DATE '2024-01-31' AS day, true AS ok,"
                " CAST(NULL AS integer) AS n, ARRAY['a', 'b'] AS a, 1e0 AS x",
                1,
            ),
            gives(
                f"SELECT * FROM {table}",
                ("1", "2", "é", "1.50", "2024-01-31", "true", None, "[a, b]", "1.0"),
                columns=("i", "b", "s", "d", "day", "ok", "n", "a", "x"),
            ),
        ]
    return steps


CTAS = Script(
    "ctas",
    [
        writes(f"CREATE TABLE plain AS {_PEOPLE}", 3),
        gives(
            "SELECT * FROM plain ORDER BY id",
            ("1", "Ada", "x"),
            ("2", "Grace", "y"),
            ("3", "Linus", "y"),
            columns=("id", "name", "k"),
        ),
        # Parquet, below the results, with texts of any length.
        prints("DESCRIBE plain", "id int", "name string", "k string"),
        holds(
            "SHOW CREATE TABLE plain",
            "CREATE EXTERNAL TABLE `plain`(",
            "ParquetHiveSerDe",
            "LOCATION",
            "/tables/",
            "'parquet.compression'='GZIP'",
        ),
        gives(
            'SELECT count(DISTINCT "$path") > 0 FROM plain WHERE "$path" LIKE \'%/tables/%\'',
            "true",
        ),
        fails("CREATE TABLE plain AS SELECT 1 AS a", "TABLE_ALREADY_EXISTS"),
        writes("CREATE TABLE IF NOT EXISTS plain AS SELECT 1 AS a", 0),
        writes(f"CREATE TABLE empty AS {_PEOPLE} WITH NO DATA", 0),
        gives("SELECT * FROM empty", columns=("id", "name", "k")),
        writes("CREATE TABLE none AS SELECT id FROM plain WHERE id > 9", 0),
        gives("SELECT count(*) FROM none", "0"),
        *_formats(),
        # --- where and how
        writes(
            "CREATE TABLE lines WITH (format = 'TEXTFILE', field_delimiter = '|',"
            f" external_location = 's3://lab/ctas/lines/') AS {_PEOPLE}",
            3,
        ),
        gives(
            "SELECT DISTINCT regexp_replace(\"$path\", '[^/]*$') FROM lines", "s3://lab/ctas/lines/"
        ),
        # What was written is read by a table of another's making.
        prints("CREATE EXTERNAL TABLE as_written (line string) LOCATION 's3://lab/ctas/lines/'"),
        gives("SELECT line FROM as_written ORDER BY 1", "1|Ada|x", "2|Grace|y", "3|Linus|y"),
        gives("SELECT count(*) FROM as_written WHERE \"$path\" LIKE '%.gz'", "3"),
        writes(
            "CREATE TABLE snappy WITH (format = 'PARQUET', write_compression = 'SNAPPY') AS"
            " SELECT 1 AS a",
            1,
        ),
        holds("SHOW TBLPROPERTIES snappy", "parquet.compression\tSNAPPY"),
        gives("SELECT a FROM snappy", "1"),
        writes(
            "CREATE TABLE zstd WITH (format = 'ORC', write_compression = 'ZSTD') AS SELECT 1 AS a",
            1,
        ),
        gives("SELECT a FROM zstd", "1"),
        # --- partitions are the catalog's at once
        writes(
            "CREATE TABLE parts WITH (partitioned_by = ARRAY['k'],"
            f" external_location = 's3://lab/ctas/parts') AS {_PEOPLE}",
            3,
        ),
        prints("SHOW PARTITIONS parts", "k=x", "k=y"),
        gives(
            "SELECT name, k FROM parts WHERE k = 'y' ORDER BY id", ("Grace", "y"), ("Linus", "y")
        ),
        gives(
            "SELECT DISTINCT regexp_extract(\"$path\", 'parts/(.*)/', 1) FROM parts ORDER BY 1",
            "k=x",
            "k=y",
        ),
        prints(
            "DESCRIBE parts",
            "id int",
            "name string",
            "k string",
            "",
            "# Partition Information",
            "# col_name data_type comment",
            "",
            "k string",
        ),
        writes(
            f"CREATE TABLE buckets WITH (bucketed_by = ARRAY['id'], bucket_count = 2) AS {_PEOPLE}",
            3,
        ),
        gives("SELECT name FROM buckets WHERE id = 2", "Grace"),
        fails(
            "CREATE TABLE two WITH (external_location = 's3://lab/ctas/lines/') AS SELECT 1 AS a",
            "HIVE_PATH_ALREADY_EXISTS",
        ),
    ],
)

INSERTS = Script(
    "inserts",
    [
        prints(
            "CREATE EXTERNAL TABLE plain (a int, b string, c double) STORED AS PARQUET"
            " LOCATION 's3://lab/inserts/plain/'"
        ),
        writes("INSERT INTO plain VALUES (1, 'x', 1.5), (2, NULL, NULL)", 2),
        writes(
            "INSERT INTO plain SELECT a + 10, upper(b), c * 2 FROM plain WHERE b IS NOT NULL", 1
        ),
        # Columns by name: the others are NULL.
        writes("INSERT INTO plain (c, a) VALUES (0.25, 5)", 1),
        writes("INSERT INTO inserts.plain SELECT 1, 'y', 1 WHERE false", 0),
        gives(
            "SELECT * FROM plain ORDER BY a",
            ("1", "x", "1.5"),
            ("2", None, None),
            ("5", None, "0.25"),
            ("11", "X", "3.0"),
        ),
        fails(
            "INSERT INTO plain VALUES (1, 'x')",
            "TYPE_MISMATCH",
            "Insert query has mismatched column types",
        ),
        fails(
            "INSERT INTO plain VALUES ('x', 'x', 1.5)", "TYPE_MISMATCH", "mismatched column types"
        ),
        fails("INSERT INTO plain (nope) VALUES (1)", "COLUMN_NOT_FOUND", "nope"),
        # --- into partitions, new ones and old ones: the last columns are the keys
        prints(
            "CREATE EXTERNAL TABLE parts (n int) PARTITIONED BY (year int, region string)"
            " STORED AS PARQUET LOCATION 's3://lab/inserts/parts/'"
        ),
        writes("INSERT INTO parts VALUES (1, 2023, 'eu'), (2, 2024, 'us')", 2),
        writes("INSERT INTO parts SELECT 3, 2024, 'us'", 1),
        prints("SHOW PARTITIONS parts", "year=2023/region=eu", "year=2024/region=us"),
        gives("SELECT n FROM parts WHERE year = 2024 ORDER BY n", "2", "3"),
        gives(
            "SELECT DISTINCT regexp_extract(\"$path\", 'parts/(.*)/', 1) FROM parts WHERE region"
            " = 'eu'",
            "year=2023/region=eu",
        ),
        # --- into text, JSON and CSV
        prints(
            "CREATE EXTERNAL TABLE lines (n int, s string) ROW FORMAT DELIMITED FIELDS TERMINATED"
            " BY ';'"
            " LOCATION 's3://lab/inserts/lines/'"
        ),
        writes("INSERT INTO lines VALUES (1, 'a'), (2, NULL), (3, '')", 3),
        gives("SELECT * FROM lines ORDER BY n", ("1", "a"), ("2", None), ("3", "")),
        prints(
            "CREATE EXTERNAL TABLE objects (n int, a array<int>) ROW FORMAT SERDE"
            " 'org.apache.hive.hcatalog.data.JsonSerDe' LOCATION 's3://lab/inserts/objects/'"
        ),
        writes("INSERT INTO objects VALUES (1, ARRAY[1, 2]), (2, NULL)", 2),
        gives("SELECT * FROM objects ORDER BY n", ("1", "[1, 2]"), ("2", None)),
    ],
)

UNLOADS = Script(
    "unloads",
    [
        prints(f"UNLOAD ({_PEOPLE}) TO 's3://lab/unloads/parquet/' WITH (format = 'PARQUET')"),
        # It leaves files and no table.
        prints("SHOW TABLES"),
        prints(
            "CREATE EXTERNAL TABLE unloaded (id int, name string, k string) STORED AS PARQUET"
            " LOCATION 's3://lab/unloads/parquet/'"
        ),
        gives(
            "SELECT id, name, k FROM unloaded ORDER BY id",
            ("1", "Ada", "x"),
            ("2", "Grace", "y"),
            ("3", "Linus", "y"),
        ),
        prints(
            "UNLOAD (SELECT 1 AS id, 'a' AS s) TO 's3://lab/unloads/text/'"
            " WITH (format = 'TEXTFILE', field_delimiter = ',')"
        ),
        prints("CREATE EXTERNAL TABLE text (line string) LOCATION 's3://lab/unloads/text/'"),
        gives("SELECT line, \"$path\" LIKE '%.gz' FROM text", ("1,a", "true")),
        prints(
            f"UNLOAD ({_PEOPLE}) TO 's3://lab/unloads/json'"
            " WITH (format = 'JSON', partitioned_by = ARRAY['k'])"
        ),
        prints(
            "CREATE EXTERNAL TABLE objects (id int, name string) PARTITIONED BY (k string)"
            " ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION"
            " 's3://lab/unloads/json/'"
        ),
        holds("MSCK REPAIR TABLE objects", "objects:k=x", "objects:k=y"),
        gives("SELECT id, k FROM objects ORDER BY id", ("1", "x"), ("2", "y"), ("3", "y")),
        fails(
            "UNLOAD (SELECT 1 AS a) TO 's3://lab/unloads/parquet/' WITH (format = 'ORC')",
            "HIVE_PATH_ALREADY_EXISTS",
        ),
        fails(
            "UNLOAD (SELECT nope) TO 's3://lab/unloads/none/' WITH (format = 'ORC')",
            "COLUMN_NOT_FOUND",
        ),
    ],
)

VIEWS = Script(
    "views",
    [
        writes(f"CREATE TABLE people AS {_PEOPLE}", 3),
        prints("CREATE VIEW some AS SELECT id, upper(name) AS name FROM people WHERE k = 'y'"),
        gives(
            "SELECT * FROM some ORDER BY id", ("2", "GRACE"), ("3", "LINUS"), columns=("id", "name")
        ),
        fails("CREATE VIEW some AS SELECT 1 AS a", "TABLE_ALREADY_EXISTS"),
        prints("CREATE OR REPLACE VIEW some AS SELECT k, count(*) AS n FROM people GROUP BY k"),
        gives(
            "SELECT * FROM views.some ORDER BY k",
            ("x", "1"),
            ("y", "2"),
            types=("varchar", "bigint"),
        ),
        prints(
            'CREATE VIEW "over" AS SELECT sum(n) AS total, CAST(ROW(1) AS ROW(a integer)) AS r'
            " FROM some"
        ),
        gives('SELECT total, r.a FROM "over"', ("3", "1")),
        prints("SHOW VIEWS", "over", "some"),
        prints("SHOW VIEWS IN `views` LIKE 's*'", "some"),
        prints("SHOW TABLES", "over", "people", "some"),
        prints("DESCRIBE some", "k string", "n bigint"),
        prints("SHOW COLUMNS IN `over`", "total", "r"),
        holds("SHOW CREATE VIEW some", "CREATE VIEW", "some AS", "count(*)"),
        gives(
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema ="
            " 'views'"
            " ORDER BY 1",
            ("over", "VIEW"),
            ("people", "BASE TABLE"),
            ("some", "VIEW"),
        ),
        fails("CREATE VIEW wrong AS SELECT nope FROM people", "COLUMN_NOT_FOUND"),
        fails("INSERT INTO some VALUES ('z', 1)", "NOT_SUPPORTED", "view"),
        # Without what it reads a view is not worth anything.
        prints("DROP VIEW some"),
        fails('SELECT * FROM "over"', "INVALID_VIEW", "Failed analyzing stored view"),
        prints("DROP VIEW IF EXISTS some"),
        fails("DROP VIEW some", "View views.some", "does not exist"),
        prints("DROP VIEW `over`"),
        prints("SHOW TABLES", "people"),
    ],
)

PREPARED = Script(
    "prepared",
    [
        writes(f"CREATE TABLE people AS {_PEOPLE}", 3),
        prints(
            "PREPARE by_key FROM SELECT id, name FROM people WHERE k = ? AND id > ? ORDER BY id"
        ),
        gives(
            "EXECUTE by_key USING 'y', 1", ("2", "Grace"), ("3", "Linus"), columns=("id", "name")
        ),
        gives("EXECUTE by_key USING 'y', 1 + 1", ("3", "Linus")),
        gives("EXECUTE by_key", ("1", "Ada"), parameters=("'x'", "0")),
        fails(
            "EXECUTE by_key USING 'y'", "INVALID_PARAMETER_USAGE", "Incorrect number of parameters"
        ),
        # What a parameter holds is a value, never a part of the statement.
        gives("EXECUTE by_key USING 'y'' OR ''1''=''1', 0"),
        prints("PREPARE add_one FROM INSERT INTO people VALUES (?, ?, 'z')"),
        writes("EXECUTE add_one USING 4, 'Edsger'", 1),
        gives("SELECT id, name FROM people WHERE k = 'z'", ("4", "Edsger")),
        prints("DEALLOCATE PREPARE by_key"),
        refused("EXECUTE by_key USING 'y', 1", "by_key was not found"),
        # --- parameters without a prepared statement
        gives(
            "SELECT name FROM people WHERE id = ? OR name = ? ORDER BY 1",
            "Ada",
            "Grace",
            parameters=("2", "'Ada'"),
        ),
        gives(
            "SELECT count(*) FROM people WHERE DATE '2024-01-01' < ? AND k <> '?'",
            "4",
            parameters=("DATE '2024-06-01'",),
        ),
        writes(
            "INSERT INTO people SELECT id + ?, name, k FROM people WHERE k = ?", 1, ("10", "'z'")
        ),
        gives("SELECT max(id) FROM people", "14"),
        gives("SELECT ?", "it's", parameters=("'it''s'",)),
        gives("SELECT id - ? FROM people WHERE id = 1", "2", parameters=("-1",)),
    ],
)

# Many queries of one page: the second page begins behind the first thousand rows, header included.
PAGES = Script(
    "pages",
    [
        Put("pages/a.csv", "".join(f"{n}\n" for n in range(2500))),
        prints("CREATE EXTERNAL TABLE numbers (n int) LOCATION 's3://lab/pages/'"),
        gives("SELECT n FROM numbers ORDER BY n", *(str(n) for n in range(2500)), columns=("n",)),
        gives("SELECT count(*), sum(n) FROM numbers", ("2500", "3123750")),
    ],
)

SCRIPTS = [CTAS, INSERTS, UNLOADS, VIEWS, PREPARED, PAGES]
