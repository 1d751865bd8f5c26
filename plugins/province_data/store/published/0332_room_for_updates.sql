-- Each page of a published table keeps a tenth free, so that a changed row stays on its page and none of its table's indexes is written.
-- Without it a change of 100,000 rows all over a large table wrote as many pages of every index. Pages written before keep what they are.

create or replace procedure ops.leave_room(relation regclass) language plpgsql as $$
declare
    part regclass;
begin
    for part in select relid from pg_partition_tree(relation) where isleaf loop
        execute format('alter table %s set (fillfactor = 90)', part);
    end loop;
end
$$;
revoke all on procedure ops.leave_room(regclass) from public;

do $$
declare
    relation regclass;
begin
    for relation in select oid from pg_class where relnamespace = 'published'::regnamespace and relkind = 'p' and not relispartition loop
        call ops.leave_room(relation);
    end loop;
end
$$;

create or replace procedure ops.split_by_province(relation regclass) language plpgsql as $$
declare
    code text;
    stem text := (select relname from pg_class where oid = relation);
    home text := (select relnamespace::regnamespace::text from pg_class where oid = relation);
begin
    foreach code in array ops.province_codes() loop
        execute format('create table %I.%I partition of %s for values in (%L)', home, stem || '_' || code, relation, code);
    end loop;
    execute format('create table %I.%I partition of %s default', home, stem || '_00', relation);
    call ops.leave_room(relation);
end
$$;
