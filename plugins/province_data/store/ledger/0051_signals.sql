-- Signals that a score may be made to look better than the data is. They change no score; a person looks at them.

create table quality.column_profile (
    batch_id text not null,
    table_name text not null,
    field text not null,
    top_share real not null,
    empty_share real not null,
    is_varied boolean not null,
    primary key (batch_id, table_name, field)
);
comment on table quality.column_profile is
    'Tỷ trọng của giá trị hay gặp nhất trong một cột của lô, ước lượng từ mẫu; không có giá trị nào. One row per batch and column.';
comment on column quality.column_profile.is_varied is 'Cột có nhiều giá trị khác nhau, nên nhiều bản sửa giống hệt là bất thường';

create table quality.signal (
    load_id bigint not null references ops.load,
    dataset text not null,
    province_code text not null,
    table_name text not null,
    kind text not null check (kind in ('default_value', 'vanished', 'same_correction')),
    rule_id text not null default '',
    field text not null default '',
    records bigint not null,
    of_records bigint not null,
    share_before real,
    seen_at timestamptz not null,
    primary key (load_id, dataset, province_code, table_name, kind, rule_id, field)
);
comment on table quality.signal is
    'Dấu hiệu cần người xem: giá trị mặc định, xóa để đạt, sửa hàng loạt giống nhau; không đổi điểm nào. One row per load and sign.';
comment on column quality.signal.records is 'Số bản ghi mang dấu hiệu';
comment on column quality.signal.of_records is 'Trong số bao nhiêu bản ghi';
comment on column quality.signal.share_before is 'Tỷ trọng ở lô trước, với giá trị mặc định';

grant select on quality.signal, quality.column_profile to auditor;
