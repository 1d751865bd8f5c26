-- The published tables: what provinces read. Names of citizens, addresses, telephone numbers and clear identifiers are not here;
-- every *_key is a keyed hash. Rows are written by the publish step only, in one transaction.

create table published.person (
    province_code text not null,
    person_key text not null,
    personal_id_masked text,
    birth_year integer,
    sex text,
    nationality text,
    residence_kind text,
    commune_code text,
    commune_name text,
    old_commune_code text,
    commune_method text,
    household_key text,
    relation_to_head text,
    marital_status text,
    has_card boolean,
    card_expiry_date date,
    life_status text,
    death_year integer,
    source_updated_at timestamptz,
    quality_flag text,
    primary key (province_code, person_key)
) partition by list (province_code);
comment on table published.person is 'Công dân của tỉnh, đã che định danh. Citizens, identifiers masked; one row per citizen of a province.';
comment on column published.person.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.person.person_key is 'Khóa thay cho số định danh, dùng để nối các bảng';
comment on column published.person.personal_id_masked is 'Số định danh đã che, chỉ thấy ba số cuối';
comment on column published.person.birth_year is 'Năm sinh';
comment on column published.person.sex is 'Giới tính (1 nam, 2 nữ)';
comment on column published.person.nationality is 'Quốc tịch (ISO 3166 alpha-3)';
comment on column published.person.residence_kind is 'Loại cư trú cho mã xã: permanent, current, temporary';
comment on column published.person.commune_code is 'Mã xã hiện nay; trống khi xã cũ bị chia mà chưa có căn cứ';
comment on column published.person.commune_name is 'Tên xã hiện nay';
comment on column published.person.old_commune_code is 'Mã xã trước 01/07/2025, nếu nơi gửi khai mã cũ';
comment on column published.person.commune_method is 'Cách chuyển đổi mã xã: same_edition, identity, merge, split_unresolved, unknown';
comment on column published.person.household_key is 'Khóa của hộ, nối với bảng household';
comment on column published.person.relation_to_head is 'Quan hệ với chủ hộ (00 chủ hộ)';
comment on column published.person.marital_status is 'Tình trạng hôn nhân';
comment on column published.person.has_card is 'Đã được cấp thẻ căn cước';
comment on column published.person.card_expiry_date is 'Ngày hết hạn thẻ (9999-12-31 là không thời hạn)';
comment on column published.person.life_status is 'Tình trạng (1 sống, 2 chết, 3 mất tích)';
comment on column published.person.death_year is 'Năm chết';
comment on column published.person.source_updated_at is 'Thời điểm thay đổi cuối tại nguồn';
comment on column published.person.quality_flag is 'Mã các quy tắc cảnh báo đang mở, cách nhau bằng dấu cách';
create index on published.person (province_code) where quality_flag is not null;
call ops.split_by_province('published.person');
call ops.protect('published.person');

create table published.household (
    province_code text not null,
    household_key text not null,
    household_no text,
    head_key text,
    head_state text,
    member_count integer,
    living_count integer,
    male_count integer,
    female_count integer,
    commune_code text,
    commune_name text,
    source_updated_at timestamptz,
    quality_flag text,
    primary key (province_code, household_key)
) partition by list (province_code);
comment on table published.household is 'Hộ của tỉnh. Households; one row per household of a province.';
comment on column published.household.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.household.household_key is 'Khóa của hộ';
comment on column published.household.household_no is 'Số hộ';
comment on column published.household.head_key is 'Khóa của chủ hộ, nối với person_key';
comment on column published.household.head_state is 'Chủ hộ: one (đúng một), none (không có), several (nhiều hơn một)';
comment on column published.household.member_count is 'Số thành viên';
comment on column published.household.living_count is 'Số thành viên còn sống';
comment on column published.household.male_count is 'Số thành viên nam còn sống';
comment on column published.household.female_count is 'Số thành viên nữ còn sống';
comment on column published.household.commune_code is 'Mã xã hiện nay của chủ hộ, nếu không có thì của thành viên';
comment on column published.household.commune_name is 'Tên xã hiện nay';
comment on column published.household.source_updated_at is 'Thời điểm thay đổi cuối tại nguồn';
comment on column published.household.quality_flag is 'Mã các quy tắc cảnh báo đang mở, cách nhau bằng dấu cách';
create index on published.household (province_code) where quality_flag is not null;
call ops.split_by_province('published.household');
call ops.protect('published.household');

