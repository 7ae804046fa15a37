-- A view.
{{ config(materialized='view') }}
SELECT id, customer, amount, ordered_on, date_format(ordered_on, '%Y-%m') AS month
FROM {{ ref('raw_orders') }}
WHERE ordered_on <= DATE '{{ var("until") }}'
