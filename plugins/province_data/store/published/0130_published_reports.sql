-- Small published tables beside the records: scores, indicators, freshness, code lists; and two views over living catalogues.

create table published.indicator (
    province_code text not null,
    indicator_id text not null,
    name_vi text,
    name_en text,
    numerator bigint,
    denominator bigint,
    value numeric(18,2),
    unit text,
    basis text,
    as_of date,
    primary key (province_code, indicator_id)
);
comment on table published.indicator is 'Chỉ số của tỉnh và cả nước (province_code 00): tử số, mẫu số, giá trị. Indicators; one row per province and indicator.';
comment on column published.indicator.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.indicator.indicator_id is 'Mã chỉ số';
comment on column published.indicator.name_vi is 'Tên chỉ số';
comment on column published.indicator.name_en is 'Tên tiếng Anh';
comment on column published.indicator.numerator is 'Tử số';
comment on column published.indicator.denominator is 'Mẫu số; trống khi chỉ số là một số đếm';
comment on column published.indicator.value is 'Giá trị: số đếm, hoặc tử số chia mẫu số nhân 100';
comment on column published.indicator.unit is 'Đơn vị: bản ghi hoặc %';
comment on column published.indicator.basis is 'Cách tính và căn cứ';
comment on column published.indicator.as_of is 'Tính tại ngày';
call ops.protect('published.indicator', with_country => true);

create table published.quality_score (
    province_code text not null,
    dataset text not null,
    dimension text not null,
    evaluated bigint,
    failed bigint,
    score numeric(6,2),
    batch_id text,
    as_of date,
    primary key (province_code, dataset, dimension)
);
comment on table published.quality_score is 'Điểm chất lượng gần nhất của mỗi bộ dữ liệu theo từng chiều. The latest quality score; one row per province, dataset and dimension.';
comment on column published.quality_score.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.quality_score.dataset is 'Bộ dữ liệu';
comment on column published.quality_score.dimension is 'Chiều chất lượng: correct, sufficient, clean, live, unified, shared';
comment on column published.quality_score.evaluated is 'Số lần kiểm tra áp dụng được';
comment on column published.quality_score.failed is 'Số lần không đạt';
comment on column published.quality_score.score is 'Điểm 0 đến 100; trống khi không có quy tắc nào áp dụng được';
comment on column published.quality_score.batch_id is 'Lô được chấm điểm';
comment on column published.quality_score.as_of is 'Ngày dữ liệu của lô';
call ops.protect('published.quality_score', with_country => true);

create table published.freshness (
    province_code text not null,
    dataset text not null,
    as_of date,
    received_at timestamptz,
    batch_id text,
    delivered bigint,
    published bigint,
    primary key (province_code, dataset)
);
comment on table published.freshness is 'Dữ liệu mới nhất của mỗi bộ dữ liệu đã công bố. How fresh the published state is; one row per province and dataset.';
comment on column published.freshness.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.freshness.dataset is 'Bộ dữ liệu';
comment on column published.freshness.as_of is 'Ngày dữ liệu của lô mới nhất đã công bố';
comment on column published.freshness.received_at is 'Thời điểm nhận lô';
comment on column published.freshness.batch_id is 'Lô mới nhất đã công bố';
comment on column published.freshness.delivered is 'Số bản ghi đã giao trong lô';
comment on column published.freshness.published is 'Số bản ghi đã công bố từ lô';
call ops.protect('published.freshness', with_country => true);

create table published.admin_unit (
    unit_id text not null,
    edition text,
    level text,
    code text,
    name text,
    type text,
    parent_code text,
    province_code text,
    valid_from date,
    valid_to date,
    became_codes text,
    legal_basis text,
    primary key (unit_id)
);
comment on table published.admin_unit is 'Đơn vị hành chính của hai danh mục, trước và từ 01/07/2025. Administrative units of both lists; one row per unit and form.';
comment on column published.admin_unit.unit_id is 'Khóa: danh mục, cấp, mã và loại';
comment on column published.admin_unit.edition is 'Danh mục: pre-2025 (63 tỉnh) hoặc 2025 (34 tỉnh)';
comment on column published.admin_unit.level is 'Cấp: province, district, commune';
comment on column published.admin_unit.code is 'Mã đơn vị';
comment on column published.admin_unit.name is 'Tên đầy đủ kèm loại đơn vị';
comment on column published.admin_unit.type is 'Loại đơn vị';
comment on column published.admin_unit.parent_code is 'Mã đơn vị cấp trên';
comment on column published.admin_unit.province_code is 'Mã tỉnh trong cùng danh mục';
comment on column published.admin_unit.valid_from is 'Có hiệu lực từ ngày';
comment on column published.admin_unit.valid_to is 'Hết hiệu lực từ ngày; trống là còn hiệu lực';
comment on column published.admin_unit.became_codes is 'Với xã cũ: mã xã mới nhận địa bàn, cách nhau bằng dấu cách';
comment on column published.admin_unit.legal_basis is 'Căn cứ pháp lý';
call ops.protect('published.admin_unit', is_public => true);

-- What a province must mend: its own open and closed findings. The view runs with the reader's rights, so the table's policies hold.
call ops.protect('quality.finding');
create view published.my_findings with (security_invoker = true, security_barrier = true) as
select finding_id, dataset, table_name, rule_id, dimension, severity, province_code, record_key, field, batch_id, row_number, status,
    first_seen_at, last_seen_at, resolved_at
from quality.finding;
alter view published.my_findings owner to province_data_owner;
comment on view published.my_findings is 'Bản ghi của tỉnh vi phạm quy tắc, đến khi xử lý xong. Findings on the province''s own records; one row per record and rule.';

-- What every column means, read from the catalogue itself: never out of date.
create view published.data_dictionary with (security_invoker = true, security_barrier = true) as
select
    c.relname::text as table_name,
    a.attnum::integer as position,
    a.attname::text as column_name,
    format_type(a.atttypid, a.atttypmod) as data_type,
    col_description(c.oid, a.attnum) as description,
    obj_description(c.oid, 'pg_class') as table_description
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'published' and c.relkind in ('r', 'p', 'v') and not c.relispartition;
alter view published.data_dictionary owner to province_data_owner;
comment on view published.data_dictionary is 'Ý nghĩa của mọi cột được công bố. One row per published table and column.';

grant usage on schema published, quality to province_read, central_read;
grant usage on schema quality to province_data_owner;
grant select on published.my_findings, published.data_dictionary to province_read, central_read;

-- The auditor reads the ledgers, never the records.
create policy auditor on quality.finding for select to auditor using (true);
grant usage on schema ops, quality to auditor;
grant select on quality.finding, quality.rule, quality.rule_result, quality.score, quality.coverage to auditor;
grant select on ops.load, ops.batch, ops.batch_table, ops.delivery, ops.unreadable, ops.step, ops.lease, ops.publication, ops.publication_table,
    ops.published_state, ops.migration to auditor;
