{#
  What we made is what was validated. After a build that followed the change: every publishable record it touched is in
  the table, and no row it made is without such a record. After a build from nothing: as many rows as publishable
  records, province by province, which costs one scan and no join.
#}
{% test holds_the_publishable_records(model, entity, stem) %}
{%- set since = checked_until(entity) %}
{% if since | int < 0 %}

with validated as (

    select province_code, count(*) as records
    from {{ source('validated', stem) }}
    where _held_by is null
    group by province_code

),

made as (

    select province_code, count(*) as records from {{ model }} group by province_code

)

select province_code, validated.records as validated_records, made.records as made_records
from validated
full join made using (province_code)
where validated.records is distinct from made.records

{% else %}

select record.province_code, record._load_id, 'lost' as defect
from {{ source('validated', stem) }} as record
where
    record._load_id > {{ since }}
    and record._held_by is null
    and not exists (
        select from {{ model }} as made
        where made.province_code = record.province_code and made._record_key = record._record_key and made._load_id = record._load_id
    )
union all
select made.province_code, made._load_id, 'unfounded'
from {{ model }} as made
where
    made._load_id > {{ since }}
    and not exists (
        select from {{ source('validated', stem) }} as record
        where record.province_code = made.province_code and record._record_key = made._record_key and record._held_by is null
    )

{% endif %}
{% endtest %}
