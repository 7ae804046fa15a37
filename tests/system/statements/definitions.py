# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hive's DDL: databases, tables, partitions, and partitions that are only projected."""

from __future__ import annotations

from .model import Put, Script, fails, gives, holds, prints, unlike

_LINES = "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"

DATABASES = Script(
    "databases",
    [
        prints("CREATE DATABASE databases_two COMMENT 'the second' LOCATION 's3://lab/databases/'"),
        prints("SHOW DATABASES LIKE 'databases*'", "databases", "databases_two"),
        fails(
            "CREATE DATABASE databases_two",
            "FAILED: Execution Error, return code 1",
            "already exists",
        ),
        prints("CREATE DATABASE IF NOT EXISTS databases_two"),
        prints("CREATE SCHEMA databases_three WITH DBPROPERTIES ('made.by' = 'tests')"),
        prints("ALTER DATABASE databases_three SET DBPROPERTIES ('made.by' = 'others')"),
        prints("SHOW SCHEMAS 'databases_t*|nothing'", "databases_three", "databases_two"),
        prints("CREATE EXTERNAL TABLE databases_two.t (a int) LOCATION 's3://lab/databases/t/'"),
        prints("SHOW TABLES IN databases_two", "t"),
        fails(
            "DROP DATABASE databases_two", "FAILED: Execution Error, return code 1", "is not empty"
        ),
        prints("DROP DATABASE databases_two CASCADE"),
        fails(
            "DROP DATABASE databases_two",
            "FAILED: SemanticException [Error 10072]",
            "Database does not exist: databases_two",
        ),
        prints("DROP SCHEMA IF EXISTS databases_two"),
        prints("DROP DATABASE databases_three"),
        prints("SHOW DATABASES LIKE 'databases_*'"),
    ],
)

_PEOPLE = (
    "(`id` int COMMENT 'the key', name string, `order` string) COMMENT 'all of them'"
    " ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' LOCATION 's3://lab/tables/people/'"
    " TBLPROPERTIES ('made.by'='tests')"
)