create table published.land_parcel (
    province_code text not null,
    parcel_key text not null,
    parcel_code text,
    map_sheet_no integer,
    parcel_no integer,
    area_m2 numeric(14,2),
    legal_area_m2 numeric(14,2),
    land_type text,
    origin text,
    use_form text,
    term_kind text,
    term_end date,
    lat double precision,
    lon double precision,
    class_group text,
    verification_state text,
    commune_code text,
    commune_name text,
    old_commune_code text,
    old_commune_name text,
    commune_method text,
    source_updated_at timestamptz,
    quality_flag text,
    primary key (province_code, parcel_key)
) partition by list (province_code);
comment on table published.land_parcel is 'Thửa đất hiện hành của tỉnh. Current land parcels; one row per parcel.';
comment on column published.land_parcel.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.land_parcel.parcel_key is 'Khóa của thửa đất, dùng để nối các bảng';
comment on column published.land_parcel.parcel_code is 'Mã định danh thửa đất (12 ký tự)';
comment on column published.land_parcel.map_sheet_no is 'Số tờ bản đồ';
comment on column published.land_parcel.parcel_no is 'Số thửa';
comment on column published.land_parcel.area_m2 is 'Diện tích đo (m²)';
comment on column published.land_parcel.legal_area_m2 is 'Diện tích pháp lý (m²)';
comment on column published.land_parcel.land_type is 'Mã loại đất';
comment on column published.land_parcel.origin is 'Nguồn gốc sử dụng đất';
comment on column published.land_parcel.use_form is 'Hình thức sử dụng (C chung, R riêng)';
comment on column published.land_parcel.term_kind is 'Thời hạn sử dụng (LD lâu dài, CT có thời hạn)';
comment on column published.land_parcel.term_end is 'Ngày hết hạn sử dụng';
comment on column published.land_parcel.lat is 'Vĩ độ (WGS84)';
comment on column published.land_parcel.lon is 'Kinh độ (WGS84)';
comment on column published.land_parcel.class_group is 'Nhóm phân loại chiến dịch (1, 2, 3; trống là chưa phân loại)';
comment on column published.land_parcel.verification_state is 'Lý do chưa làm sạch được (TC, VM, TR, MG, CT)';
comment on column published.land_parcel.commune_code is 'Mã xã hiện nay; trống khi xã cũ bị chia mà chưa có căn cứ';
comment on column published.land_parcel.commune_name is 'Tên xã hiện nay';
comment on column published.land_parcel.old_commune_code is 'Mã xã trước 01/07/2025';
comment on column published.land_parcel.old_commune_name is 'Tên xã trước 01/07/2025';
comment on column published.land_parcel.commune_method is 'Cách chuyển đổi mã xã: same_edition, identity, merge, split_unresolved, unknown';
comment on column published.land_parcel.source_updated_at is 'Thời điểm thay đổi cuối tại nguồn';
comment on column published.land_parcel.quality_flag is 'Mã các quy tắc cảnh báo đang mở, cách nhau bằng dấu cách';
create index on published.land_parcel (province_code) where quality_flag is not null;
call ops.split_by_province('published.land_parcel');
call ops.protect('published.land_parcel');

create table published.land_right (
    province_code text not null,
    right_key text not null,
    parcel_key text,
    parcel_code text,
    certificate_serial text,
    book_no text,
    issue_date date,
    cert_state text,
    holder_kind text,
    holder_role text,
    organisation_name text,
    holder_key text,
    id_type text,
    id_no_masked text,
    holder_birth_year integer,
    holder_sex text,
    commune_code text,
    commune_name text,
    old_commune_code text,
    commune_method text,
    source_updated_at timestamptz,
    quality_flag text,
    primary key (province_code, right_key)
) partition by list (province_code);
comment on table published.land_right is 'Quyền sử dụng đất của tỉnh, đã che định danh. Land-use rights, identifiers masked; one row per parcel, certificate and holder.';
comment on column published.land_right.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.land_right.right_key is 'Khóa của quyền sử dụng đất';
comment on column published.land_right.parcel_key is 'Khóa của thửa đất, nối với bảng land_parcel';
comment on column published.land_right.parcel_code is 'Mã định danh thửa đất';
comment on column published.land_right.certificate_serial is 'Số phát hành giấy chứng nhận';
comment on column published.land_right.book_no is 'Số vào sổ cấp giấy chứng nhận';
comment on column published.land_right.issue_date is 'Ngày cấp giấy chứng nhận';
comment on column published.land_right.cert_state is 'Trạng thái giấy chứng nhận (1 có hiệu lực, 2 thu hồi, 3 đã đổi)';
comment on column published.land_right.holder_kind is 'Loại chủ sử dụng (CN cá nhân, VC vợ chồng, HGD hộ gia đình, TC tổ chức, CD cộng đồng)';
comment on column published.land_right.holder_role is 'Vai trò (C chủ, V vợ, CH chồng, DD đại diện)';
comment on column published.land_right.organisation_name is 'Tên tổ chức hoặc cộng đồng; trống với cá nhân';
comment on column published.land_right.holder_key is 'Khóa của chủ sử dụng có căn cước, nối với person_key';
comment on column published.land_right.id_type is 'Loại giấy tờ (CCCD, CMND, MST, HC)';
comment on column published.land_right.id_no_masked is 'Số giấy tờ đã che, chỉ thấy ba ký tự cuối';
comment on column published.land_right.holder_birth_year is 'Năm sinh của chủ sử dụng';
comment on column published.land_right.holder_sex is 'Giới tính chủ sử dụng';
comment on column published.land_right.commune_code is 'Mã xã hiện nay; trống khi xã cũ bị chia mà chưa có căn cứ';
comment on column published.land_right.commune_name is 'Tên xã hiện nay';
comment on column published.land_right.old_commune_code is 'Mã xã trước 01/07/2025, nếu nơi gửi khai mã cũ';
comment on column published.land_right.commune_method is 'Cách chuyển đổi mã xã: same_edition, identity, merge, split_unresolved, unknown';
comment on column published.land_right.source_updated_at is 'Thời điểm thay đổi cuối tại nguồn';
comment on column published.land_right.quality_flag is 'Mã các quy tắc cảnh báo đang mở, cách nhau bằng dấu cách';
create index on published.land_right (province_code) where quality_flag is not null;
call ops.split_by_province('published.land_right');
call ops.protect('published.land_right');

