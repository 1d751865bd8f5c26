-- Figures of each commune, kept up to date by the build with what left and what came, so that counting indicators follows the change.

create table warehouse.figure_count (
    entity text not null,
    province_code text not null,
    commune_code text not null,
    figure text not null,
    records bigint not null,
    primary key (entity, province_code, commune_code, figure)
);
comment on table warehouse.figure_count is
    'Số bản ghi của mỗi xã theo từng con số; mã xã để trống là không rõ. One row per entity, commune and figure; the commune is empty when not known.';

create table warehouse.counted_month (
    month date not null,
    only_one boolean primary key default true check (only_one)
);
insert into warehouse.counted_month values (date_trunc('month', current_date));
comment on table warehouse.counted_month is
    'Tuổi và hạn thẻ được tính đến ngày đầu của tháng nào. One row: the month as of whose first day ages and expiry dates are counted.';