TABLES = Script(
    "tables",
    [
        Put("tables/people/a.tsv", "1\tAda\tfirst\n2\tGrace\tsecond\n"),
        Put("tables/others/a.tsv", "3\tLinus\t50\n"),
        prints(f"CREATE EXTERNAL TABLE people {_PEOPLE}"),
        prints(f"CREATE EXTERNAL TABLE IF NOT EXISTS people {_PEOPLE}"),
        fails(
            f"CREATE EXTERNAL TABLE people {_PEOPLE}",
            "FAILED: Execution Error, return code 1",
            "people already exists",
        ),
        # Reserved words: backticks in DDL, double quotes in queries.
        gives('SELECT id, "order" FROM people ORDER BY id', ("1", "first"), ("2", "second")),
        prints("SHOW TABLES", "people"),
        prints("SHOW TABLES IN `tables` 'x*|peo*'", "people"),
        prints("SHOW TABLES 'x*'"),
        prints("SHOW COLUMNS FROM people", "id", "name", "order"),
        prints("SHOW COLUMNS IN people IN `tables`", "id", "name", "order"),
        prints("DESCRIBE people", "id int the key", "name string", "order string"),
        # One text a row, with each of its parts filled up to 20 characters.
        gives(
            "DESCRIBE people id",
            "id                  \tint                 \tthe key             ",
            columns=("col_name", "data_type", "comment"),
        ),
        holds(
            "DESCRIBE FORMATTED people",
            "# Detailed Table Information",
            "s3://lab/tables/people",
            "EXTERNAL_TABLE",
            "# Storage Information",
            "LazySimpleSerDe",
        ),
        prints("SHOW TBLPROPERTIES people ('made.by')", "tests"),
        holds(
            "SHOW TBLPROPERTIES people", "EXTERNAL\tTRUE", "comment\tall of them", "made.by\ttests"
        ),
        holds(
            "SHOW CREATE TABLE people",
            "CREATE EXTERNAL TABLE `people`(",
            "`id` int COMMENT 'the key', ",
            "`name` string, ",
            "`order` string)",
            "COMMENT 'all of them'",
            "ROW FORMAT DELIMITED ",
            "FIELDS TERMINATED BY '\\t' ",
            "STORED AS INPUTFORMAT ",
            "'org.apache.hadoop.mapred.TextInputFormat' ",
            "OUTPUTFORMAT ",
            "LOCATION",
            "'s3://lab/tables/people'",
            "TBLPROPERTIES (",
            "'made.by'='tests'",
        ),
        # --- ALTER: old lines have no value in a new column
        prints("ALTER TABLE people ADD COLUMNS (age int COMMENT 'years')"),
        prints("SHOW COLUMNS IN people", "id", "name", "order", "age"),
        gives("SELECT id, age FROM people ORDER BY id", ("1", None), ("2", None)),
        fails("ALTER TABLE people ADD COLUMNS (Name string)", "FAILED", "Duplicate column name"),
        prints("ALTER TABLE people CHANGE COLUMN name full_name string COMMENT 'both'"),
        prints("DESCRIBE people full_name", "full_name string both"),
        gives("SELECT full_name FROM people ORDER BY 1", "Ada", "Grace"),
        prints("ALTER TABLE people REPLACE COLUMNS (id bigint, name string)"),
        gives(
            "SELECT * FROM people ORDER BY id",
            ("1", "Ada"),
            ("2", "Grace"),
            types=("bigint", "varchar"),
        ),
        prints("ALTER TABLE people SET TBLPROPERTIES ('made.by'='others', 'more'='1')"),
        prints("SHOW TBLPROPERTIES people ('made.by')", "others"),
        prints("ALTER TABLE people SET LOCATION 's3://lab/tables/others/'"),
        gives("SELECT * FROM people", ("3", "Linus")),
        # --- DROP: what lies in S3 stays
        prints("DROP TABLE people"),
        fails("SELECT * FROM people", "TABLE_NOT_FOUND"),
        prints("SHOW TABLES"),
        prints("DROP TABLE IF EXISTS `tables`.people"),
        fails("DROP TABLE people", "FAILED: SemanticException [Error 10001]", "tables.people"),
        prints(f"CREATE EXTERNAL TABLE `tables`.people {_PEOPLE}"),
        gives("SELECT count(*) FROM people", "2"),
    ],
)

