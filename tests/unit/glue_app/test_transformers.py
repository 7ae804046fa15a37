# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every transformation on real Spark, against values worked out by hand."""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .conftest import MakeTable, Rows

DATA = Path(__file__).resolve().parents[3] / "files" / "data" / "sor_ecommerce_br"

RESULT = [
    ("order_id", "string"),
    ("customer_id", "string"),
    ("order_status", "string"),
    ("order_purchase_timestamp", "timestamp"),
    ("order_approved_at", "timestamp"),
    ("order_delivered_carrier_date", "timestamp"),
    ("order_delivered_customer_date", "timestamp"),
    ("order_estimated_delivery_date", "timestamp"),
    ("purchase_year", "int"),
    ("purchase_quarter", "int"),
    ("purchase_month", "int"),
    ("purchase_day_of_month", "int"),
    ("purchase_day_of_week", "int"),
    ("purchase_day_of_year", "int"),
    ("purchase_week_of_year", "int"),
    ("item_count", "bigint"),
    ("item_price_sum", "decimal(18,2)"),
    ("item_price_avg", "decimal(18,2)"),
    ("item_price_min", "decimal(18,2)"),
    ("item_price_max", "decimal(18,2)"),
    ("item_freight_avg", "decimal(18,2)"),
    ("shipping_limit_date_latest", "timestamp"),
    ("customer_city", "string"),
    ("customer_state", "string"),
    ("payment_count", "bigint"),
    ("payment_value_sum", "decimal(18,2)"),
    ("payment_value_avg", "decimal(18,2)"),
    ("payment_type_count", "bigint"),
    ("payment_type_most_common", "string"),
    ("review_score_best", "int"),
    ("review_comment", "string"),
]


def by_id(frame: Any) -> dict[str, dict[str, Any]]:
    """Rows as dictionaries by their first column; fails when that is not unique."""
    rows = [row.asDict() for row in frame.collect()]
    result = {row.pop(frame.columns[0]): row for row in rows}
    assert len(result) == len(rows), "two rows of one id"
    return result


def order(order_id: str, purchase: str = "2018-01-01 10:00:00", **cells: str) -> list[str]:
    return [
        order_id,
        cells.get("customer_id", f"customer of {order_id}"),
        cells.get("order_status", "delivered"),
        purchase,
        cells.get("order_approved_at", ""),
        "",
        "",
        "",
    ]


def test_moment_of_purchase_is_taken_apart(transformers: Any, source: MakeTable) -> None:
    # Year, quarter, month, day of month, day of week, day of year, week of year.
    expected = {
        # A Monday; the week of its year's first Thursday is the first.
        "2018-01-01 00:00:00": (2018, 1, 1, 1, 2, 1, 1),
        # A Sunday whose week is the last of the year before.
        "2017-01-01 12:30:00": (2017, 1, 1, 1, 1, 1, 52),
        # The last day of a leap year, a Saturday, one second before midnight.
        "2016-12-31 23:59:59": (2016, 4, 12, 31, 7, 366, 52),
        # A year of 53 weeks.
        "2020-12-31 08:00:00": (2020, 4, 12, 31, 5, 366, 53),
        "": (None,) * 7,
        "yesterday": (None,) * 7,
    }
    rows = [order(purchase, purchase) for purchase in expected]

    result = transformers.transform_orders(source("orders", rows)).collect()

    assert {row["order_id"]: row[8:] for row in result} == expected


def test_orders_have_real_timestamps_and_null_for_what_is_not_there(
    transformers: Any, source: MakeTable
) -> None:
    rows = [
        order("a", "2018-02-03 04:05:06", order_approved_at="2018-02-04"),
        order("b", "2018-02-03 04:05:06", order_approved_at="soon", order_status=" "),
    ]

    result = by_id(transformers.transform_orders(source("orders", rows)))

    assert result["a"]["order_purchase_timestamp"] == datetime(2018, 2, 3, 4, 5, 6)
    assert result["a"]["order_approved_at"] == datetime(2018, 2, 4)
    assert result["a"]["order_delivered_customer_date"] is None
    assert result["a"]["order_status"] == "delivered"
    assert result["b"]["order_approved_at"] is None
    assert result["b"]["order_status"] is None


