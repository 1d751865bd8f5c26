{{ config(
    meta={'entity': 'taxpayer', 'dataset': 'tax', 'table': 'taxpayer'},
    indexes=[{'columns': ['province_code', '_record_key'], 'unique': true}, {'columns': ['_load_id', 'province_code']}],
) }}

with taxpayer as (

    select * from {{ ref('stg_tax__taxpayer') }}

)

select
    taxpayer.province_code,
    taxpayer.tax_code,
    taxpayer.old_tax_code,
    taxpayer.taxpayer_kind,
    taxpayer.taxpayer_name,
    taxpayer.owner_id,
    taxpayer.rep_id,
    taxpayer.status,
    taxpayer.status_reason,
    taxpayer.status_date,
    taxpayer.issue_date,
    taxpayer.start_date,
    taxpayer.end_date,
    taxpayer.tax_office,
    taxpayer.parent_code,
    taxpayer.business_reg_no,
    {{ commune_columns('taxpayer') }},
    taxpayer.source_updated_at,
    taxpayer._record_key,
    taxpayer._batch_id,
    taxpayer._load_id
from taxpayer
{{ read_commune('taxpayer') }}
{{ only_touched('taxpayer', 'taxpayer') }}
