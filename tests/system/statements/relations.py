# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables that all queries may read, as Athena's own statements make them."""

from __future__ import annotations

from .model import Put, Script, holds, prints

_CSV = "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'"
_JSON = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"

SHOP = Script(
    "shop",
    [
        # An order without a total, and one without a customer.
        Put(
            "shop/orders/a.csv",
            "1,1,10.50,2024-01-05,paid\n"
            "2,1,99.99,2024-01-20,paid\n"
            "3,2,5.00,2024-02-01,open\n"
            "4,3,\\N,2024-02-14,open\n"
            "5,\\N,42.00,2024-03-01,paid\n"
            "6,2,20.00,2024-03-10,void\n",
        ),
        prints(
            "CREATE EXTERNAL TABLE orders (id bigint, customer_id int, total decimal(10,2),"
            " ordered_on date, status string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"
            " LOCATION 's3://lab/shop/orders/'"
        ),
        # Edsger has no city and no order.
        Put("shop/customers/a.txt", "1|Ada|London\n2|Grace|New York\n3|Linus|Helsinki\n"),
        Put("shop/customers/b.txt", "4|Edsger|\\N\n"),
        prints(
            "CREATE EXTERNAL TABLE customers (id int, name string, city string)"
            " ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' LOCATION 's3://lab/shop/customers'"
        ),
        Put(
            "shop/events/a.json",
            '{"ID": 1, "kind": "click", "tags": ["a", "b"], "place": {"x": 1, "y": 2.5},'
            ' "attrs": {"k": "v"}}\n'
            '{"id": 2, "kind": "view", "tags": [], "place": null}\n'
            '{"id": 3, "kind": null, "tags": ["c", null], "place": {"x": 7}}\n',
        ),
        prints(
            "CREATE EXTERNAL TABLE events (id int, kind string, tags array<string>,"
            " place struct<x:int,y:double>, attrs map<string,string>) "
            f"{_JSON} LOCATION 's3://lab/shop/events/'"
        ),
        Put("shop/logs/dt=2024-01-01/level=info/a.csv", "up,3\nready,4\n"),
        Put("shop/logs/dt=2024-01-01/level=error/a.csv", "lost,9\n"),
        Put("shop/logs/dt=2024-01-02/level=info/a.csv", "down,1\n"),
        prints(
            "CREATE EXTERNAL TABLE logs (message string, size int) PARTITIONED BY"
            " (dt string, level string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"
            " LOCATION 's3://lab/shop/logs/'"
        ),
        holds("MSCK REPAIR TABLE logs", "logs:dt=2024-01-02/level=info"),
        # Quotes, an escaped quote, a doubled one, an empty cell and a line without its last cell.
        Put(
            "shop/odd/a.csv",
            "id,text,rest\n"
            '1,"a, b",x\n'
            '2,"say \\"hi\\"",y\n'
            '3,"say ""ho""",z\n'
            "4,,\n"
            "5,short\n"
            '6,"back\\\\slash",w\n',
        ),
        prints(
            f"CREATE EXTERNAL TABLE odd (id string, text string, rest string) {_CSV}"
            " LOCATION 's3://lab/shop/odd/' TBLPROPERTIES ('skip.header.line.count'='1')"
        ),
        Put(
            "shop/typed/a.csv",
            '"1","1.5","true","0","0"\n"20","-2","FALSE","18276","1579059880000"\n',
        ),
        prints(
            "CREATE EXTERNAL TABLE typed (n bigint, x double, ok boolean, d date, t timestamp)"
            f" {_CSV} LOCATION 's3://lab/shop/typed/'"
        ),
        Put("shop/badly_typed/a.csv", '"1"\n""\n'),
        prints(
            f"CREATE EXTERNAL TABLE badly_typed (n bigint) {_CSV}"
            " LOCATION 's3://lab/shop/badly_typed/'"
        ),
        # \N is NULL, an empty cell is '' for a string and NULL for a number, as is what is none.
        Put("shop/lazy/a.csv", "1;\\N;2.5\n2;;\n3;x;y\nz;w;1\n4\n5;a;1;too much\n"),
        prints(
            "CREATE EXTERNAL TABLE lazy (n int, s string, x double)"
            " ROW FORMAT DELIMITED FIELDS TERMINATED BY ';' LOCATION 's3://lab/shop/lazy/'"
        ),
        Put("shop/bytes/a.csv", "1,aGk=\n2,\\N\n"),
        prints(
            "CREATE EXTERNAL TABLE bytes (n int, b binary) ROW FORMAT DELIMITED FIELDS TERMINATED"
            " BY ','"
            " LOCATION 's3://lab/shop/bytes/'"
        ),
        Put("shop/nested/a.txt", "1,a:b,k=v:l=w\n2,\\N,\\N\n"),
        prints(
            "CREATE EXTERNAL TABLE nested (n int, a array<string>, m map<string,string>)"
            " ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' COLLECTION ITEMS TERMINATED BY ':'"
            " MAP KEYS TERMINATED BY '=' LOCATION 's3://lab/shop/nested/'"
        ),
        # A document has to be on one line: the second one is on three.
        Put("shop/wrong_json/a.json", '{"a": 1}\n{\n"a": 2\n}\n'),
        prints(
            f"CREATE EXTERNAL TABLE wrong_json (a int) {_JSON} LOCATION 's3://lab/shop/wrong_json/'"
        ),
        prints(
            f"CREATE EXTERNAL TABLE mild_json (a int) {_JSON}"
            " WITH SERDEPROPERTIES ('ignore.malformed.json'='true')"
            " LOCATION 's3://lab/shop/wrong_json/'"
        ),
        Put("shop/no_parquet/a.parquet", "This is no Parquet file, however long it may be.\n"),
        prints(
            "CREATE EXTERNAL TABLE no_parquet (a int) STORED AS PARQUET"
            " LOCATION 's3://lab/shop/no_parquet/'"
        ),
        prints(
            "CREATE EXTERNAL TABLE nothing (a int, b string) STORED AS PARQUET"
            " LOCATION 's3://lab/shop/nothing/'"
        ),
    ],
)