def test_items_are_counted_and_summed(transformers: Any, source: MakeTable) -> None:
    rows = [
        ("a", "1", "2018-01-05 00:00:00", "10.00", "1.00"),
        ("a", "2", "2018-01-07 12:00:00", "20.01", "2.01"),
        ("b", "1", "2018-01-05 00:00:00", "7.5", "0"),
        # Equal but for their number: two items.
        ("c", "1", "2018-01-05 00:00:00", "0.10", "3.33"),
        ("c", "2", "2018-01-05 00:00:00", "0.10", "3.33"),
        ("c", "3", "2018-01-05 00:00:00", "0.20", "3.33"),
    ]

    result = by_id(transformers.transform_order_items(source("order_items", rows)))

    assert result == {
        "a": {
            "item_count": 2,
            "item_price_sum": Decimal("30.01"),
            "item_price_avg": Decimal("15.01"),  # 15.005
            "item_price_min": Decimal("10.00"),
            "item_price_max": Decimal("20.01"),
            "item_freight_avg": Decimal("1.51"),  # 1.505
            "shipping_limit_date_latest": datetime(2018, 1, 7, 12),
        },
        "b": {
            "item_count": 1,
            "item_price_sum": Decimal("7.50"),
            "item_price_avg": Decimal("7.50"),
            "item_price_min": Decimal("7.50"),
            "item_price_max": Decimal("7.50"),
            "item_freight_avg": Decimal("0.00"),
            "shipping_limit_date_latest": datetime(2018, 1, 5),
        },
        "c": {
            "item_count": 3,
            "item_price_sum": Decimal("0.40"),
            "item_price_avg": Decimal("0.13"),
            "item_price_min": Decimal("0.10"),
            "item_price_max": Decimal("0.20"),
            "item_freight_avg": Decimal("3.33"),
            "shipping_limit_date_latest": datetime(2018, 1, 5),
        },
    }


def test_items_without_price_count_but_do_not_weigh(transformers: Any, source: MakeTable) -> None:
    rows = [
        ("a", "1", "", "10.00", ""),
        ("a", "2", "", "", "4.00"),
        ("b", "1", "", "free", ""),
        # Prices are numbers here, not text, for which 9 is more than 10.
        ("c", "1", "", "9.00", ""),
        ("c", "2", "", "10.00", ""),
    ]

    result = by_id(transformers.transform_order_items(source("order_items", rows)))

    assert result["a"]["item_count"] == 2
    assert result["a"]["item_price_avg"] == Decimal("10.00")
    assert result["a"]["item_freight_avg"] == Decimal("4.00")
    assert result["a"]["shipping_limit_date_latest"] is None
    assert result["b"]["item_count"] == 1
    assert result["b"]["item_price_sum"] is None
    assert result["c"]["item_price_max"] == Decimal("10.00")


def test_customers_keep_their_place(transformers: Any, source: MakeTable) -> None:
    rows = [("a", "são joão del-rei", "MG"), ("b", "", ""), ("a", "são joão del-rei", "MG")]

    result = by_id(transformers.transform_customers(source("customers", rows)))

    assert result == {
        "a": {"customer_city": "são joão del-rei", "customer_state": "MG"},
        "b": {"customer_city": None, "customer_state": None},
    }


def test_most_common_payment_type(transformers: Any, source: MakeTable) -> None:
    # The types of an order's payments: how many are different, and the most common.
    expected = {
        ("boleto",): (1, "boleto"),
        ("credit_card", "voucher", "voucher"): (2, "voucher"),
        # Ties go by name, wherever the rows stand.
        ("voucher", "credit_card"): (2, "credit_card"),
        ("credit_card", "voucher"): (2, "credit_card"),
        ("voucher", "boleto", "credit_card", "credit_card", "boleto"): (3, "boleto"),
        # Frequency goes before name.
        ("boleto", "voucher", "voucher"): (2, "voucher"),
        # Payments without a type are no type, however many they are.
        ("", "", "debit_card"): (1, "debit_card"),
        ("", ""): (0, None),
    }
    rows = [
        (", ".join(types), str(place), kind, "1.00")
        for types in expected
        for place, kind in enumerate(types)
    ]

    result = by_id(transformers.transform_order_payments(source("order_payments", rows)))

    for types, (different, most_common) in expected.items():
        row = result.pop(", ".join(types))
        assert row["payment_count"] == len(types)
        assert row["payment_type_count"] == different, types
        assert row["payment_type_most_common"] == most_common, types
    assert not result


