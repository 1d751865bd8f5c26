-- Records that name a citizen by a former nine-digit number (grade C): population lists that number for one person of that name and year of
-- birth. They have no holder, owner or subject key to join on, so they stand in a table of their own, beside the rows of the citizen.
-- Only citizens of the record's own province: what leads to another province's citizen is no row here.

create table warehouse.link_change (
    source text not null,
    province_code text,
    record_key text
);
comment on table warehouse.link_change is
    'Bản ghi có liên kết hạng C vừa đổi, để lần công bố biết; để trống khóa là cả bảng. One row per record whose links by a former number changed; no key means all of the table.';
revoke all on warehouse.link_change from public;
-- What is linked already was never shown.
insert into warehouse.link_change select source from warehouse.link_state;

create table published.old_number_link (
    province_code text not null,
    link_key text not null,
    dataset text,
    table_name text,
    record_key text,
    role text,
    person_key text,
    primary key (province_code, link_key)
) partition by list (province_code);
comment on table published.old_number_link is
    'Bản ghi nêu một công dân bằng số CMND cũ (hạng C). Records that name a citizen by a former number; one row per record and person it names.';
comment on column published.old_number_link.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.old_number_link.link_key is 'Khóa của liên kết: bản ghi và vai trò';
comment on column published.old_number_link.dataset is 'Bộ dữ liệu của bản ghi: land, civil_status, tax';
comment on column published.old_number_link.table_name is 'Bảng của bản ghi như trong quality_score, my_findings';
comment on column published.old_number_link.record_key is 'Khóa của bản ghi trong bảng đã công bố: right_key, event_key, taxpayer_key';
comment on column published.old_number_link.role is 'Vai trò của người trong bản ghi: holder, subject, owner…';
comment on column published.old_number_link.person_key is 'Khóa của công dân có số CMND ấy trong dân cư, nối với bảng person';
create index on published.old_number_link (province_code, person_key);
create index on published.old_number_link (province_code, record_key);
call ops.split_by_province('published.old_number_link');
call ops.protect('published.old_number_link');
call ops.keep_history('old_number_link');
