-- How a rule that compares with population fares in each commune, kept through loads: figures of a commune and of a former province come from here.

create table quality.commune_result (
    dataset text not null,
    table_name text not null,
    rule_id text not null,
    province_code text not null,
    commune_code text not null,
    commune_edition text not null,
    evaluated bigint not null,
    failed bigint not null,
    primary key (dataset, table_name, rule_id, province_code, commune_code, commune_edition)
);
comment on table quality.commune_result is
    'Kết quả đối chiếu dân cư theo xã, theo điều tỉnh đang nêu. One row per rule, province, commune as sent and list of communes; an empty commune: no known code.';
comment on column quality.commune_result.commune_code is 'Mã xã như nơi gửi ghi; trống khi mã không có trong danh mục';
comment on column quality.commune_result.commune_edition is 'Danh mục của mã xã: pre-2025 hoặc 2025';
comment on column quality.commune_result.evaluated is 'Số bản ghi đang nêu mà quy tắc áp dụng, kể cả bản ghi bị giữ lại';
comment on column quality.commune_result.failed is 'Số bản ghi đang có lỗi theo quy tắc';

create table quality.finding_place (
    finding_id bigint primary key,
    commune_code text not null,
    commune_edition text not null
);
comment on table quality.finding_place is
    'Nơi của bản ghi có lỗi đối chiếu dân cư. One row per open finding of these rules: where its record lies, looked up once.';
