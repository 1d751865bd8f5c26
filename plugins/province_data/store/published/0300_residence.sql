-- Where a citizen lives: every residence that population states, not only the one that table person shows.

create table published.residence (
    province_code text not null,
    residence_key text not null,
    person_key text,
    residence_kind text,
    is_main boolean,
    start_date date,
    end_date date,
    commune_sent_code text,
    commune_edition text,
    commune_code text,
    commune_name text,
    commune_method text,
    source_updated_at timestamptz,
    primary key (province_code, residence_key)
) partition by list (province_code);
comment on table published.residence is 'Nơi cư trú của công dân theo dân cư, đã che định danh và địa chỉ. Residences as population states them; one row per citizen and kind of residence.';
comment on column published.residence.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.residence.residence_key is 'Khóa của nơi cư trú: công dân và loại cư trú';
comment on column published.residence.person_key is 'Khóa của công dân, nối với bảng person';
comment on column published.residence.residence_kind is 'Loại cư trú: permanent thường trú, temporary tạm trú, current nơi ở hiện tại';
comment on column published.residence.is_main is 'True khi là nơi cư trú ghi ở bảng person: thường trú, không có thì nơi ở hiện tại, không có thì tạm trú';
comment on column published.residence.start_date is 'Cư trú từ ngày, theo dân cư; trống khi nơi gửi không khai';
comment on column published.residence.end_date is 'Tạm trú đến ngày, theo dân cư; trống khi nơi gửi không khai hoặc không phải tạm trú';
comment on column published.residence.commune_sent_code is 'Mã xã như nơi gửi đã khai';
comment on column published.residence.commune_edition is 'Danh mục dùng để đọc mã đã khai: 2025 hoặc pre-2025';
comment on column published.residence.commune_code is 'Mã xã hiện nay; trống khi xã cũ bị chia mà chưa có căn cứ';
comment on column published.residence.commune_name is 'Tên xã hiện nay';
comment on column published.residence.commune_method is 'Cách chuyển đổi mã xã: same_edition, identity, rename, merge, split_by_evidence, split_unresolved, unknown';
comment on column published.residence.source_updated_at is 'Thời điểm thay đổi cuối tại nguồn';
call ops.split_by_province('published.residence');
call ops.protect('published.residence');

comment on column warehouse.build_state.is_grouped is
    'True khi một dòng gộp nhiều bản ghi (hộ) hoặc là một phần của bản ghi (nơi cư trú). True when a row is not one record.';
