-- A table, in buckets and with comments.
{{ config(materialized='table', format='parquet', write_compression='snappy',
          bucketed_by=['customer'], bucket_count=2) }}
SELECT customer, count(*) AS orders, sum(amount) AS amount
FROM {{ ref('orders') }}
GROUP BY customer
