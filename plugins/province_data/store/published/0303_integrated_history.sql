-- The integrated rows as they stood: the same views, written once, over the tables as of the chosen publication.

create procedure ops.show_integrated_history(integrated text) language plpgsql set search_path = published, pg_catalog, pg_temp as $$
declare
    place text := integrated || '_as_of';
    tables text := (
        select string_agg(format('%I as not materialized (select * from published.%I)', t.entity, t.entity || '_as_of'), ', ' order by t.entity)
        from ops.history_table t
        where exists (
            select from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
            where r.ev_class = integrated::regclass and d.refobjid = t.entity::regclass
        )
    );
begin
    -- With this search path the view's own text names its tables without a schema, so the parts above stand in their place.
    execute format('drop view if exists published.%I', place);
    execute format('create view published.%I with (security_invoker = true, security_barrier = true) as with %s %s', place, tables,
        pg_get_viewdef(integrated::regclass));
    execute format('alter view published.%I owner to province_data_owner', place);
    execute format('comment on view published.%I is %L', place, split_part(obj_description(integrated::regclass, 'pg_class'), '. ', 1)
        || ', đúng như lần công bố đã chọn bằng set province_data.as_of. As it stood at the chosen publication; one row as in the view.');
    call ops.copy_comments(integrated::regclass, place::regclass);
    execute format('grant select on published.%I to province_read, central_read', place);
end
$$;
revoke all on procedure ops.show_integrated_history(text) from public;

call ops.show_integrated_history('citizen_360');
call ops.show_integrated_history('parcel_360');
call ops.show_integrated_history('household_position');
