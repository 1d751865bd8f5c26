-- The recorded look-up: the full record of one person, for a purpose and a case, one row a call, every call in the ledger.
--
-- A row that the caller's own transaction writes vanishes when the caller rolls back, and cannot be written at all in a read-only
-- transaction. So the record is written by a second session of the server to itself (dblink), which commits by itself before the
-- row is handed out. No record, no row.

create table published.lookup_purpose (
    purpose text primary key,
    description_vi text not null,
    description_en text not null
);
comment on table published.lookup_purpose is 'Mục đích được phép khi tra cứu một người. Purposes a look-up may have; one row per purpose.';
comment on column published.lookup_purpose.purpose is 'Mã mục đích, ghi vào lookup_person';
comment on column published.lookup_purpose.description_vi is 'Ý nghĩa và căn cứ';
comment on column published.lookup_purpose.description_en is 'Nghĩa tiếng Anh';
insert into published.lookup_purpose values
    ('public_service', 'Giải quyết thủ tục hành chính theo hồ sơ của người dân', 'Handle an administrative file of the citizen'),
    ('data_correction', 'Đối chiếu, sửa bản ghi sai tại nguồn', 'Compare and mend a wrong record at its source'),
    ('data_subject_request', 'Trả lời yêu cầu của chủ thể dữ liệu (Luật 91/2025/QH15)', 'Answer a request of the data subject'),
    ('legal_proceedings', 'Theo yêu cầu bằng văn bản của tòa án, viện kiểm sát, cơ quan điều tra, thi hành án', 'Written request of a court, prosecutor, investigator or bailiff'),
    ('inspection', 'Thanh tra, kiểm tra, kiểm toán theo quyết định', 'Inspection or audit by decision'),
    ('emergency', 'Khẩn cấp để bảo vệ tính mạng, sức khỏe con người', 'Emergency, to protect life or health');
call ops.protect('published.lookup_purpose', is_public => true);
create policy lookup on published.lookup_purpose for select to province_data_lookup using (true);
grant select on published.lookup_purpose to province_data_lookup;

create table ops.lookup (
    lookup_id bigint generated always as identity primary key,
    asked_at timestamptz not null default clock_timestamp(),
    login text not null,
    province_code text,
    person_hash text,
    purpose text,
    case_no text,
    outcome text not null check (outcome in ('shown', 'not_found', 'over_limit', 'no_key', 'no_purpose', 'no_case', 'no_right')),
    client_address inet
);
create index on ops.lookup (person_hash, asked_at) where person_hash is not null;
create index on ops.lookup (login, asked_at);
comment on table ops.lookup is 'Ai đã tra cứu ai, khi nào, để làm gì; kể cả lần bị từ chối. One row per look-up, refused ones included; never the number itself.';
comment on column ops.lookup.province_code is 'Tỉnh của người tra cứu; trống là trung ương. The asker''s province; NULL = the centre.';
comment on column ops.lookup.person_hash is 'Băm có khóa của số định danh; trống khi số không đúng dạng. Keyed hash of the number; NULL when it was no number.';

create table ops.lookup_limit (
    per_hour integer not null check (per_hour >= 0),
    per_day integer not null check (per_day >= 0),
    only_one boolean primary key default true check (only_one)
);
insert into ops.lookup_limit values (60, 500);
comment on table ops.lookup_limit is 'Mỗi tài khoản được tra cứu mấy lần một giờ, một ngày. Exactly one row: look-ups a login may make in an hour and a day.';

create table ops.lookup_turn (login text primary key);
comment on table ops.lookup_turn is 'Khóa để các phiên của một tài khoản được đếm lần lượt. One row per login: its sessions are counted one after the other.';

create table ops.lookup_channel (
    role_name text not null,
    password text not null,
    hash_key text not null,
    only_one boolean primary key default true check (only_one)
);
comment on table ops.lookup_channel is 'Tài khoản ghi sổ và khóa băm, máy chủ tự dùng. At most one row: the login that may do nothing but record, and the key of the hashes.';
revoke all on ops.lookup, ops.lookup_limit, ops.lookup_turn, ops.lookup_channel from public;
grant usage on schema ops, published to province_data_lookup;
grant select, insert on ops.lookup to province_data_lookup;
grant select, insert, update on ops.lookup_turn to province_data_lookup;
grant select on ops.lookup_limit, ops.lookup_channel to province_data_lookup;
grant select on ops.lookup, ops.lookup_limit to auditor;

