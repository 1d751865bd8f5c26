#!/bin/sh
# Run once by the database image on an empty volume: one database and one owner each for the warehouse and for Airflow.
# The owners are no superusers; the warehouse's owner may create the roles of the provinces.
set -eu
psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet -U "$POSTGRES_USER" -d postgres \
    -v warehouse="$WAREHOUSE_PASSWORD" -v airflow="$AIRFLOW_DB_PASSWORD" <<'SQL'
create role province_data login createrole password :'warehouse';
-- What holding readers to their limits needs: to see what runs, and to end it.
grant pg_signal_backend, pg_read_all_stats to province_data;
create role airflow login password :'airflow';
create database warehouse owner province_data encoding 'UTF8' locale_provider icu icu_locale 'vi-VN' locale 'C.UTF-8' template template0;
create database airflow owner airflow encoding 'UTF8' template template0;
revoke connect, temporary on database warehouse, airflow, postgres, template1 from public;
grant connect on database warehouse to province_data;
alter role province_data set log_error_verbosity = 'terse';
alter role province_data set log_min_error_statement = 'panic';
alter role province_data set log_parameter_max_length_on_error = 0;
SQL
# What only a superuser can do inside the warehouse: the extension by which look-ups are recorded, and functions closed to readers.
psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet -U "$POSTGRES_USER" -d warehouse <<'SQL'
create schema ops authorization province_data;
create extension dblink schema ops;
revoke execute on all functions in schema ops from public;
grant execute on function ops.dblink(text, text) to province_data with grant option;
do $$
declare
    closed regprocedure;
begin
    for closed in
        select oid::regprocedure from pg_proc where pronamespace = 'pg_catalog'::regnamespace
            and proname ~ '^(lo_|loread$|lowrite$|pg_(try_)?advisory_|pg_sleep|pg_notify$|pg_logical_emit_message$|.*_to_xml)'
    loop
        execute format('revoke execute on function %s from public', closed);
        execute format('grant execute on function %s to province_data', closed);
    end loop;
end
$$;
-- PostgreSQL takes the lock of CREATE RULE before it looks at rights, so a reader without any could keep the others waiting.
create function ops.refuse_definitions() returns event_trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if not (select r.rolsuper from pg_roles r where r.rolname = session_user) and exists (
        select from pg_roles g where g.rolname in ('province_read', 'central_read', 'auditor') and pg_has_role(session_user, g.oid, 'usage')
    ) then
        raise exception 'a reader defines nothing here' using errcode = '42501';
    end if;
end
$$;
revoke all on function ops.refuse_definitions() from public;
create event trigger readers_define_nothing on ddl_command_start execute function ops.refuse_definitions();
revoke usage on language sql, plpgsql from public;
grant usage on language sql, plpgsql to province_data;
SQL
