"""Attempts that the list does not name, written down while thinking as an attacker. Numbered B; words in braces as in `attempts`."""

from __future__ import annotations

from attempts import PERSONS, Attempt, denied, harmless

LOOK = "published.lookup_person('{foreign_id}', 'inspection', 'case 1')"

FORGOTTEN = (
    # Integrated rows, work lists and what is handed back.
    harmless("B01", "select * from published.citizen_360", "select * from published.parcel_360", "select * from published.household_position"),
    harmless("B01", "select distinct province_code from published.citizen_360 order by 1", answer=[("{own}",)]),
    harmless("B01", "select count(*) from published.citizen_360 c join published.person p on p.province_code <> c.province_code", answer=[(0,)]),
    harmless("B02", "select count(*) from published.commune_work_list where province_code <> '{own}'", answer=[(0,)]),
    harmless("B02", "select distinct province_code from quality.finding", answer=[("{own}",)]),
    harmless("B02", "select * from quality.answer", "select count(*) from quality.answer where province_code <> '{own}'", answer=[(0,)]),
    harmless("B02", "select * from quality.reject_bundle where province_code <> '{own}'", answer=[]),
    denied("B02", "insert into quality.answer (province_code) values ('{own}')", "update quality.reject_bundle set province_code = '{own}'"),
    harmless("B03", "select * from published.link_candidates where province_code <> '{own}'", answer=[]),
    harmless("B03", "select * from published.link_candidates", "select distinct person_key from published.link_candidates", answer=[(None,)]),
    denied("B03", "select person_key from quality.link_candidate", "select * from quality.link_candidate", "select c from quality.link_candidate c"),
    denied("B03", "select * from warehouse.person_reference", "select * from warehouse.person_link", "select warehouse.keyed_hash('{foreign_id}')"),
    harmless("B03", "select nullif(current_setting('province_data.secret', true), '')", answer=[(None,)]),
    # The look-up by other ways of calling it.
    harmless("B04", f"select ({LOOK}).*", answer=[]),
    harmless("B04", f"select * from rows from ({LOOK}, generate_series(1, 1)) as x where full_name is not null", answer=[]),
    harmless("B04", "prepare l1 (text) as select * from published.lookup_person($1, 'inspection', 'case 1')", "execute l1 ('{foreign_id}')", answer=[]),
    harmless("B04", "begin", f"declare c cursor for select * from {LOOK}", "fetch all from c", answer=[]),
    harmless("B04", f"explain (analyze, verbose) select * from {LOOK}", f"select array(select l::text from {LOOK} l)", answer=[([],)]),
    harmless("B04", f"select p.person_key, l.full_name from published.person p left join lateral {LOOK} l on true limit 1", f"select count(*) from {LOOK}", answer=[(0,)]),
    denied("B04", "select published.lookup_person(p.person_key, 'inspection', 'case 1') from published.person p", "select published.lookup_person(variadic array['{foreign_id}'])"),
    denied("B04", "create view public.v as select * from " + LOOK, "create temp view v as select * from " + LOOK),
    denied("B05", "alter function published.lookup_person(text, text, text) set search_path = public", "drop function published.lookup_person(text, text, text)"),
    denied("B05", "select ops.lookup_address()", "select ops.who_looked_at('{foreign_id}')", "select * from ops.lookup_turn", "call ops.protect('published.person')"),
    harmless("B05", "set search_path = pg_temp, published", "select count(*) from published.lookup_person('{foreign_id}', 'inspection', 'case 1')", answer=[(0,)]),
    harmless("B05", "set role province_read", f"select count(*) from {LOOK}"),
    # Values carried out by functions with an effect of their own, before or after the policy.
    harmless("B06", "select count(*) from quality.finding where set_config('my.leak', record_key, false) <> '' and province_code = '{foreign}'", "show my.leak"),
    harmless("B06", "select set_config('my.leak', max(household_no), false) from published.person where province_code <> '{own}'", "show my.leak"),
    harmless("B06", PERSONS + " p where pg_size_bytes(case when p.province_code = '{foreign}' then p.person_key else '1' end) > 0", answer=[(6,)]),
    harmless("B06", PERSONS + " where json_build_object(case when province_code = '{foreign}' then null else 'k' end, 1) is not null", answer=[(6,)]),
    harmless("B07", "select count(*) from published.indicator where (numerator::text || 'x')::int > 0 and province_code not in ('{own}', '00')"),
    harmless("B07", "select count(*) from quality.finding where record_key::inet is not null and province_code = '{foreign}'"),
    harmless("B07", "select count(*) from published.commune_score where 1 / (province_code <> '{foreign}')::int = 2", answer=[(0,)]),
    harmless("B07", "select (published.link_grade(1, 2, 3, true, string_agg(p::text, ''))) from published.person p where province_code <> '{own}'", answer=[("B",)]),
    # Planner settings, sampling and joins that would see rows before the policy does.
    harmless("B08", "set enable_partition_pruning = off", "set constraint_exclusion = off", "set plan_cache_mode = force_generic_plan", PERSONS, answer=[(6,)]),
    harmless("B08", "set enable_seqscan = off", "set enable_indexscan = off", "set enable_bitmapscan = off", PERSONS + " where ctid >= '(0,0)'", answer=[(6,)]),
    harmless("B08", "set parallel_setup_cost = 0", "set parallel_tuple_cost = 0", "set min_parallel_table_scan_size = 0", "set debug_parallel_query = on", PERSONS, answer=[(6,)]),
    harmless("B08", "set from_collapse_limit = 1", "select count(*) from published.household h full join published.person p using (province_code, household_key) where province_code = '{foreign}'", answer=[(0,)]),
    # What the catalogue and the statistics views tell.
    harmless("B09", "select * from pg_stats where tablename ~ 'person|finding|land'", "select * from pg_stats_ext_exprs", answer=[]),
    harmless("B09", "select * from pg_stat_get_activity(null)", "select pg_stat_get_backend_activity(b) from pg_stat_get_backend_idset() b"),
    harmless("B09", "select * from pg_stat_activity", "select * from pg_locks", "select * from pg_prepared_statements", "select * from pg_cursors"),
    harmless("B09", "select * from pg_db_role_setting", "select * from pg_settings", "select * from pg_event_trigger", "select * from pg_foreign_server"),
    harmless("B09", "select pg_sequence_last_value(c.oid) from pg_class c where c.relkind = 'S'", "select * from pg_sequences where last_value is not null", answer=[]),
    denied("B09", "select * from pg_subscription", "select * from pg_statistic_ext_data", "select * from pg_largeobject", "select * from pg_backend_memory_contexts"),
    denied("B10", "select chunk_data from {toast}", "table {toast}", "copy {toast} to '/dev/null'"),
    harmless("B10", "select jsonb_populate_recordset(null::published.person_{foreign}, '[]')", "select null::published.person_{foreign}", answer=[(None,)]),
    # Definitions by side doors: EXPLAIN ANALYZE runs what it explains.
    denied("B11", "explain (analyze) create temp table x as select 1", "explain (analyze) create table public.x as select 1", "explain analyze create materialized view published.mv as select 1"),
    denied("B11", "explain (analyze) select 1 into temp x", "explain (analyze) insert into published.person (province_code) values ('{own}')", "explain analyze delete from published.person"),
    harmless("B11", "prepare d as delete from published.person", "execute d", "select count(*) from published.person", answer=[(6,)]),
    denied("B11", "with gone as (delete from published.person returning *) select * from gone"),
    denied("B11", "merge into published.person p using published.person_{foreign} f on true when matched then do nothing", "update published.citizen_360 set sex = '1' returning *"),
    denied("B11", "insert into published.person select * from published.person returning *", "update published.person set sex = sex where ctid = '(0,1)' returning *"),
    denied("B12", "create domain public.d as int", "create collation public.c from \"C\"", "create type public.t as enum ('x')", "create sequence public.s", "create temp sequence s"),
    denied("B12", "create text search dictionary public.d (template = simple, stopwords = 'x')", "create text search configuration public.c (copy = simple)", "create conversion public.c for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1"),
    denied("B12", "create event trigger e on ddl_command_start execute function ops.refuse_definitions()", "drop event trigger readers_define_nothing", "alter event trigger readers_define_nothing disable"),
    denied("B12", "create access method a type table handler heap_tableam_handler", "create transform for int language sql (from sql with function abs(int))", "create trusted language l"),
    denied("B12", "create statistics public.s on province_code, sex from published.person", "security label on table published.person is 'x'", "comment on role province_{foreign} is 'x'"),
    denied("B12", "create tablespace t location '/tmp'", "import foreign schema x from server s into public", "alter large object 1 owner to current_user", "comment on large object 1 is 'x'"),
    # Taking on another role by a setting, and settings that only the operator may change.
    denied("B13", "select set_config('role', 'province_{foreign}', false)", "select set_config('session_authorization', 'postgres', false)", "set role none; set role central_read"),
    denied("B13", "alter role current_user set log_statement = 'all'", "alter role current_user set session_preload_libraries = 'x'", "alter role province_{foreign} set row_security = off", "alter role all set row_security = off"),
    denied("B13", "alter role current_user replication", "alter role current_user createrole", "grant province_read to province_{own} with admin option", "alter group province_{foreign} add user current_user"),
    denied("B13", "set log_min_duration_statement = 0", "set log_min_error_statement = 'debug5'", "set log_error_verbosity = 'verbose'", "set log_parameter_max_length = -1", "set allow_system_table_mods = on"),
    harmless("B13", "set default_transaction_read_only = off", "set transaction read write", "begin read write", "select count(*) from published.person", "commit"),
    # Functions that everybody may call by default and that write, block, read the server or forget statistics.
    denied("B14", "select pg_stat_reset()", "select pg_stat_reset_shared('wal')", "select pg_log_backend_memory_contexts(pg_backend_pid())", "select pg_import_system_collations('public')"),
    denied("B14", "select pg_create_restore_point('x')", "select pg_wal_replay_pause()", "select pg_replication_origin_create('x')", "select pg_create_logical_replication_slot('x', 'pgoutput')"),
    denied("B14", "select pg_ls_logdir()", "select pg_ls_tmpdir()", "select pg_current_logfile()", "select pg_show_all_file_settings()", "select pg_hba_file_rules()", "select pg_config()"),
    denied("B14", "select lo_get(1)", "select lo_put(1, 0, 'x')", "select lo_open(1, 131072)", "select loread(0, 1)", "select lo_truncate(0, 1)"),
    denied("B14", "select brin_summarize_new_values('published.person_pkey'::regclass)", "select gin_clean_pending_list('published.person_pkey'::regclass)"),
    harmless("B14", "select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, to_tsquery(''simple'', max(person_key)) from published.person where province_code <> ''{own}''')"),
    denied("B14", "select ts_rewrite('a'::tsquery, 'select ''a''::tsquery, to_tsquery(''simple'', personal_id) from warehouse.dim_person limit 1')"),
    harmless("B15", "checkpoint", "vacuum published.household", "analyze published.household", "vacuum published.person_{foreign}", "reindex table published.household"),
    denied("B15", "cluster published.household using household_pkey", "alter database {database} set row_security = off", "checkpoint"),
    harmless("B15", "begin", "prepare transaction 'x'", "rollback", "select * from pg_prepared_xacts", answer=[]),
    harmless("B15", "notify lookups", "unlisten *", "set session characteristics as transaction isolation level serializable", "select pg_export_snapshot()"),
)  # fmt: skip

EVERY = "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_temp' order by 1"  # fmt: skip
"""All relations the catalogue tells a reader about: none is secret by being unknown."""


def everything(names: list[str]) -> list[Attempt]:
    """Read each relation as a whole."""
    return [harmless("B16", f"select * from {name}") for name in names]
