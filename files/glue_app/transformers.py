# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the job makes of its tables: one row for each order that has items.

Every function takes DataFrames and gives a DataFrame. None of them knows AWS Glue, so all of them
can be tested on plain Spark, wherever that runs.

In the source tables every column is text, and an empty cell is ``""``: CSV files know nothing else.
So each function casts what it needs, and an empty or senseless cell becomes NULL. A row that stands
in a table twice, because a file was delivered twice, counts once.

Columns of the result, in this order. Names that exist in a source table are kept as they are:

=============================  =============  =====================================================
Column                         Type           Meaning
=============================  =============  =====================================================
order_id, customer_id          string         as in orders
order_status                   string         as in orders
order_purchase_timestamp       timestamp      as in orders, UTC; so are the next four
order_approved_at              timestamp
order_delivered_carrier_date   timestamp
order_delivered_customer_date  timestamp
order_estimated_delivery_date  timestamp
purchase_year                  int            of the moment of purchase; so are the next six
purchase_quarter               int
purchase_month                 int
purchase_day_of_month          int
purchase_day_of_week           int            1 is Sunday, 7 is Saturday
purchase_day_of_year           int
purchase_week_of_year          int            ISO 8601: 1 to 53
item_count                     bigint         items of the order
item_price_sum                 decimal(18,2)
item_price_avg                 decimal(18,2)
item_price_min                 decimal(18,2)
item_price_max                 decimal(18,2)
item_freight_avg               decimal(18,2)
shipping_limit_date_latest     timestamp
customer_city, customer_state  string         as in customers
payment_count                  bigint         payments of the order
payment_value_sum              decimal(18,2)
payment_value_avg              decimal(18,2)
payment_type_count             bigint         different types
payment_type_most_common       string         of those that tie, the first by name
review_score_best              int            highest score
review_comment                 string         of the reviews with that score, the longest comment;
                                              of comments of one length, the first by name
=============================  =============  =====================================================

What comes from a table without a row for the order is NULL, the counts too.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# The source tables, with the columns that are read of them.
SOURCE_COLUMNS = {
    "orders": (
        "order_id",
        "customer_id",
        "order_status",
        "order_purchase_timestamp",
        "order_approved_at",
        "order_delivered_carrier_date",
        "order_delivered_customer_date",
        "order_estimated_delivery_date",
    ),
    "order_items": (
        "order_id",
        "order_item_id",
        "shipping_limit_date",
        "price",
        "freight_value",
    ),
    "customers": ("customer_id", "customer_city", "customer_state"),
    "order_payments": ("order_id", "payment_sequential", "payment_type", "payment_value"),
    "order_reviews": ("order_id", "review_score", "review_comment_message"),
}

# Money is decimal: sums of floating point numbers depend on the order of the rows.
MONEY = "decimal(18,2)"


def filled(name: str) -> Column:
    """The column, with NULL for empty cells."""
    return F.when(F.trim(name) != "", F.col(name)).alias(name)


def moment(name: str) -> Column:
    return filled(name).cast("timestamp").alias(name)


def money(name: str) -> Column:
    return filled(name).cast(MONEY).alias(name)


def transform_orders(orders: DataFrame) -> DataFrame:
    """Timestamps as timestamps, and the parts of the moment of purchase."""
    purchase = F.col("order_purchase_timestamp")
    return (
        orders.select(
            "order_id",
            "customer_id",
            filled("order_status"),
            moment("order_purchase_timestamp"),
            moment("order_approved_at"),
            moment("order_delivered_carrier_date"),
            moment("order_delivered_customer_date"),
            moment("order_estimated_delivery_date"),
        )
        .dropDuplicates()
        .withColumns(
            {
                "purchase_year": F.year(purchase),
                "purchase_quarter": F.quarter(purchase),
                "purchase_month": F.month(purchase),
                "purchase_day_of_month": F.dayofmonth(purchase),
                "purchase_day_of_week": F.dayofweek(purchase),
                "purchase_day_of_year": F.dayofyear(purchase),
                "purchase_week_of_year": F.weekofyear(purchase),
            }
        )
    )


