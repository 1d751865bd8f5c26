{#
  Rows made by following the change that name a record of their province which the other table does not hold. A build
  from nothing is not looked at: it brings no news, and the rules between tables have judged every record already.
#}
{% test refers_to_a_record(model, column_name, entity, to) %}
{%- set since = checked_until(entity) %}

select referring.province_code, referring._load_id
from {{ model }} as referring
where
    referring._load_id > {{ since }}
    and {{ since }} >= 0
    and referring.{{ column_name }} is not null
    and not exists (
        select from {{ to }} as named
        where named.province_code = referring.province_code and named._record_key = referring.{{ column_name }}
    )

{% endtest %}
