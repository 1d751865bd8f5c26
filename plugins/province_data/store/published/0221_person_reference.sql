-- The relation to build on: keys instead of numbers, as in every published table. The reader's session must hold the secret.
create view warehouse.person_reference as
select source, province_code, warehouse.keyed_hash(record_key) as record_key, role, warehouse.keyed_hash(person_id) as person_key,
    person_province_code, grade, method, name_match, date_match, grade = 'A' as is_verified, grade in ('B', 'E') as needs_review
from warehouse.person_link;
comment on view warehouse.person_reference is 'Liên kết người, định danh thay bằng khóa. One row per record and person it names, by key.';
