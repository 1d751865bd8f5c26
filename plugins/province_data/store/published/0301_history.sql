-- What was known when. Every published row says which publication brought it; a row that is replaced or leaves goes to the history table
-- beside its own, with the publications it stood from and until. A row that stands has no copy: the first filling costs nothing more.

create table published.publication (
    publication_id bigint primary key,
    published_at timestamptz not null,
    undoes bigint,
    is_readable boolean not null default true
);
comment on table published.publication is 'Các lần công bố, và lần nào còn đọc lại được. Publications; one row per publication, a return to an earlier one included.';
comment on column published.publication.publication_id is 'Số của lần công bố, tăng dần theo thời gian';
comment on column published.publication.published_at is 'Công bố lúc';
comment on column published.publication.undoes is 'Lần công bố bị lần này rút lại; trống với lần công bố thường';
comment on column published.publication.is_readable is 'Còn đọc lại được nguyên trạng; false khi trước lúc bắt đầu giữ lịch sử hoặc đã quá hạn lưu';
call ops.protect('published.publication', is_public => true);

-- Rows that are published already are said to stand since the last publication: how long before, nobody wrote down.
insert into published.publication
select publication_id, published_at, undoes, publication_id = max(publication_id) over () from ops.publication;

-- What was kept to take publications back is replaced by the history.
drop table ops.publication_undo;
alter table ops.publication drop column is_undoable;

create table ops.history_table (
    entity text primary key,
    valid_from text
);
comment on table ops.history_table is 'Bảng công bố có lịch sử, và cột cho biết điều ghi ở dòng đúng từ khi nào tại nguồn. One row per published table with a history.';
revoke all on ops.history_table from public;

-- The publication that a reader asks for, by the session's setting province_data.as_of: its number, a day (the end of it), or a moment.
-- Asked for nothing, or for what cannot be read as it stood, it is an error: never a silent answer from another day.
create function published.as_of() returns bigint
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp
as $$
declare
    asked text := nullif(btrim(current_setting('province_data.as_of', true)), '');
    moment timestamptz;
    found record;
