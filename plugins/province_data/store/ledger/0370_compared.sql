-- What the rules that compare a delivery with the one before need to know of the one before (DLV-006, TAX-021, TAX-039).

create table quality.delivered (
    batch_id text not null references ops.batch on delete cascade,
    table_name text not null,
    field text not null,
    value text not null default '',
    records bigint,
    newest timestamptz,
    primary key (batch_id, table_name, field, value)
);
comment on table quality.delivered is
    'Số bản ghi theo mã của một cột, hoặc thời điểm cập nhật mới nhất, sau mỗi lô được nhận. One row per batch, column and code.';
comment on column quality.delivered.value is 'Mã trong danh mục; trống với thời điểm cập nhật';
comment on column quality.delivered.records is 'Số bản ghi tỉnh đang nêu mang mã này';
comment on column quality.delivered.newest is 'Thời điểm cập nhật mới nhất mà lô đã nêu';

grant select on quality.delivered to auditor;