create type published.person_record as (
    province_code text, personal_id text, cmnd9 text, full_name text, other_name text, dob text, sex text, ethnicity text, religion text,
    nationality text, blood_type text, birth_reg_commune text, hometown text, perm_commune text, perm_address text, perm_from date,
    temp_commune text, temp_from date, temp_to date, current_commune text, household_no text, household_head_id text,
    relation_to_head text, marital_status text, spouse_id text, father_id text, mother_id text, card_issue_date date,
    card_expiry_date date, life_status text, death_date date, phone text, email text, source_updated_at timestamptz, batch_id text
);
comment on type published.person_record is 'Bản ghi đầy đủ của một công dân, chỉ lấy được qua lookup_person. The full record of a citizen.';

-- The hash by which look-ups of a person are found again. Its key is not the one of the published keys: nothing joins the two.
create function ops.lookup_hash(personal_id text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select left(encode(sha256(convert_to(hash_key || personal_id, 'UTF8')), 'hex'), 32) from ops.lookup_channel $$;

-- Which provinces somebody may look into. The login counts; a role taken on with SET ROLE can only narrow it.
create function ops.lookup_provinces(login name, acting text) returns text[]
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(code), '{}') from unnest(ops.province_codes()) as code
    where (pg_has_role(login, 'province_' || code, 'usage') or pg_has_role(login, 'central_read', 'usage'))
        and (acting = 'none' or pg_has_role(acting, 'province_' || code, 'usage') or pg_has_role(acting, 'central_read', 'usage'))
$$;

