# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped sample data: what the generator makes, with the columns, links and quirks it must have."""

from __future__ import annotations

import csv
import filecmp
import importlib.util
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "files" / "data"
DATABASE = DATA / "sor_ecommerce_br"
TRANSLATION = "product_category_name_translation"

HEADERS = {
    "customers": "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,"
    "customer_state",
    "geolocation": "geolocation_zip_code_prefix,geolocation_lat,geolocation_lng,geolocation_city,"
    "geolocation_state",
    "order_items": "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,"
    "freight_value",
    "order_payments": "order_id,payment_sequential,payment_type,payment_installments,payment_value",
    "order_reviews": "review_id,order_id,review_score,review_comment_title,"
    "review_comment_message,review_creation_date,review_answer_timestamp",
    "orders": "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
    "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date",
    "products": "product_id,product_category_name,product_name_lenght,"
    "product_description_lenght,product_photos_qty,product_weight_g,product_length_cm,"
    "product_height_cm,product_width_cm",
    "sellers": "seller_id,seller_zip_code_prefix,seller_city,seller_state",
    TRANSLATION: "product_category_name,product_category_name_english",
}

Row = dict[str, str]


def lines_of(name: str, data: Path = DATA) -> list[str]:
    """The lines after the header, as they stand in the file."""
    text = (data / "sor_ecommerce_br" / name / f"{name}.csv").read_bytes().decode("utf-8-sig")
    return text.split("\n")[1:-1]


@pytest.fixture(scope="module")
def tables() -> dict[str, list[Row]]:
    result = {}
    for name in HEADERS:
        path = DATABASE / name / f"{name}.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            result[name] = list(csv.DictReader(file, strict=True))
    return result


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "generate_data", ROOT / "tools" / "generate_data.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# What the generator makes.


def test_shipped_files_are_what_the_generator_makes(generator: ModuleType, tmp_path: Path) -> None:
    assert generator.main(["--out", str(tmp_path)]) == 0

    names = files_in(DATA)
    assert names == sorted(f"sor_ecommerce_br/{name}/{name}.csv" for name in HEADERS)
    assert files_in(tmp_path) == names
    assert filecmp.cmpfiles(DATA, tmp_path, names, shallow=False) == (names, [], [])


@pytest.mark.parametrize("orders", [1, 3, 37])
def test_any_number_of_orders_can_be_made(
    generator: ModuleType, tmp_path: Path, orders: int
) -> None:
    rows = generator.generate(orders, tmp_path)

    assert rows["orders"] == rows["customers"] == orders
    for name in HEADERS:
        assert len(lines_of(name, tmp_path)) == rows[name]


def test_a_bigger_shop_has_the_same_first_orders(generator: ModuleType, tmp_path: Path) -> None:
    """Nothing of an order hangs on those around it, so memory need not grow with their number."""
    generator.generate(20, tmp_path / "small")
    generator.generate(25, tmp_path / "big")

    small, big = lines_of("orders", tmp_path / "small"), lines_of("orders", tmp_path / "big")
    assert small == big[:20]


def test_line_breaks_stand_inside_comments_when_asked_for(
    generator: ModuleType, tmp_path: Path
) -> None:
    rows = generator.generate(200, tmp_path, line_breaks=True)

    path = tmp_path / "sor_ecommerce_br" / "order_reviews" / "order_reviews.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reviews = list(csv.DictReader(file, strict=True))
    assert len(reviews) == rows["order_reviews"]
    assert all(re.fullmatch("[0-9a-f]{32}", review["order_id"]) for review in reviews)
    comments = [review["review_comment_message"] for review in reviews]
    assert any("\r\n" in comment for comment in comments)
    assert any("\n" in comment and "\r" not in comment for comment in comments)