def transform_order_items(order_items: DataFrame) -> DataFrame:
    """One row for each order: how many items, and what they cost."""
    return (
        order_items.select(
            "order_id",
            # Only to tell two equal items of an order from one item that was delivered twice.
            "order_item_id",
            money("price"),
            money("freight_value"),
            moment("shipping_limit_date"),
        )
        .dropDuplicates()
        .groupBy("order_id")
        .agg(
            F.count("*").alias("item_count"),
            F.sum("price").cast(MONEY).alias("item_price_sum"),
            F.avg("price").cast(MONEY).alias("item_price_avg"),
            F.min("price").alias("item_price_min"),
            F.max("price").alias("item_price_max"),
            F.avg("freight_value").cast(MONEY).alias("item_freight_avg"),
            F.max("shipping_limit_date").alias("shipping_limit_date_latest"),
        )
    )


def transform_customers(customers: DataFrame) -> DataFrame:
    """Where the customers live."""
    return customers.select(
        "customer_id", filled("customer_city"), filled("customer_state")
    ).dropDuplicates()


def transform_order_payments(order_payments: DataFrame) -> DataFrame:
    """One row for each order: how many payments, how much, and by what.

    Grouped twice, first by order and type, since the most common type is the one with most rows.
    """
    by_type = (
        order_payments.select(
            "order_id", "payment_sequential", filled("payment_type"), money("payment_value")
        )
        .dropDuplicates()
        .groupBy("order_id", "payment_type")
        .agg(
            F.count("*").alias("payments"),
            F.sum("payment_value").alias("value"),
            F.count("payment_value").alias("values"),
        )
    )
    # Sorts the most frequent type first, and types of the same frequency by name. Payments without
    # a type are out of the race: min_by passes over rows whose rank is NULL.
    rank = F.when(
        F.col("payment_type").isNotNull(), F.struct(-F.col("payments"), F.col("payment_type"))
    )
    return by_type.groupBy("order_id").agg(
        F.sum("payments").alias("payment_count"),
        F.sum("value").cast(MONEY).alias("payment_value_sum"),
        (F.sum("value") / F.sum("values")).cast(MONEY).alias("payment_value_avg"),
        F.count("payment_type").alias("payment_type_count"),
        F.min_by("payment_type", rank).alias("payment_type_most_common"),
    )


def transform_order_reviews(order_reviews: DataFrame) -> DataFrame:
    """One row for each order that has a review with a proper score: the best score and a comment.

    A score is one character, 1 to 5. What is longer comes from rows that went wrong upstream.
    """
    comment = F.col("review_comment_message")
    # Sorts the best score first; among equals the longest comment, then the first by name.
    rank = F.struct(
        -F.col("review_score"), -F.coalesce(F.length(comment), F.lit(0)), comment.alias("comment")
    )
    return (
        order_reviews.where(F.length("review_score") == 1)
        .select(
            "order_id",
            F.col("review_score").cast("int").alias("review_score"),
            filled("review_comment_message"),
        )
        .where(F.col("review_score").isNotNull())
        .groupBy("order_id")
        .agg(
            F.max("review_score").alias("review_score_best"),
            F.min_by("review_comment_message", rank).alias("review_comment"),
        )
    )


def build_orders_table(tables: Mapping[str, DataFrame]) -> DataFrame:
    """The result, from the source tables by name.

    An order without items is left out. One without customer, payments or review stays.
    """
    orders = transform_orders(tables["orders"])
    items = transform_order_items(tables["order_items"])
    customers = transform_customers(tables["customers"])
    payments = transform_order_payments(tables["order_payments"])
    reviews = transform_order_reviews(tables["order_reviews"])
    return (
        orders.join(items, "order_id", "inner")
        .join(customers, "customer_id", "left")
        .join(payments, "order_id", "left")
        .join(reviews, "order_id", "left")
    )


def add_partition(frame: DataFrame, name: str, value: str) -> DataFrame:
    """``frame`` with the partition column behind the others, the same value in every row."""
    if name in frame.columns:
        raise ValueError(
            f"The partition column cannot be called '{name}': the result has a column of that name."
        )
    return frame.withColumn(name, F.lit(value))
