-- The key of another province's citizen is closed in the table too, not only in the view.
--
-- The view runs with its reader's rights, so its reader may also read the table it stands on, where the key stood open.

alter table quality.link_candidate add column own_person_key text
    generated always as (case when person_province_code = province_code then person_key end) stored;
comment on column quality.link_candidate.own_person_key is 'Khóa của công dân khi thuộc cùng tỉnh; trống khi là công dân của tỉnh khác';

revoke select on quality.link_candidate from province_read;
grant select (province_code, source, record_key, role, grade, score, evidence, person_province_code, personal_id_masked, person_birth_year,
    found_at, own_person_key) on quality.link_candidate to province_read;

create or replace view published.link_candidates with (security_invoker = true, security_barrier = true) as
select province_code, split_part(source, '__', 1) as dataset, split_part(source, '__', 2) as table_name, record_key, role, grade, score, evidence,
    own_person_key as person_key, person_province_code, personal_id_masked, person_birth_year, found_at
from quality.link_candidate;