begin
    if asked is null then
        raise exception 'Chưa chọn lần công bố. No publication is chosen.' using errcode = '22023',
            hint = 'set province_data.as_of = ''2026-10-31''; (ngày, thời điểm hoặc số trong published.publication)';
    elsif asked ~ '^[0-9]{1,18}$' then
        select p.publication_id, p.is_readable into found from published.publication p where p.publication_id = asked::bigint;
    else
        moment := case when asked ~ '^\d{4}-\d{2}-\d{2}$' then (asked::date + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh'
            else asked::timestamptz + interval '1 microsecond' end;
        select p.publication_id, p.is_readable into found from published.publication p
        where p.published_at < moment order by p.publication_id desc limit 1;
    end if;
    if found.is_readable is not true then
        raise exception 'Không đọc lại được trạng thái đã yêu cầu. The state asked for cannot be read.' using errcode = '22023',
            hint = 'Các lần còn đọc được: select * from published.publication where is_readable';
    end if;
    return found.publication_id;
end
$$;
alter function published.as_of() owner to province_data_owner;
comment on function published.as_of() is 'Lần công bố đã chọn bằng set province_data.as_of. The publication chosen by the setting province_data.as_of.';
revoke all on function published.as_of() from public;
grant execute on function published.as_of() to province_read, central_read;

-- The columns of a relation as a list, each with a prefix.
create function ops.column_list(relation regclass, prefix text default '') returns text
language sql stable set search_path = pg_catalog, pg_temp
return (
    select string_agg(prefix || quote_ident(attname), ', ' order by attnum) from pg_attribute
    where attrelid = relation and attnum > 0 and not attisdropped
);

-- Say of every column of a view what its table says of it.
create procedure ops.copy_comments(from_relation regclass, to_view regclass) language plpgsql as $$
declare
    described record;
begin
    for described in
        select made.attname, col_description(from_relation, known.attnum) as text
        from pg_attribute made join pg_attribute known on known.attrelid = from_relation and known.attname = made.attname
        where made.attrelid = to_view and made.attnum > 0
    loop
        execute format('comment on column %s.%I is %L', to_view, described.attname, described.text);
    end loop;
end
$$;

-- The two views of a table's history. Both run with the reader's rights, so the policies of both tables hold.
create procedure ops.show_history(entity text) language plpgsql as $$
declare
    present regclass := format('published.%I', entity)::regclass;
    past regclass := format('published.%I', entity || '_history')::regclass;
    columns text := ops.column_list(present);
    valid_from text := (select t.valid_from from ops.history_table t where t.entity = show_history.entity);
    says text := split_part(obj_description(present, 'pg_class'), '. ', 1);
    as_of text := entity || '_as_of';
    versions text := entity || '_versions';
begin
    execute format('drop view if exists published.%I, published.%I', as_of, versions);
    execute format('create view published.%I with (security_invoker = true, security_barrier = true) as '
        'select %s from %s where published_from <= (select published.as_of()) union all '
        'select %s from %s where published_from <= (select published.as_of()) and published_until > (select published.as_of())',
        as_of, columns, present, columns, past);
    execute format('create view published.%I with (security_invoker = true, security_barrier = true) as '
        'select version.*%s, brought.published_at, replaced.published_at as replaced_at from ('
        'select %s, null::bigint as published_until from %s union all select %s, published_until from %s) version '
        'left join published.publication brought on brought.publication_id = version.published_from '
        'left join published.publication replaced on replaced.publication_id = version.published_until',
        versions, coalesce(', ' || valid_from || ' as valid_from', ''), columns, present, columns, past);
    execute format('alter view published.%I owner to province_data_owner', as_of);
    execute format('alter view published.%I owner to province_data_owner', versions);
    execute format('comment on view published.%I is %L', as_of, says
        || ', đúng như lần công bố đã chọn bằng set province_data.as_of. The table as it stood at the chosen publication; one row as in the table.');
    execute format('comment on view published.%I is %L', versions, says
        || ', mọi bản đã công bố, cũ và hiện hành. Every published version; one row per row of the table and time it stood.');
    call ops.copy_comments(present, format('published.%I', as_of)::regclass);
    call ops.copy_comments(past, format('published.%I', versions)::regclass);
    execute format('comment on column published.%I.published_until is %L', versions, 'Lần công bố đã thay hoặc bỏ dòng này; trống là còn hiện hành');
    execute format('comment on column published.%I.published_at is %L', versions, 'Bắt đầu công bố lúc');
    execute format('comment on column published.%I.replaced_at is %L', versions, 'Thôi công bố lúc; trống là còn hiện hành');
    if valid_from is not null then
        execute format('comment on column published.%I.valid_from is %L', versions, 'Điều ghi ở dòng này đúng từ khi nào tại nguồn: ' || valid_from);
    end if;
    execute format('grant select on published.%I, published.%I to province_read, central_read', as_of, versions);
end
$$;

-- Give a published table its history. Called again after a column was added to the table, it adds it to the history.
create procedure ops.keep_history(entity text, valid_from text default null) language plpgsql as $$
declare
    present regclass := format('published.%I', entity)::regclass;
    home text := entity || '_history';
    keys text := (
        select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_index i
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey) where i.indrelid = present and i.indisprimary
    );
    is_split boolean := (select relkind = 'p' from pg_class where oid = present);
    with_country boolean := exists (select from pg_policy where polrelid = present and pg_get_expr(polqual, polrelid) ~ '''00''');
    is_public boolean := exists (select from pg_policy where polrelid = present and polname = 'everybody');
    wanted record;
