-- Lawful erasure: who asked on what basis, who approved, what went where, and what must not come back. Never the number itself.

create table ops.erasure (
    erasure_id bigint generated always as identity primary key,
    request text not null unique check (request ~ '^[a-z][a-z0-9-]{2,39}$'),
    key_hash text not null,
    only_tables text[] not null,
    legal_basis text not null check (length(trim(legal_basis)) between 5 and 300),
    reason text not null check (length(trim(reason)) between 10 and 1000),
    requested_by text not null,
    requested_at timestamptz not null default clock_timestamp(),
    approved_by text,
    approved_at timestamptz,
    begun_at timestamptz,
    done_at timestamptz,
    load_id bigint references ops.load,
    check (approved_by <> requested_by),
    check ((approved_by is null) = (approved_at is null)),
    check (begun_at is null or approved_by is not null),
    check (done_at is null or begun_at is not null)
);
comment on table ops.erasure is
    'Yêu cầu xóa theo căn cứ pháp lý: người đề nghị và người duyệt là hai tài khoản khác nhau. One row per request; who asks never approves.';
comment on column ops.erasure.request is 'Tên tệp yêu cầu trong thư mục requests; số không nằm ở đây. The number stands in that file only.';
comment on column ops.erasure.key_hash is 'Băm có khóa của số hoặc khóa bản ghi; khóa nằm ngoài cơ sở dữ liệu';
comment on column ops.erasure.only_tables is 'Bộ dữ liệu, bảng trong phạm vi. Tables the erasure is about, as dataset__table.';
comment on column ops.erasure.begun_at is 'Lúc bắt đầu xóa; từ đây chỉ còn làm cho xong. From here on it is carried through to its end.';

create table ops.erasure_place (
    erasure_id bigint not null references ops.erasure,
    place text not null,
    records bigint not null,
    primary key (erasure_id, place)
);
comment on table ops.erasure_place is 'Đã xóa bao nhiêu ở đâu. One row per erasure and place: how many rows, records or files went there.';

create table ops.tombstone (
    erasure_id bigint not null references ops.erasure,
    table_stem text not null,
    key_hash text not null,
    primary key (table_stem, key_hash, erasure_id)
);
comment on table ops.tombstone is
    'Dấu của bản ghi đã xóa: gửi lại thì không nhận. One row per erasure and table: what states this key is not taken again.';

create table ops.erased_again (
    batch_id text not null references ops.batch on delete cascade,
    table_name text not null,
    erasure_id bigint not null references ops.erasure,
    records bigint not null check (records > 0),
    primary key (batch_id, table_name, erasure_id)
);
comment on table ops.erased_again is
    'Bản ghi đã xóa mà lần giao sau lại mang đến: không nạp, tính là trả lại. Erased records a later delivery brought again; counted as quarantined, kept nowhere.';

create table ops.landed_rewrite (
    erasure_id bigint not null references ops.erasure,
    sha256_before text not null,
    sha256_after text not null,
    bytes_after bigint not null,
    records bigint not null check (records > 0),
    rewritten_at timestamptz not null,
    primary key (erasure_id, sha256_before)
);
comment on table ops.landed_rewrite is
    'Tệp gốc được ghi lại không còn bản ghi đã xóa: mã băm cũ và mới. The batch keeps the hash of what was sent; here stands what is kept of it.';

-- Two logins of data protection, neither of them alone. `session_user` is who logged in; SET ROLE cannot change it.
create function ops.demand_data_protection() returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if not pg_has_role(session_user, 'data_protection', 'member') or (select rolsuper from pg_roles where rolname = session_user) then
        raise exception using errcode = '42501', message = 'only a login of data_protection may do this';
    end if;
end
$$;

create function ops.request_erasure(request text, key_hash text, only_tables text[], legal_basis text, reason text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    made bigint;
begin
    perform ops.demand_data_protection();
    insert into ops.erasure (request, key_hash, only_tables, legal_basis, reason, requested_by)
    values (request, key_hash, only_tables, legal_basis, reason, session_user) returning erasure_id into made;
    return made;
end
$$;
comment on function ops.request_erasure(text, text, text[], text, text) is 'Đề nghị xóa. Ask for an erasure in the name of the login.';

create function ops.approve_erasure(request text, key_hash text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    found bigint;
begin
    perform ops.demand_data_protection();
    update ops.erasure e set approved_by = session_user, approved_at = clock_timestamp()
    where e.request = approve_erasure.request and e.key_hash = approve_erasure.key_hash
        and e.approved_by is null and e.requested_by <> session_user
    returning e.erasure_id into found;
    return found;
end
$$;
comment on function ops.approve_erasure(text, text) is
    'Duyệt yêu cầu của người khác; NULL khi không có gì để duyệt. Approve what somebody else asked for, about the same key.';

revoke all on function ops.demand_data_protection(), ops.request_erasure(text, text, text[], text, text), ops.approve_erasure(text, text)
    from public;