create table published.civil_event (
    province_code text not null,
    event_key text not null,
    event_kind text,
    reg_year integer,
    book_no text,
    reg_no text,
    reg_date date,
    reg_type text,
    event_year integer,
    subject_key text,
    subject_birth_year integer,
    subject_sex text,
    spouse_key text,
    father_key text,
    mother_key text,
    commune_code text,
    commune_name text,
    old_commune_code text,
    commune_method text,
    source_updated_at timestamptz,
    quality_flag text,
    primary key (province_code, event_key)
) partition by list (province_code);
comment on table published.civil_event is 'Sự kiện hộ tịch của tỉnh, đã che định danh. Civil-status events, identifiers masked; one row per event.';
comment on column published.civil_event.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.civil_event.event_key is 'Khóa của sự kiện';
comment on column published.civil_event.event_kind is 'Loại sự kiện (KS khai sinh, KT khai tử, KH kết hôn, LH ly hôn, CN nhận con nuôi, GH giám hộ, NC nhận cha mẹ con, TD thay đổi)';
comment on column published.civil_event.reg_year is 'Năm đăng ký';
comment on column published.civil_event.book_no is 'Quyển sổ';
comment on column published.civil_event.reg_no is 'Số đăng ký';
comment on column published.civil_event.reg_date is 'Ngày đăng ký';
comment on column published.civil_event.reg_type is 'Loại đăng ký (1 đúng hạn, 2 quá hạn, 3 đăng ký lại)';
comment on column published.civil_event.event_year is 'Năm xảy ra sự kiện';
comment on column published.civil_event.subject_key is 'Khóa người được đăng ký, nối với person_key';
comment on column published.civil_event.subject_birth_year is 'Năm sinh người được đăng ký';
comment on column published.civil_event.subject_sex is 'Giới tính người được đăng ký';
comment on column published.civil_event.spouse_key is 'Khóa của vợ, nối với person_key';
comment on column published.civil_event.father_key is 'Khóa của cha, nối với person_key';
comment on column published.civil_event.mother_key is 'Khóa của mẹ, nối với person_key';
comment on column published.civil_event.commune_code is 'Mã xã hiện nay; trống khi xã cũ bị chia mà chưa có căn cứ';
comment on column published.civil_event.commune_name is 'Tên xã hiện nay';
comment on column published.civil_event.old_commune_code is 'Mã xã trước 01/07/2025, nếu nơi gửi khai mã cũ';
comment on column published.civil_event.commune_method is 'Cách chuyển đổi mã xã: same_edition, identity, merge, split_unresolved, unknown';
comment on column published.civil_event.source_updated_at is 'Thời điểm thay đổi cuối tại nguồn';
comment on column published.civil_event.quality_flag is 'Mã các quy tắc cảnh báo đang mở, cách nhau bằng dấu cách';
create index on published.civil_event (province_code) where quality_flag is not null;
call ops.split_by_province('published.civil_event');
call ops.protect('published.civil_event');

