-- Who is meant by whom: every person a record outside population names, and the citizen of population that is.

create table warehouse.person_link (
    source text collate "C" not null,
    province_code text collate "C" not null,
    record_key text collate "C" not null,
    role text collate "C" not null,
    number text collate "C",
    person_id text collate "C",
    person_province_code text collate "C",
    grade text collate "C",
    method text collate "C" not null,
    name_match text collate "C",
    date_match text collate "C"
) partition by list (source);
comment on table warehouse.person_link is 'Người mà bản ghi nêu tên là công dân nào trong dân cư. One row per record and person it names.';
comment on column warehouse.person_link.source is 'Bộ dữ liệu và bảng của bản ghi';
comment on column warehouse.person_link.role is 'Vai trò của người trong bản ghi';
comment on column warehouse.person_link.number is 'Số giấy tờ như đã khai';
comment on column warehouse.person_link.person_id is 'Số định danh của công dân được liên kết; trống khi chưa liên kết hoặc mâu thuẫn (hạng E)';
comment on column warehouse.person_link.grade is 'A đã xác minh, B có thể đúng, C qua số CMND cũ, E mâu thuẫn; trống khi chưa liên kết';
comment on column warehouse.person_link.method is 'number, old_number, unknown_number, no_number';
comment on column warehouse.person_link.name_match is 'Họ tên khớp đến đâu: equal, tone, swapped, middle, letter, close, other';
comment on column warehouse.person_link.date_match is 'Ngày sinh khớp đến đâu: equal, partial, swapped, near, other';
create index on warehouse.person_link (province_code, record_key);
create index on warehouse.person_link (number);
create index on warehouse.person_link (person_id) where grade = 'C';

create table warehouse.person_twin (
    province_code text collate "C" not null,
    record_key text collate "C" not null,
    personal_id text collate "C" not null,
    primary key (province_code, record_key)
);
comment on table warehouse.person_twin is 'Bản ghi dân cư có số định danh đã có ở bản ghi khác; liên kết dùng bản ghi kia. One row per record of population that stands back behind another of the same number.';

create table warehouse.link_state (
    source text primary key,
    load_id bigint not null,
    registry_load_id bigint not null,
    declared text not null
);
comment on table warehouse.link_state is 'Liên kết đã tính đến lượt nạp nào và theo khai báo nào. One row per linked table.';