PARTITIONS = Script(
    "partitions",
    [
        Put("partitions/logs/dt=2024-01-01/a.csv", "a,1\nb,2\n"),
        Put("partitions/logs/dt=2024-01-02/a.csv", "c,3\n"),
        Put("partitions/logs/dt=2024-01-03/a.csv", "d,4\n"),
        Put("partitions/elsewhere/a.csv", "e,5\n"),
        prints(
            "CREATE EXTERNAL TABLE logs (m string, n int) PARTITIONED BY (dt string COMMENT 'day')"
            f" {_LINES} LOCATION 's3://lab/partitions/logs/'"
        ),
        # Folders are no partitions as long as the catalog does not know of them.
        gives("SELECT * FROM logs", columns=("m", "n", "dt")),
        prints("SHOW PARTITIONS logs"),
        prints("ALTER TABLE logs ADD PARTITION (dt = '2024-01-01')"),
        gives("SELECT * FROM logs ORDER BY n", ("a", "1", "2024-01-01"), ("b", "2", "2024-01-01")),
        fails("ALTER TABLE logs ADD PARTITION (dt = '2024-01-01')", "FAILED", "already exists"),
        prints(
            "ALTER TABLE logs ADD IF NOT EXISTS PARTITION (dt = '2024-01-01')"
            " PARTITION (dt = '2020-12-31') LOCATION 's3://lab/partitions/elsewhere/'"
        ),
        gives("SELECT m FROM logs WHERE dt < '2024'", "e"),
        prints("SHOW PARTITIONS logs", "dt=2020-12-31", "dt=2024-01-01"),
        holds(
            "MSCK REPAIR TABLE logs",
            "Partitions not in metastore:",
            "logs:dt=2024-01-02",
            "Repair: Added partition to metastore logs:dt=2024-01-02",
            "Repair: Added partition to metastore logs:dt=2024-01-03",
        ),
        prints("MSCK REPAIR TABLE logs"),
        gives("SELECT count(*), count(DISTINCT dt) FROM logs", ("5", "4")),
        gives(
            "SELECT dt FROM \"logs$partitions\" WHERE dt LIKE '2024%' ORDER BY 1",
            "2024-01-01",
            "2024-01-02",
            "2024-01-03",
        ),
        prints(
            "ALTER TABLE logs PARTITION (dt = '2020-12-31') RENAME TO PARTITION (dt = '2021-12-31')"
        ),
        gives("SELECT dt, m FROM logs WHERE n = 5", ("2021-12-31", "e")),
        prints(
            "ALTER TABLE logs PARTITION (dt = '2024-01-03') SET LOCATION"
            " 's3://lab/partitions/elsewhere'"
        ),
        gives("SELECT m FROM logs WHERE dt = '2024-01-03'", "e"),
        prints(
            "ALTER TABLE logs DROP PARTITION (dt = '2024-01-01'), PARTITION (dt = '2021-12-31')"
        ),
        fails(
            "ALTER TABLE logs DROP PARTITION (dt = '2024-01-01')", "FAILED", "Partition not found"
        ),
        prints("ALTER TABLE logs DROP IF EXISTS PARTITION (dt = '2024-01-01')"),
        prints("SHOW PARTITIONS logs", "dt=2024-01-02", "dt=2024-01-03"),
        fails("ALTER TABLE logs ADD PARTITION (other = '1')", "FAILED", "partition"),
        prints(
            "DESCRIBE logs",
            "m string",
            "n int",
            "dt string day",
            "",
            "# Partition Information",
            "# col_name data_type comment",
            "",
            "dt string day",
        ),
        holds(
            "SHOW CREATE TABLE logs",
            "`n` int)",
            "PARTITIONED BY ( ",
            "`dt` string COMMENT 'day')",
            "ROW FORMAT DELIMITED ",
        ),
        # --- values of other types, and the folder that stands for NULL
        Put("partitions/typed/year=2023/day=2023-12-31/a.csv", "1\n"),
        Put("partitions/typed/year=2024/day=2024-01-01/a.csv", "2\n"),
        Put("partitions/typed/year=2024/day=__HIVE_DEFAULT_PARTITION__/a.csv", "3\n"),
        prints(
            "CREATE EXTERNAL TABLE typed (n int) PARTITIONED BY (year int, day date)"
            f" {_LINES} LOCATION 's3://lab/partitions/typed'"
        ),
        holds("MSCK REPAIR TABLE typed", "year=2023/day=2023-12-31"),
        gives(
            "SELECT n, year + 1, day FROM typed WHERE year > 2023 ORDER BY n",
            ("2", "2025", "2024-01-01"),
            ("3", "2025", None),
        ),
        gives("SELECT n FROM typed WHERE day < DATE '2024-01-01'", "1"),
        gives("SELECT n FROM typed WHERE day IS NULL", "3"),
    ],
)