create table published.taxpayer (
    province_code text not null,
    taxpayer_key text not null,
    tax_code_masked text,
    taxpayer_kind text,
    organisation_name text,
    owner_key text,
    rep_key text,
    parent_key text,
    status text,
    status_reason text,
    status_date date,
    issue_date date,
    start_date date,
    end_date date,
    tax_office text,
    commune_code text,
    commune_name text,
    old_commune_code text,
    commune_method text,
    source_updated_at timestamptz,
    quality_flag text,
    primary key (province_code, taxpayer_key)
) partition by list (province_code);
comment on table published.taxpayer is 'Người nộp thuế của tỉnh, đã che định danh cá nhân. Taxpayers, personal identifiers masked; one row per tax code.';
comment on column published.taxpayer.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.taxpayer.taxpayer_key is 'Khóa của người nộp thuế';
comment on column published.taxpayer.tax_code_masked is 'Mã số thuế; của cá nhân và hộ kinh doanh chỉ thấy ba số cuối';
comment on column published.taxpayer.taxpayer_kind is 'Loại (1 cá nhân, 2 hộ kinh doanh, 3 doanh nghiệp, 4 đơn vị phụ thuộc, 5 tổ chức khác)';
comment on column published.taxpayer.organisation_name is 'Tên tổ chức; trống với cá nhân và hộ kinh doanh';
comment on column published.taxpayer.owner_key is 'Khóa của cá nhân hoặc chủ hộ kinh doanh, nối với person_key';
comment on column published.taxpayer.rep_key is 'Khóa người đại diện theo pháp luật, nối với person_key';
comment on column published.taxpayer.parent_key is 'Khóa đơn vị chủ quản, nối với taxpayer_key';
comment on column published.taxpayer.status is 'Trạng thái mã số thuế';
comment on column published.taxpayer.status_reason is 'Lý do của trạng thái';
comment on column published.taxpayer.status_date is 'Ngày của trạng thái';
comment on column published.taxpayer.issue_date is 'Ngày cấp mã số thuế';
comment on column published.taxpayer.start_date is 'Ngày bắt đầu hoạt động';
comment on column published.taxpayer.end_date is 'Ngày chấm dứt';
comment on column published.taxpayer.tax_office is 'Mã cơ quan thuế quản lý';
comment on column published.taxpayer.commune_code is 'Mã xã hiện nay; trống khi xã cũ bị chia mà chưa có căn cứ';
comment on column published.taxpayer.commune_name is 'Tên xã hiện nay';
comment on column published.taxpayer.old_commune_code is 'Mã xã trước 01/07/2025, nếu nơi gửi khai mã cũ';
comment on column published.taxpayer.commune_method is 'Cách chuyển đổi mã xã: same_edition, identity, merge, split_unresolved, unknown';
comment on column published.taxpayer.source_updated_at is 'Thời điểm thay đổi cuối tại nguồn';
comment on column published.taxpayer.quality_flag is 'Mã các quy tắc cảnh báo đang mở, cách nhau bằng dấu cách';
create index on published.taxpayer (province_code) where quality_flag is not null;
call ops.split_by_province('published.taxpayer');
call ops.protect('published.taxpayer');

create table published.land_tax (
    province_code text not null,
    land_tax_key text not null,
    taxpayer_key text,
    parcel_key text,
    parcel_ref text,
    tax_year integer,
    area_m2 numeric(14,2),
    land_type text,
    amount_vnd bigint,
    paid_vnd bigint,
    source_updated_at timestamptz,
    quality_flag text,
    primary key (province_code, land_tax_key)
) partition by list (province_code);
comment on table published.land_tax is 'Thuế sử dụng đất phi nông nghiệp của tỉnh. Non-agricultural land tax; one row per parcel, payer and year.';
comment on column published.land_tax.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.land_tax.land_tax_key is 'Khóa của khoản thuế';
comment on column published.land_tax.taxpayer_key is 'Khóa của người nộp, nối với bảng taxpayer';
comment on column published.land_tax.parcel_key is 'Khóa của thửa đất, nối với bảng land_parcel';
comment on column published.land_tax.parcel_ref is 'Mã thửa đất chịu thuế';
comment on column published.land_tax.tax_year is 'Năm thuế';
comment on column published.land_tax.area_m2 is 'Diện tích chịu thuế (m²)';
comment on column published.land_tax.land_type is 'Mã loại đất chịu thuế';
comment on column published.land_tax.amount_vnd is 'Số tiền phải nộp (đồng)';
comment on column published.land_tax.paid_vnd is 'Số tiền đã nộp (đồng)';
comment on column published.land_tax.source_updated_at is 'Thời điểm thay đổi cuối tại nguồn';
comment on column published.land_tax.quality_flag is 'Mã các quy tắc cảnh báo đang mở, cách nhau bằng dấu cách';
create index on published.land_tax (province_code) where quality_flag is not null;
call ops.split_by_province('published.land_tax');
call ops.protect('published.land_tax');
