-- What lies in a commune that was divided has no commune of today, but it has a former province: counted by it, so that the 63 add up to the 34.

alter table warehouse.figure_count add column old_province_code text not null default '';
alter table warehouse.figure_count drop constraint figure_count_pkey;
alter table warehouse.figure_count add primary key (entity, province_code, commune_code, old_province_code, figure);
comment on table warehouse.figure_count is
    'Số bản ghi của mỗi xã theo từng con số; mã xã để trống là không rõ. One row per entity, commune and figure, and where the commune is not known, former province.';
comment on column warehouse.figure_count.old_province_code is
    'Khi không rõ xã hiện nay: tỉnh trước 01/07/2025 của mã xã đã gửi; trống khi không rõ hoặc khi đã có xã';