@pytest.mark.parametrize("arguments", [["--orders", "0"], ["--orders", "-5"], ["--orders", "many"]])
def test_a_senseless_number_is_refused(
    generator: ModuleType, tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        generator.main([*arguments, "--out", str(tmp_path)])

    assert caught.value.code == 2
    assert "--orders" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(
    generator: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SystemExit) as caught:
        generator.main(["--out", str(tmp_path / "file")])

    assert caught.value.code == 1
    assert f"Cannot write to {tmp_path / 'file'}" in capsys.readouterr().err


# Form.


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_those_of_the_original(name: str) -> None:
    first = (DATABASE / name / f"{name}.csv").read_bytes().split(b"\n")[0].decode("utf-8-sig")

    assert first.strip().replace('"', "") == HEADERS[name]


def test_files_fit_into_git() -> None:
    assert sum((DATA / name).stat().st_size for name in files_in(DATA)) < 700_000


@pytest.mark.parametrize("name", HEADERS)
def test_every_line_is_a_row(name: str, tables: dict[str, list[Row]]) -> None:
    """No line break and no backslash inside a cell: Hive's text formats could not read them."""
    lines = lines_of(name)

    assert len(lines) == len(tables[name])
    assert not any("\\" in line or line == "" for line in lines)
    for row in tables[name]:
        assert None not in row and None not in row.values()
        assert not any("\n" in cell or "\r" in cell for cell in row.values())


def test_one_file_has_a_byte_order_mark_and_crlf() -> None:
    for name in HEADERS:
        content = (DATABASE / name / f"{name}.csv").read_bytes()
        assert content.startswith(b"\xef\xbb\xbf") == (name == TRANSLATION)
        assert content.endswith(b"\r\n") == (name == TRANSLATION)
        ends = content.count(b"\n")
        assert content.count(b"\r\n") == (ends if name == TRANSLATION else 0)


def test_quotes_stand_around_some_cells_of_a_row() -> None:
    assert re.match(r'"[0-9a-f]{32}",[a-z_]*,\d*,', lines_of("products")[0])
    assert re.match(
        r'"[0-9a-f]{32}","[0-9a-f]{32}","\d{5}",[^"]+,[A-Z]{2}$', lines_of("customers")[0]
    )
    reviews = lines_of("order_reviews")
    assert any(re.search(r",[A-Z][^\",]+,2\d{3}-", line) for line in reviews), "unquoted comment"
    assert any(re.search(r',"[^",]+",2\d{3}-', line) for line in reviews), "quoted without need"


def test_comments_hold_commas_quotes_and_accents(tables: dict[str, list[Row]]) -> None:
    comments = [row["review_comment_message"] for row in tables["order_reviews"]]

    assert any("," in comment for comment in comments)
    assert any('"' in comment for comment in comments)
    assert any(comment.endswith('"') for comment in comments)
    assert any(re.search("[áéãçó]", comment) for comment in comments)
    assert any('""' in line for line in lines_of("order_reviews"))


def test_zip_codes_have_leading_zeros_and_cities_accents(tables: dict[str, list[Row]]) -> None:
    for name, column in (("customers", "customer"), ("sellers", "seller")):
        codes = [row[f"{column}_zip_code_prefix"] for row in tables[name]]
        assert all(re.fullmatch(r"\d{5}", code) for code in codes)
        assert any(code.startswith("0") for code in codes)
    cities = {row["geolocation_city"] for row in tables["geolocation"]}
    assert {"são paulo", "sao paulo"} <= cities
    assert any(re.search("[áéãçó]", row["customer_city"]) for row in tables["customers"])
    assert any("'" in city for city in cities)


def test_ids_are_32_hex_digits(tables: dict[str, list[Row]]) -> None:
    for rows in tables.values():
        for column in rows[0]:
            if column.endswith("_id") and column != "order_item_id":
                assert all(re.fullmatch("[0-9a-f]{32}", row[column]) for row in rows), column


def test_money_and_times_are_well_formed(tables: dict[str, list[Row]]) -> None:
    for row in tables["order_items"]:
        assert re.fullmatch(r"\d+\.\d\d", row["price"])
        assert Decimal(row["price"]) > 0
    for row in tables["orders"]:
        times = [cell for column, cell in row.items() if column[6:] not in ("id", "status")][1:]
        assert all(re.fullmatch(r"(20\d\d-\d\d-\d\d \d\d:\d\d:\d\d)?", time) for time in times)
        happened = [time for time in times[:-1] if time]
        assert happened == sorted(happened)
    for row in tables["geolocation"]:
        assert re.fullmatch(r"-?\d\d?\.\d{14}", row["geolocation_lat"])


# Links between the tables.


@pytest.mark.parametrize(
    ("name", "column", "target", "key"),
    [
        ("orders", "customer_id", "customers", "customer_id"),
        ("order_items", "order_id", "orders", "order_id"),
        ("order_items", "product_id", "products", "product_id"),
        ("order_items", "seller_id", "sellers", "seller_id"),
        ("order_payments", "order_id", "orders", "order_id"),
        ("order_reviews", "order_id", "orders", "order_id"),
        ("products", "product_category_name", TRANSLATION, "product_category_name"),
        (
            "customers",
            "customer_zip_code_prefix",
            "geolocation",
            "geolocation_zip_code_prefix",
        ),
        ("sellers", "seller_zip_code_prefix", "geolocation", "geolocation_zip_code_prefix"),
    ],
)
def test_links_lead_somewhere(
    tables: dict[str, list[Row]], name: str, column: str, target: str, key: str
) -> None:
    known = {row[key] for row in tables[target]}

    assert {row[column] for row in tables[name] if row[column]} <= known


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("customers", ("customer_id",)),
        ("orders", ("order_id",)),
        ("order_items", ("order_id", "order_item_id")),
        ("order_payments", ("order_id", "payment_sequential")),
        ("order_reviews", ("review_id",)),
        ("products", ("product_id",)),
        ("sellers", ("seller_id",)),
        (TRANSLATION, ("product_category_name",)),
        (TRANSLATION, ("product_category_name_english",)),
    ],
)
def test_keys_are_unique(tables: dict[str, list[Row]], name: str, key: tuple[str, ...]) -> None:
    keys = [tuple(row[column] for column in key) for row in tables[name]]

    assert len(set(keys)) == len(keys)