begin
    insert into ops.history_table values (entity, valid_from) on conflict do nothing;
    if not exists (select from pg_attribute where attrelid = present and attname = 'published_from') then
        execute format('alter table %s add column published_from bigint not null default %s', present,
            (select coalesce(max(publication_id), 0) from ops.publication));
        execute format('alter table %s alter published_from set default current_setting(''province_data.publication'')::bigint', present);
        execute format('comment on column %s.published_from is %L', present, 'Lần công bố đã đưa dòng này vào, nối với bảng publication');
    end if;
    if to_regclass(format('published.%I', home)) is null then
        execute format('create table published.%I (like %s including comments, published_until bigint not null, primary key (%s, published_from)) %s',
            home, present, keys, case when is_split then 'partition by list (province_code)' end);
        if exists (select from pg_attribute where attrelid = present and attname = 'province_code') then
            execute format('create index on published.%I (province_code, published_until)', home);
        end if;
        execute format('comment on table published.%I is %L', home, split_part(obj_description(present, 'pg_class'), '. ', 1)
            || ', các bản không còn hiện hành. Versions that no longer stand; one row per row of the table and time it stood.');
        execute format('comment on column published.%I.published_until is %L', home, 'Lần công bố đã thay hoặc bỏ dòng này');
        if is_split then
            call ops.split_by_province(format('published.%I', home)::regclass);
        end if;
        call ops.protect(format('published.%I', home)::regclass, with_country, is_public);
    end if;
    for wanted in
        select attname, format_type(atttypid, atttypmod) as kind, col_description(present, attnum) as text from pg_attribute a
        where attrelid = present and attnum > 0 and not attisdropped and not exists (
            select from pg_attribute b where b.attrelid = format('published.%I', home)::regclass and b.attname = a.attname)
    loop
        execute format('alter table published.%I add column %I %s', home, wanted.attname, wanted.kind);
        execute format('comment on column published.%I.%I is %L', home, wanted.attname, wanted.text);
    end loop;
    call ops.show_history(entity);
end
$$;
revoke all on procedure ops.copy_comments(regclass, regclass), ops.show_history(text), ops.keep_history(text, text) from public;
revoke all on function ops.column_list(regclass, text) from public;

-- A dataset that brings only its models has a history from its first publication on.
create or replace procedure ops.create_published(entity text) language plpgsql as $$
declare
    mart regclass := format('warehouse.%I', 'mart_' || entity)::regclass;
    columns text;
    keys text;
    valid_from text;
    described record;
begin
    select string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)) || case when attnum <= 2 then ' not null' else '' end, ', ' order by attnum),
        string_agg(quote_ident(attname), ', ' order by attnum) filter (where attnum <= 2)
    into columns, keys
    from pg_attribute where attrelid = mart and attnum > 0 and not attisdropped and attname !~ '^_';
    execute format('create table published.%I (%s, quality_flag text, primary key (%s)) partition by list (province_code)', entity, columns, keys);
    for described in
        select a.attname, col_description(mart, a.attnum) as text from pg_attribute a where a.attrelid = mart and a.attnum > 0 and a.attname !~ '^_'
    loop
        execute format('comment on column published.%I.%I is %L', entity, described.attname, described.text);
    end loop;
    execute format('comment on table published.%I is %L', entity, obj_description(mart, 'pg_class'));
    execute format('comment on column published.%I.quality_flag is %L', entity, 'Mã các quy tắc cảnh báo đang mở, cách nhau bằng dấu cách');
    execute format('create index on published.%I (province_code) where quality_flag is not null', entity);
    call ops.split_by_province(format('published.%I', entity)::regclass);
    call ops.protect(format('published.%I', entity)::regclass);
    select 'source_updated_at' into valid_from from pg_attribute where attrelid = mart and attname = 'source_updated_at';
    call ops.keep_history(entity, valid_from);
end
$$;

-- A table that such a dataset made before has one too.
do $$
declare
    kept record;
begin
    for kept in
        select c.relname::text as entity, coalesce(told.valid_from,
            (select 'source_updated_at' from pg_attribute where attrelid = c.oid and attname = 'source_updated_at')) as valid_from
        from pg_class c
        left join (values
            ('residence', 'coalesce(start_date::timestamp at time zone ''Asia/Ho_Chi_Minh'', source_updated_at)'),
            ('civil_event', 'coalesce(reg_date::timestamp at time zone ''Asia/Ho_Chi_Minh'', source_updated_at)'),
            ('indicator', 'period::timestamp at time zone ''Asia/Ho_Chi_Minh'''),
            ('indicator_rank', 'period::timestamp at time zone ''Asia/Ho_Chi_Minh'''),
            ('quality_score', 'as_of::timestamp at time zone ''Asia/Ho_Chi_Minh'''),
            ('commune_score', 'as_of::timestamp at time zone ''Asia/Ho_Chi_Minh'''),
            ('freshness', 'as_of::timestamp at time zone ''Asia/Ho_Chi_Minh''')
        ) as told (entity, valid_from) on told.entity = c.relname
        where c.relnamespace = 'published'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and c.relname not in ('publication', 'lookup_purpose')
        order by c.relname
    loop
        call ops.keep_history(kept.entity, kept.valid_from);
    end loop;
end
$$;
