-- The partitions that a run touches are written anew.
{{ config(materialized='incremental', incremental_strategy='insert_overwrite',
          partitioned_by=['month'], format='parquet') }}
SELECT customer, count(*) AS orders, month
FROM {{ ref('orders') }}
GROUP BY customer, month
