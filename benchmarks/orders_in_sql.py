# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sample job makes, written by hand in Spark SQL: what the job is measured against."""

from __future__ import annotations

import sys

from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession

ORDERS = """
WITH
o AS (SELECT DISTINCT order_id, customer_id, nullif(order_status, '') AS order_status,
        to_timestamp(nullif(order_purchase_timestamp, '')) AS bought,
        to_timestamp(nullif(order_approved_at, '')) AS approved,
        to_timestamp(nullif(order_delivered_carrier_date, '')) AS carried,
        to_timestamp(nullif(order_delivered_customer_date, '')) AS delivered,
        to_timestamp(nullif(order_estimated_delivery_date, '')) AS estimated
    FROM {source}.orders),
i AS (SELECT order_id, count(*) AS item_count, sum(price) AS price_sum, avg(price) AS price_avg,
        min(price) AS price_min, max(price) AS price_max, avg(freight) AS freight_avg,
        max(latest) AS latest
    FROM (SELECT DISTINCT order_id, order_item_id,
            CAST(nullif(price, '') AS decimal(18,2)) AS price,
            CAST(nullif(freight_value, '') AS decimal(18,2)) AS freight,
            to_timestamp(nullif(shipping_limit_date, '')) AS latest
        FROM {source}.order_items)
    GROUP BY order_id),
c AS (SELECT DISTINCT customer_id, nullif(customer_city, '') AS customer_city,
        nullif(customer_state, '') AS customer_state
    FROM {source}.customers),
p AS (SELECT order_id, payment_type, count(*) AS n, sum(amount) AS total, count(amount) AS amounts
    FROM (SELECT DISTINCT order_id, payment_sequential, nullif(payment_type, '') AS payment_type,
            CAST(nullif(payment_value, '') AS decimal(18,2)) AS amount
        FROM {source}.order_payments)
    GROUP BY order_id, payment_type),
q AS (SELECT order_id, sum(n) AS payment_count, sum(total) AS value_sum,
        sum(total) / sum(amounts) AS value_avg, count(payment_type) AS types,
        min_by(payment_type, CASE WHEN payment_type IS NOT NULL
            THEN struct(-n, payment_type) END) AS most_common
    FROM p GROUP BY order_id),
r AS (SELECT order_id, max(score) AS best,
        min_by(said, struct(-score, -coalesce(length(said), 0), said)) AS comment
    FROM (SELECT order_id, CAST(review_score AS int) AS score,
            nullif(review_comment_message, '') AS said
        FROM {source}.order_reviews WHERE length(review_score) = 1)
    WHERE score IS NOT NULL GROUP BY order_id)
SELECT o.*, year(bought), quarter(bought), month(bought), dayofmonth(bought), dayofweek(bought),
    dayofyear(bought), weekofyear(bought), i.item_count, i.price_sum,
    CAST(i.price_avg AS decimal(18,2)), i.price_min, i.price_max,
    CAST(i.freight_avg AS decimal(18,2)), i.latest, c.customer_city, c.customer_state,
    q.payment_count, q.value_sum, CAST(q.value_avg AS decimal(18,2)), q.types, q.most_common,
    r.best, r.comment
FROM o JOIN i USING (order_id) LEFT JOIN c USING (customer_id) LEFT JOIN q USING (order_id)
    LEFT JOIN r USING (order_id)
"""

options = getResolvedOptions(sys.argv, ["SOURCE_DB", "OUTPUT"])
spark = SparkSession.builder.getOrCreate()
result = spark.sql(ORDERS.format(source=options["SOURCE_DB"])).cache()
print(f"{result.count()} orders")
names = [f"c{number}" for number, dummy in enumerate(result.columns)]
result.toDF(*names).repartition(5).write.mode("overwrite").parquet(options["OUTPUT"])