PROJECTION = Script(
    "projection",
    [
        Put("projection/hits/2023/eu/a.csv", "1\n"),
        Put("projection/hits/2024/eu/a.csv", "2\n"),
        Put("projection/hits/2024/us/a.csv", "3\n4\n"),
        # Within the folder of the table, but in no range.
        Put("projection/hits/2022/eu/a.csv", "9\n"),
        prints(
            "CREATE EXTERNAL TABLE hits (n int) PARTITIONED BY (year int, region string)"
            f" {_LINES} LOCATION 's3://lab/projection/hits/' TBLPROPERTIES ("
            "'projection.enabled'='true', 'projection.year.type'='integer',"
            " 'projection.year.range'='2023,2025', 'projection.region.type'='enum',"
            " 'projection.region.values'='eu,us',"
            " 'storage.location.template'='s3://lab/projection/hits/${year}/${region}')"
        ),
        # Projected partitions need not exist: 2025 and 2023/us are empty.
        gives(
            "SELECT year, region, count(*) FROM hits GROUP BY year, region ORDER BY 1, 2",
            ("2023", "eu", "1"),
            ("2024", "eu", "1"),
            ("2024", "us", "2"),
        ),
        gives("SELECT n FROM hits WHERE year = 2024 AND region = 'us' ORDER BY n", "3", "4"),
        gives("SELECT count(*) FROM hits WHERE year = 2022", "0"),
        gives("SELECT count(*) FROM hits WHERE region = 'asia'", "0"),
        # The catalog has none of them.
        prints("SHOW PARTITIONS hits"),
        # --- dates, in folders of Hive's kind
        Put("projection/days/day=2024-02-28/a.csv", "1\n"),
        Put("projection/days/day=2024-03-01/a.csv", "2\n"),
        prints(
            f"CREATE EXTERNAL TABLE days (n int) PARTITIONED BY (day string) {_LINES}"
            " LOCATION 's3://lab/projection/days/' TBLPROPERTIES ('projection.enabled'='true',"
            " 'projection.day.type'='date', 'projection.day.format'='yyyy-MM-dd',"
            " 'projection.day.range'='2024-02-28,2024-03-01', 'projection.day.interval'='1',"
            " 'projection.day.interval.unit'='DAYS')"
        ),
        gives("SELECT day, n FROM days ORDER BY day", ("2024-02-28", "1"), ("2024-03-01", "2")),
        gives("SELECT n FROM days WHERE day > '2024-02-28'", "2"),
        # --- numbers with leading zeros, and intervals
        Put("projection/hours/hour=06/a.csv", "6\n"),
        Put("projection/hours/hour=07/a.csv", "7\n"),
        prints(
            f"CREATE EXTERNAL TABLE hours (n int) PARTITIONED BY (hour string) {_LINES}"
            " LOCATION 's3://lab/projection/hours/' TBLPROPERTIES ('projection.enabled'='true',"
            " 'projection.hour.type'='integer', 'projection.hour.range'='0,23',"
            " 'projection.hour.interval'='6', 'projection.hour.digits'='2')"
        ),
        gives("SELECT hour, n FROM hours", ("06", "6")),
        # --- injected: the query says which
        Put("projection/devices/a-1/a.csv", "1\n"),
        Put("projection/devices/b-2/a.csv", "2\n"),
        prints(
            f"CREATE EXTERNAL TABLE devices (n int) PARTITIONED BY (device string) {_LINES}"
            " LOCATION 's3://lab/projection/devices/' TBLPROPERTIES ('projection.enabled'='true',"
            " 'projection.device.type'='injected',"
            " 'storage.location.template'='s3://lab/projection/devices/${device}')"
        ),
        gives("SELECT device, n FROM devices WHERE device = 'b-2'", ("b-2", "2")),
        unlike(
            "Trino takes one value of an injected partition column alone",
            gives("SELECT n FROM devices WHERE device IN ('a-1', 'b-2') ORDER BY n", "1", "2"),
        ),
        fails("SELECT n FROM devices", "CONSTRAINT_VIOLATION", "device"),
        # Switched off, the catalog counts again.
        prints("ALTER TABLE hits SET TBLPROPERTIES ('projection.enabled'='false')"),
        gives("SELECT count(*) FROM hits", "0"),
    ],
)

SCRIPTS = [DATABASES, TABLES, PARTITIONS, PROJECTION]
