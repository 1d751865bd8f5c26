-- The work list of links: a province sees its own records, whoever the candidate may be.

call ops.protect('quality.link_candidate');
create view published.link_candidates with (security_invoker = true, security_barrier = true) as
select province_code, split_part(source, '__', 1) as dataset, split_part(source, '__', 2) as table_name, record_key, role, grade, score, evidence,
    case when person_province_code = province_code then person_key end as person_key, person_province_code, personal_id_masked,
    person_birth_year, found_at
from quality.link_candidate;
alter view published.link_candidates owner to province_data_owner;
comment on view published.link_candidates is 'Liên kết cần người xem, không tự ghép. Links for a person to decide, never merged by machine; one row per record and candidate.';
comment on column published.link_candidates.province_code is 'Mã tỉnh của bản ghi';
comment on column published.link_candidates.dataset is 'Bộ dữ liệu của bản ghi';
comment on column published.link_candidates.table_name is 'Bảng của bản ghi';
comment on column published.link_candidates.record_key is 'Khóa của bản ghi trong bảng đã công bố: right_key, event_key, taxpayer_key';
comment on column published.link_candidates.role is 'Vai trò của người trong bản ghi';
comment on column published.link_candidates.grade is 'D: ứng viên theo họ tên, ngày sinh, giới tính và một căn cứ nữa; E: số định danh trùng nhưng là người khác';
comment on column published.link_candidates.score is 'Xác suất là cùng một người, từ 0 đến 1; trống với hạng E';
comment on column published.link_candidates.evidence is 'Căn cứ: name, birth, swapped, sex, commune (cùng xã), relative (người thân trong cùng bản ghi), number';
comment on column published.link_candidates.person_key is 'Khóa của công dân trong bảng person; trống khi là công dân của tỉnh khác';
comment on column published.link_candidates.person_province_code is 'Tỉnh của công dân';
comment on column published.link_candidates.personal_id_masked is 'Số định danh của công dân, chỉ thấy ba số cuối';
comment on column published.link_candidates.person_birth_year is 'Năm sinh của công dân';
comment on column published.link_candidates.found_at is 'Lúc tìm thấy';
grant select on published.link_candidates to province_read, central_read;
