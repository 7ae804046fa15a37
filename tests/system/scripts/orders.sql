-- The job's result once more, in DuckDB's SQL over the sample files: one row for each order that has items.
-- Written from the description of the columns, not from the job. Averages are in whole cents, rounded half up:
-- DuckDB's own average of decimals is a floating point number.
WITH
o AS (SELECT DISTINCT * FROM read_csv('$DATA/orders/*.csv', header = true, all_varchar = true)),
i AS (
    SELECT DISTINCT order_id, order_item_id, nullif(trim(price), '')::DECIMAL(18, 2) AS price,
        nullif(trim(freight_value), '')::DECIMAL(18, 2) AS freight,
        nullif(trim(shipping_limit_date), '')::TIMESTAMP AS shipping_limit
    FROM read_csv('$DATA/order_items/*.csv', header = true, all_varchar = true)
),
c AS (
    SELECT DISTINCT customer_id, nullif(trim(customer_city), '') AS city, nullif(trim(customer_state), '') AS state
    FROM read_csv('$DATA/customers/*.csv', header = true, all_varchar = true)
),
p AS (
    SELECT DISTINCT order_id, payment_sequential, nullif(trim(payment_type), '') AS kind,
        nullif(trim(payment_value), '')::DECIMAL(18, 2) AS amount
    FROM read_csv('$DATA/order_payments/*.csv', header = true, all_varchar = true)
),
r AS (
    SELECT order_id, review_score::INT AS score, nullif(trim(review_comment_message), '') AS said
    FROM read_csv('$DATA/order_reviews/*.csv', header = true, all_varchar = true)
    WHERE regexp_full_match(review_score, '[0-9]')
),
item_facts AS (
    SELECT order_id, count(*) AS n, sum(price) AS total, count(price) AS prices, min(price) AS least, max(price) AS most,
        sum(freight) AS freight, count(freight) AS freights, max(shipping_limit) AS latest
    FROM i GROUP BY order_id
),
payment_facts AS (
    SELECT order_id, count(*) AS n, sum(amount) AS total, count(amount) AS amounts, count(DISTINCT kind) AS kinds
    FROM p GROUP BY order_id
),
favourite AS (
    SELECT order_id, kind
    FROM (SELECT order_id, kind, count(*) AS n FROM p WHERE kind IS NOT NULL GROUP BY ALL)
    QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY n DESC, kind) = 1
),
review AS (
    SELECT order_id, score, said FROM r
    QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY score DESC, coalesce(length(said), 0) DESC, said) = 1
)
SELECT o.order_id, o.customer_id, nullif(trim(o.order_status), ''),
    nullif(trim(o.order_purchase_timestamp), '')::TIMESTAMP AS bought,
    nullif(trim(o.order_approved_at), '')::TIMESTAMP, nullif(trim(o.order_delivered_carrier_date), '')::TIMESTAMP,
    nullif(trim(o.order_delivered_customer_date), '')::TIMESTAMP, nullif(trim(o.order_estimated_delivery_date), '')::TIMESTAMP,
    year(bought), quarter(bought), month(bought), day(bought), dayofweek(bought) + 1, dayofyear(bought), weekofyear(bought),
    item_facts.n, item_facts.total, (2 * (item_facts.total * 100)::BIGINT + prices) // (2 * prices) / 100, item_facts.least, item_facts.most, (2 * (freight * 100)::BIGINT + freights) // (2 * freights) / 100,
    item_facts.latest, c.city, c.state,
    payment_facts.n, payment_facts.total, (2 * (payment_facts.total * 100)::BIGINT + amounts) // (2 * amounts) / 100, payment_facts.kinds, favourite.kind,
    review.score, review.said
FROM o JOIN item_facts USING (order_id) LEFT JOIN c USING (customer_id) LEFT JOIN payment_facts USING (order_id)
    LEFT JOIN favourite USING (order_id) LEFT JOIN review USING (order_id)
ORDER BY o.order_id