def test_payments_are_counted_and_summed(transformers: Any, source: MakeTable) -> None:
    rows = [
        ("a", "1", "credit_card", "100.10"),
        ("a", "2", "voucher", "0.05"),
        ("a", "3", "voucher", "0.05"),
        ("b", "1", "boleto", "2.00"),
        ("b", "2", "voucher", ""),
        ("c", "1", "not_defined", "0.00"),
        ("d", "1", "boleto", "?"),
    ]

    result = by_id(transformers.transform_order_payments(source("order_payments", rows)))

    sums = {
        name: (row["payment_value_sum"], row["payment_value_avg"]) for name, row in result.items()
    }
    assert sums == {
        "a": (Decimal("100.20"), Decimal("33.40")),
        "b": (Decimal("2.00"), Decimal("2.00")),
        "c": (Decimal("0.00"), Decimal("0.00")),
        "d": (None, None),
    }
    assert result["b"]["payment_count"] == 2


@pytest.mark.parametrize("turned", [False, True])
def test_best_review(transformers: Any, source: MakeTable, turned: bool) -> None:
    """The answer does not hang on the order of the rows, so both ways round are tried."""
    # Scores and comments of an order's reviews: best score and comment.
    expected = {
        (("5", ""),): (5, None),
        (("3", "Bom"), ("4", "Ruim")): (4, "Ruim"),
        # The comment is one of the best score, even if only a worse one has words.
        (("5", ""), ("1", "Péssimo")): (5, None),
        (("5", ""), ("5", "Bom")): (5, "Bom"),
        (("5", "Bom"), ("5", "Muito bom")): (5, "Muito bom"),
        (("5", "B é"), ("5", "A é"), ("5", "C é")): (5, "A é"),
        (("5", "   "), ("5", "x")): (5, "x"),
        # More than one character is no score, and one that is no digit neither.
        (("10", "Dez"), ("4", "Quatro")): (4, "Quatro"),
        (("4.5", "Meio"), ("x", "Xis"), ("", "Nada"), ("1", "")): (1, None),
    }
    rows = [(str(reviews), *review) for reviews in expected for review in reviews]

    table = source("order_reviews", rows[::-1] if turned else rows)
    result = by_id(transformers.transform_order_reviews(table))

    assert result == {
        str(reviews): {"review_score_best": score, "review_comment": comment}
        for reviews, (score, comment) in expected.items()
    }


def test_orders_with_senseless_scores_only_have_no_review(
    transformers: Any, source: MakeTable
) -> None:
    rows = [("a", "10", "Dez"), ("a", "", ""), ("b", "x", "Xis"), ("c", "5", "Bom")]

    result = transformers.transform_order_reviews(source("order_reviews", rows))

    assert list(by_id(result)) == ["c"]


TABLES: dict[str, Rows] = {
    "orders": [
        order("complete"),
        order("no items"),
        order("alone", customer_id="nobody"),
        order("second of its customer", customer_id="customer of complete"),
    ],
    "order_items": [
        ("complete", "1", "2018-01-05 00:00:00", "10.00", "1.00"),
        ("complete", "2", "2018-01-05 00:00:00", "10.00", "1.00"),
        ("alone", "1", "2018-01-05 00:00:00", "3.00", "1.00"),
        ("second of its customer", "1", "2018-01-05 00:00:00", "4.00", "1.00"),
        ("of an unknown order", "1", "2018-01-05 00:00:00", "10.00", "1.00"),
    ],
    "customers": [
        ("customer of complete", "natal", "RN"),
        ("without orders", "belém", "PA"),
    ],
    "order_payments": [
        ("complete", "1", "boleto", "11.00"),
        ("complete", "2", "voucher", "11.00"),
        ("no items", "1", "boleto", "5.00"),
    ],
    "order_reviews": [
        ("complete", "5", "Bom"),
        ("complete", "4", "Razoável"),
        ("no items", "1", ""),
    ],
}


