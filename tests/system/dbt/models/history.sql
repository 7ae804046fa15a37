-- What is new is appended.
{{ config(materialized='incremental', incremental_strategy='append', format='orc',
          on_schema_change='append_new_columns') }}
SELECT id, customer, ordered_on
{% if var('wider', false) %}, amount {% endif %}
FROM {{ ref('orders') }}
{% if is_incremental() %}
WHERE id > (SELECT max(id) FROM {{ this }})
{% endif %}
