-- To how many records of a commune each rule over single records applies, kept through batches of changes: scores say the commune's state.

create table quality.commune_tested (
    dataset text not null,
    province_code text not null,
    stem text not null,
    commune_code text not null,
    rule_id text not null,
    evaluated bigint not null,
    primary key (dataset, province_code, stem, commune_code, rule_id)
);
comment on table quality.commune_tested is
    'Số bản ghi của xã mà mỗi quy tắc áp dụng, theo điều tỉnh đang nêu. One row per table, commune and rule that applies to a record; an empty commune: no known code.';
comment on column quality.commune_tested.stem is 'Bộ dữ liệu và bảng, nối bằng hai dấu gạch dưới';
comment on column quality.commune_tested.evaluated is 'Số bản ghi đang nêu mà quy tắc áp dụng, kể cả bản ghi bị trả lại';