def test_tables_are_of_the_original_proportions(tables: dict[str, list[Row]]) -> None:
    """Rows for each order; the original's geolocation, ten points for each, is trimmed."""
    orders = len(tables["orders"])
    original = {
        "customers": 1,
        "order_items": 112650 / 99441,
        "order_payments": 103886 / 99441,
        "order_reviews": 99224 / 99441,
        "products": 32951 / 99441,
        "sellers": 3095 / 99441,
    }
    for name, share in original.items():
        assert len(tables[name]) / orders == pytest.approx(share, rel=0.1), name
    assert len(tables[TRANSLATION]) == 71
    assert len(tables["geolocation"]) > len(
        {row["geolocation_zip_code_prefix"] for row in tables["geolocation"]}
    )


# What is missing, doubled or wrong on purpose.


def test_cells_are_empty(tables: dict[str, list[Row]]) -> None:
    statuses = {row["order_status"] for row in tables["orders"]}
    assert {"delivered", "shipped", "canceled", "unavailable", "created"} <= statuses
    for row in tables["orders"]:
        if row["order_status"] != "delivered":
            assert row["order_delivered_customer_date"] == ""
    for name, column in (
        ("orders", "order_approved_at"),
        ("orders", "order_delivered_carrier_date"),
        ("products", "product_category_name"),
        ("order_reviews", "review_comment_title"),
        ("order_reviews", "review_comment_message"),
    ):
        cells = [row[column] for row in tables[name]]
        assert "" in cells and any(cells), column


@pytest.mark.parametrize("name", ["order_items", "order_payments", "order_reviews"])
def test_orders_have_none_one_and_several(tables: dict[str, list[Row]], name: str) -> None:
    rows = Counter(row["order_id"] for row in tables[name])

    assert len(rows) < len(tables["orders"])
    assert {1, 2} <= set(rows.values())


def test_payment_types_tie(tables: dict[str, list[Row]]) -> None:
    types: dict[str, Counter[str]] = {}
    for row in tables["order_payments"]:
        types.setdefault(row["order_id"], Counter())[row["payment_type"]] += 1

    tied = [kinds for kinds in types.values() if len(kinds) > 1 and len(set(kinds.values())) == 1]
    assert tied
    # Ties whose answer by name is not the type that stands first in the file.
    assert any(next(iter(kinds)) != min(kinds) for kinds in tied)


def test_payments_cover_the_items(tables: dict[str, list[Row]]) -> None:
    cost: Counter[str] = Counter()
    for row in tables["order_items"]:
        cost[row["order_id"]] += int(
            Decimal(row["price"]) * 100 + Decimal(row["freight_value"]) * 100
        )
    paid: Counter[str] = Counter()
    for row in tables["order_payments"]:
        if row["payment_type"] != "not_defined":
            paid[row["order_id"]] += int(Decimal(row["payment_value"]) * 100)

    for order_id in cost.keys() & paid.keys():
        assert cost[order_id] == paid[order_id], order_id


def test_scores_are_of_one_character_and_more(tables: dict[str, list[Row]]) -> None:
    scores = {row["review_score"] for row in tables["order_reviews"]}

    assert {"1", "2", "3", "4", "5"} < scores
    assert any(len(score) > 1 for score in scores)


def test_customers_come_back(tables: dict[str, list[Row]]) -> None:
    persons = Counter(row["customer_unique_id"] for row in tables["customers"])

    assert max(persons.values()) > 1
