-- One place says how a published table is protected; every table of the schema goes through it.

create function ops.province_codes() returns text[]
language sql immutable parallel safe
return array['01', '04', '08', '11', '12', '14', '15', '19', '20', '22', '24', '25', '31', '33', '37', '38', '40', '42', '44', '46', '48', '51', '52',
    '56', '66', '68', '75', '79', '80', '82', '86', '91', '92', '96'];
comment on function ops.province_codes() is '34 tỉnh từ 01/07/2025 (NQ 202/2025/QH15). The 34 provinces since July 2025.';

-- Split a table by province: 34 partitions and one for what belongs to no province.
create procedure ops.split_by_province(relation regclass) language plpgsql as $$
declare
    code text;
    stem text := (select relname from pg_class where oid = relation);
    home text := (select relnamespace::regnamespace::text from pg_class where oid = relation);
begin
    foreach code in array ops.province_codes() loop
        execute format('create table %I.%I partition of %s for values in (%L)', home, stem || '_' || code, relation, code);
    end loop;
    execute format('create table %I.%I partition of %s default', home, stem || '_00', relation);
end
$$;

-- Turn row-level security on for a table and each of its partitions, one literal policy per province role.
-- A literal lets the planner prune to one partition. Rows of '00' (the whole country) are for everybody where asked for,
-- and a public list has no rows that belong to anybody.
create procedure ops.protect(relation regclass, with_country boolean default false, is_public boolean default false) language plpgsql as $$
declare
    code text;
    part regclass;
begin
    for part in select relid from pg_partition_tree(relation) union select relation loop
        if (select relnamespace from pg_class where oid = part) = 'published'::regnamespace then
            execute format('alter table %s owner to province_data_owner', part);
        end if;
        execute format('revoke all on table %s from public', part);
        execute format('alter table %s enable row level security', part);
        execute format('alter table %s force row level security', part);
    end loop;
    execute format('create policy writer on %s for all to province_data_owner using (true) with check (true)', relation);
    execute format('create policy central_read on %s for select to central_read using (true)', relation);
    if is_public then
        execute format('create policy everybody on %s for select to province_read using (true)', relation);
    else
        foreach code in array ops.province_codes() loop
            execute format('create policy province_%1$s on %2$s for select to province_%1$s using (province_code %3$s)', code, relation,
                case when with_country then format('in (%L, %L)', code, '00') else format('= %L', code) end);
        end loop;
    end if;
    execute format('grant select on %s to province_read, central_read', relation);
end
$$;

-- Create the published table of a dataset that brings only its models: columns, types and comments are those of its mart.
-- The first two columns of a mart are province_code and the key.
create procedure ops.create_published(entity text) language plpgsql as $$
declare
    mart regclass := format('warehouse.%I', 'mart_' || entity)::regclass;
    columns text;
    keys text;
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
end
$$;

revoke all on procedure ops.split_by_province(regclass), ops.protect(regclass, boolean, boolean), ops.create_published(text) from public;
revoke all on function warehouse.keyed_hash(text) from public;
grant usage, create on schema published to province_data_owner;