-- The server's own address as the caller reached it; by a local socket it is the loopback address.
create function ops.lookup_address() returns text
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select format('host=%s port=%s dbname=''%s'' user=%s password=%s connect_timeout=5 application_name=province-data-lookup',
        coalesce(host(inet_server_addr()), '127.0.0.1'), coalesce(inet_server_port()::text, current_setting('port')),
        replace(replace(current_database(), '\', '\\'), '''', '\'''), role_name, password)
    from ops.lookup_channel
$$;

-- Write one record; called by the recording login in its own session. Returns the outcome, which the limit may have changed.
-- The server's log gets the same line: it stands even against somebody who can change tables.
create function ops.note_lookup(
    asker text, province text, hash text, purpose text, case_no text, address inet, verdict text
) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    decided text := verdict;
begin
    insert into ops.lookup_turn values (asker) on conflict (login) do update set login = excluded.login;
    if verdict in ('shown', 'not_found') and exists (
        select from ops.lookup_limit b, lateral (
            select count(*) filter (where l.asked_at > clock_timestamp() - interval '1 hour') as hour, count(*) as day
            from ops.lookup l
            where l.login = asker and l.outcome in ('shown', 'not_found') and l.asked_at > clock_timestamp() - interval '1 day'
        ) made
        where made.hour >= b.per_hour or made.day >= b.per_day
    ) then
        decided := 'over_limit';
    end if;
    insert into ops.lookup (login, province_code, person_hash, purpose, case_no, outcome, client_address)
    values (asker, province, hash, note_lookup.purpose, note_lookup.case_no, decided, address);
    raise log 'province-data look-up: login=% outcome=% purpose=% case=% person=%', asker, decided, note_lookup.purpose, note_lookup.case_no, hash;
    return decided;
end
$$;

-- Record by a session that commits by itself. Whatever keeps it from recording is an error, and the caller sees no row.
create function ops.record_lookup(province text, hash text, purpose text, case_no text, verdict text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    decided text;
begin
    select d.outcome into strict decided
    from ops.dblink(ops.lookup_address(), format('select ops.note_lookup(%L, %L, %L, %L, %L, %L, %L)',
        session_user, province, hash, purpose, case_no, host(inet_client_addr()), verdict)) as d (outcome text);
    return decided;
exception when others then
    raise exception 'Không ghi được sổ tra cứu nên không trả dữ liệu. The look-up cannot be recorded, so nothing is shown (%).', sqlstate
        using errcode = '55000', hint = 'Báo đơn vị vận hành: province-data access check. Tell the operator.';
end
$$;

create function published.lookup_person(personal_id text, purpose text, case_no text) returns setof published.person_record
language plpgsql volatile parallel unsafe rows 1 cost 10000 security definer set search_path = pg_catalog, pg_temp
as $$
declare
    provinces text[] := ops.lookup_provinces(session_user, current_setting('role'));
    known_purpose text := (select p.purpose from published.lookup_purpose p where p.purpose = lookup_person.purpose);
    -- A case number is one line and holds nobody's number.
    sound_case text := (select lookup_person.case_no where lookup_person.case_no ~ '^[^[:cntrl:]]{3,64}$'
        and lookup_person.case_no !~ '[0-9]{9}' and lookup_person.case_no !~ '^\s|\s$');
    sound_key text := (select lookup_person.personal_id where lookup_person.personal_id ~ '^[0-9]{12}$');
    person published.person_record;
    outcome text;
begin
    outcome := case when cardinality(provinces) = 0 then 'no_right' when sound_key is null then 'no_key'
        when known_purpose is null then 'no_purpose' when sound_case is null then 'no_case' else 'not_found' end;
    if outcome = 'not_found' then
        select p.province_code, p.personal_id, p.cmnd9, p.full_name, p.other_name, p.dob, p.sex, p.ethnicity, p.religion, p.nationality,
            p.blood_type, p.birth_reg_commune, p.hometown, p.perm_commune, p.perm_address, p.perm_from, p.temp_commune, p.temp_from,
            p.temp_to, p.current_commune, p.household_no, p.household_head_id, p.relation_to_head, p.marital_status, p.spouse_id,
            p.father_id, p.mother_id, p.card_issue_date, p.card_expiry_date, p.life_status, p.death_date, p.phone, p.email,
            p.source_updated_at, p._batch_id
        into person
        from validated.population__person p
        where p.province_code = any (provinces) and p._record_key = sound_key and p._held_by is null
        order by p.source_updated_at desc nulls last, p.province_code limit 1;
        outcome := case when found then 'shown' else 'not_found' end;
    end if;
    outcome := ops.record_lookup(case when cardinality(provinces) = 1 then provinces[1] end, ops.lookup_hash(sound_key), known_purpose, sound_case, outcome);
    if outcome = 'shown' then
        return next person;
    elsif outcome <> 'not_found' then
        raise exception '%', case outcome
            when 'over_limit' then 'Quá số lần tra cứu được phép; lần này đã được ghi sổ. Too many look-ups; this one is recorded.'
            when 'no_right' then 'Tài khoản không thuộc tỉnh nào. The login belongs to no province.'
            when 'no_key' then 'Cần đúng một số định danh, 12 chữ số. Exactly one personal number of 12 digits is needed.'
            when 'no_purpose' then 'Mục đích phải có trong published.lookup_purpose. The purpose must be one of published.lookup_purpose.'
            else 'Cần số hồ sơ: 3 đến 64 ký tự, không chứa số định danh. A case number is needed: 3 to 64 characters, no personal number.' end
            using errcode = case outcome when 'over_limit' then '53400' when 'no_right' then '42501' else '22023' end;
    end if;
end
$$;
comment on function published.lookup_person(text, text, text) is
    'Bản ghi đầy đủ của một người: đúng số, có mục đích, có số hồ sơ; mỗi lần gọi đều được ghi sổ. The full record of one person; every call is recorded.';

create function ops.who_looked_at(personal_id text) returns setof ops.lookup
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$ select l.* from ops.lookup l where l.person_hash = ops.lookup_hash(personal_id) order by l.asked_at desc $$;
comment on function ops.who_looked_at(text) is 'Ai đã tra cứu người này. Who looked at this person; for the auditor.';

revoke all on function ops.lookup_hash(text), ops.lookup_provinces(name, text), ops.lookup_address(),
    ops.note_lookup(text, text, text, text, text, inet, text), ops.record_lookup(text, text, text, text, text),
    published.lookup_person(text, text, text), ops.who_looked_at(text) from public;
grant create on schema ops, published to province_data_lookup;
alter function ops.lookup_hash(text) owner to province_data_lookup;
alter function ops.lookup_provinces(name, text) owner to province_data_lookup;
alter function ops.lookup_address() owner to province_data_lookup;
alter function ops.note_lookup(text, text, text, text, text, inet, text) owner to province_data_lookup;
alter function ops.record_lookup(text, text, text, text, text) owner to province_data_lookup;
alter function published.lookup_person(text, text, text) owner to province_data_lookup;
alter function ops.who_looked_at(text) owner to province_data_lookup;
revoke create on schema ops, published from province_data_lookup;
grant execute on function published.lookup_person(text, text, text) to province_read, central_read;
grant execute on function ops.who_looked_at(text) to auditor;