@pytest.mark.parametrize("deliveries", [1, 2])
def test_result_has_one_row_for_each_order_with_items(
    transformers: Any, source: MakeTable, deliveries: int
) -> None:
    """Also when every file was delivered twice."""
    result = transformers.build_orders_table(
        {name: source(name, list(TABLES[name]) * deliveries) for name in TABLES}
    )

    rows = by_id(result)
    assert set(rows) == {"complete", "alone", "second of its customer"}
    complete = rows["complete"]
    assert complete["item_count"] == 2
    assert complete["item_price_sum"] == Decimal("20.00")
    assert complete["customer_city"] == "natal"
    assert complete["payment_count"] == 2
    assert complete["payment_value_sum"] == Decimal("22.00")
    assert complete["payment_type_most_common"] == "boleto"
    assert complete["review_score_best"] == 5
    assert complete["review_comment"] == "Bom"
    assert rows["second of its customer"]["customer_state"] == "RN"
    assert rows["alone"]["item_price_sum"] == Decimal("3.00")
    for name in [name for name, dummy in RESULT[22:]]:
        assert rows["alone"][name] is None, name


def test_result_has_the_documented_columns(transformers: Any, source: MakeTable) -> None:
    result = transformers.build_orders_table({name: source(name, []) for name in TABLES})

    assert result.dtypes == RESULT
    for name, dummy in RESULT:
        assert name in transformers.__doc__


@pytest.mark.parametrize("empty", ["order_items", "all"])
def test_nothing_in_gives_nothing_out(transformers: Any, source: MakeTable, empty: str) -> None:
    result = transformers.build_orders_table(
        {name: source(name, [] if empty in (name, "all") else TABLES[name]) for name in TABLES}
    )

    assert result.collect() == []


def test_orders_stay_when_the_other_tables_are_empty(transformers: Any, source: MakeTable) -> None:
    kept = ("orders", "order_items")
    result = transformers.build_orders_table(
        {name: source(name, TABLES[name] if name in kept else []) for name in TABLES}
    )

    assert len(by_id(result)) == 3


def test_partition_column_stands_last(transformers: Any, source: MakeTable) -> None:
    orders = source("customers", [("a", "natal", "RN")])

    result = transformers.add_partition(orders, "anomesdia", "20240229")

    assert result.columns[-1] == "anomesdia"
    assert result.first()["anomesdia"] == "20240229"
    with pytest.raises(ValueError, match="cannot be called 'customer_city'"):
        transformers.add_partition(orders, "customer_city", "20240229")


def test_sample_data_agrees_with_plain_python(
    spark: Any, transformers: Any, source: MakeTable
) -> None:
    """The shipped data, read and added up here without Spark."""
    tables: dict[str, list[dict[str, str]]] = {}
    for name in transformers.SOURCE_COLUMNS:
        with (DATA / name / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            tables[name] = list(csv.DictReader(file))
    frames = {
        name: source(name, [[row[column] for column in columns] for row in tables[name]])
        for name, columns in transformers.SOURCE_COLUMNS.items()
    }

    result = by_id(transformers.build_orders_table(frames))

    with_items = {row["order_id"] for row in tables["order_items"]}
    assert set(result) == with_items
    assert len(with_items) < len(tables["orders"])
    assert sum(row["item_price_sum"] for row in result.values()) == sum(
        Decimal(row["price"]) for row in tables["order_items"]
    )
    assert sum(row["payment_value_sum"] or 0 for row in result.values()) == sum(
        Decimal(row["payment_value"])
        for row in tables["order_payments"]
        if row["order_id"] in with_items
    )
    scored = {
        row["order_id"]
        for row in tables["order_reviews"]
        if len(row["review_score"]) == 1 and row["order_id"] in with_items
    }
    assert {name for name, row in result.items() if row["review_score_best"]} == scored
