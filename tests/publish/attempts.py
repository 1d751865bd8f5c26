"""What a province's login may try, one line an attempt. The numbers are those of the list of attempts.

`{own}` and `{foreign}` are province codes, `{own_id}` and `{foreign_id}` numbers of citizens of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attempt:
    """Statements of one attempt and what must come of them."""

    number: str
    statements: tuple[str, ...]
    is_denied: bool = False
    """Each statement is an error."""
    answer: object = None
    """What the last statement must answer, `None` = anything that holds nothing foreign and nothing masked."""
    is_lookup: bool = False
    """It may show one's own citizen."""


def denied(number: str, *statements: str) -> Attempt:
    """Each of these is refused."""
    return Attempt(number, statements, is_denied=True)


def harmless(number: str, *statements: str, answer: object = None) -> Attempt:
    """These may run, or fail: they show nothing foreign and change nothing."""
    return Attempt(number, statements, answer=answer)


PERSONS = "select count(*) from published.person"

ATTEMPTS = (
    denied("A01", "select * from validated.population__person", "select * from warehouse.dim_person", "select * from warehouse.mart_person"),
    denied("A02", "select * from published.person_{foreign}", "select * from published.person_{own}", "table published.land_right_{foreign}"),
    denied("A02", "select * from published.person_history_{foreign}", "select * from published.person_history_{own}", "table published.residence_{foreign}"),
    denied("A03", "select * from published.person_00", "select * from validated.population__person_{foreign}"),
    denied("A04", "select * from only published.person_{foreign}", "select * from published.person_{foreign} tablesample system (100)"),
    harmless("A04", "select * from only published.person", answer=[]),
    harmless("A04", "select count(*) from published.person tablesample bernoulli (100)", answer=[(6,)]),
    harmless("A05", "set row_security = off", PERSONS),
    denied("A06", "set role province_data_owner", "set role province_{foreign}", "set role pg_read_all_data", "set role central_read"),
    denied("A06", "set role province_data_lookup", "set role postgres", "set local role auditor; select 1 / 0"),
    denied("A07", "set session authorization province_{foreign}", "set session authorization postgres"),
    harmless("A08", "set province_data.secret = 'x'", "set province_data.today = '2000-01-01'", "set province_data.publication = '1'", PERSONS, answer=[(6,)]),
    harmless("A08", "set province_data.as_of = '1'", "select count(*) from published.person_as_of where 1 / (province_code <> '{foreign}')::int = 1", answer=[(6,)]),
    harmless("A08", "set province_data.as_of = '1'", "select distinct province_code from published.citizen_360_as_of", answer=[("{own}",)]),
    harmless("A08", "set province_data.as_of = '{foreign}'", "select * from published.land_right_as_of", "set province_data.as_of = '1 or true'", "select * from published.person_as_of"),
    harmless("A09", "set search_path = pg_temp, public, published", "select count(*) from person", answer=[(6,)]),
    denied("A10", "create temp table person (x int)", "create temp view person as select 1", "create type pg_temp.t as (x int)"),
    denied("A10", "create function pg_temp.lower(text) returns text language sql as 'select $1'", "create schema mine"),
    harmless("A11", PERSONS + " where 1 / (province_code <> '{foreign}')::int = 1", answer=[(6,)]),
    harmless("A11", PERSONS + " where (case when province_code <> '{own}' then person_key::int end) is null", answer=[(6,)]),
    harmless("A12", PERSONS + " where person_key ~ (case when province_code = '{foreign}' then '(' else '' end)", answer=[(6,)]),
    harmless("A12", "select sum(length(format('%s', p))) > 0 from published.person p", answer=[(True,)]),
    harmless("A12", "select count(*) from published.citizen_360 where 1 / (province_code <> '{foreign}')::int = 1", answer=[(6,)]),
    harmless("A12", "select count(*) from published.indicator_trend where 1 / (province_code <> '{foreign}')::int = 2", answer=[(0,)]),
    harmless("A12", "select count(*) > 5 from published.person_versions where 1 / (province_code <> '{foreign}')::int = 1", answer=[(True,)]),
    harmless("A12", "select distinct province_code from published.residence_versions where 1 / (province_code <> '{foreign}')::int = 1", answer=[("{own}",)]),
    harmless("A13", "select count(*) from published.my_findings where 1 / (province_code <> '{foreign}')::int = 1", answer=[(1,)]),
    harmless("A13", "select max(record_key) from published.my_findings where province_code <> '{own}'", answer=[(None,)]),
    denied("A14", "create operator published.=== (leftarg = text, rightarg = text, function = texteq)", "create operator class public.o for type text using btree as operator 1 <"),
    denied("A15", "create aggregate public.spy (text) (sfunc = textcat, stype = text)"),
    denied("A16", "create function public.f(text) returns bool leakproof language sql as 'select true'", "create cast (text as int) with inout"),
    denied("A17", "do $$ begin raise notice 'x'; end $$", "do language sql $$ select 1 $$"),
    denied("A18", "create function public.f() returns int language sql as 'select 1'", "create procedure published.p() language sql as 'select 1'"),
    denied("A19", "create temp table mine as select * from published.person", "select * into temp mine from published.person"),
    harmless("A19", "begin", "declare c cursor with hold for select distinct province_code from published.person", "commit", "fetch all from c", answer=[("{own}",)]),
    denied("A20", "select * from pg_statistic", "select * from pg_statistic_ext_data"),
    harmless("A21", "select count(*) from pg_stats where schemaname in ('published', 'validated', 'warehouse')", answer=[(0,)]),
    harmless("A21", "select * from pg_stats_ext", answer=[]),
    harmless("A22", "explain (analyze, verbose) select * from published.person where province_code = '{foreign}'"),
    harmless("A22", "explain (analyze, buffers off) select * from published.person where person_key > 'a' or household_key > 'a'"),
    harmless("A23", "select personal_id_masked::int from published.person", "select household_key::date from published.household"),
    harmless("A24", "set client_min_messages = debug5", "select * from published.person where sex = 'x'", "insert into published.person values ('{foreign}', 'x')"),
    harmless("A25", "select prosrc, proconfig from pg_proc where pronamespace in (select oid from pg_namespace where nspname !~ '^(pg_|information)')"),
    harmless("A25", "select pg_get_viewdef(c.oid) from pg_class c where relkind = 'v'", "select * from pg_user_mappings", "select * from pg_roles"),
    denied("A25", "select rolpassword from pg_authid", "select passwd from pg_shadow", "select * from pg_user_mapping", "select * from pg_hba_file_rules"),
    denied("A26", "insert into published.person (province_code, person_key) values ('{own}', 'x')", "update published.person set sex = '1'", "delete from published.person"),
    denied("A26", "truncate published.person", "merge into published.person p using (select 1) s on true when matched then delete", "update published.my_findings set status = 'resolved'"),
    denied("A26", "delete from ops.lookup", "update ops.lookup_limit set per_hour = 9999", "delete from published.person_history", "update published.publication set is_readable = true", "call ops.show_history('person')", "insert into published.lookup_purpose values ('x', 'x', 'x')"),
    denied("A27", "select * from published.person for update", "select * from published.person for key share", "select * from quality.finding for share"),
    denied("A28", "insert into published.person (province_code, person_key) select '{foreign}', 'x' on conflict do nothing"),
    denied("A29", "insert into published.admin_unit (unit_id) values ('x')", "insert into quality.finding default values"),
    denied("A30", "create table public.mine (p text, k text, foreign key (p, k) references published.person)", "alter table published.person add column mine text"),
    denied("A31", "create trigger t before insert on published.person execute function suppress_redundant_updates_trigger()", "create rule r as on select to published.person do instead select 1"),
    denied("A31", "create policy mine on published.person using (true)", "alter policy province_{own} on published.person using (true)", "alter table published.person disable row level security"),
    denied("A32", "select nextval('ops.publication_publication_id_seq')", "select setval('ops.lookup_lookup_id_seq', 1)", "select last_value from quality.finding_finding_id_seq"),
    harmless("A33", "select * from pg_sequences where last_value is not null", answer=[]),
    harmless("A34", PERSONS + " where ctid = '(0,1)' and province_code = '{foreign}'", answer=[(0,)]),
    harmless("A34", "select distinct tableoid::regclass::text from published.person", answer=[("person_{own}",)]),
    harmless("A34", "select xmin, xmax, ctid, * from published.person where tableoid = 'published.person_{foreign}'::regclass", answer=[]),
    denied("A35", "copy published.person to '/tmp/x'", "copy (select 1) to '/tmp/x'", "copy published.person from '/etc/passwd'"),
    denied("A36", "copy published.person to program 'true'", "copy published.person from program 'id'"),
    denied("A37", "select pg_read_file('PG_VERSION')", "select pg_ls_dir('.')", "select pg_stat_file('PG_VERSION')", "select pg_read_binary_file('PG_VERSION')", "select pg_ls_waldir()"),
    denied("A38", "select lo_import('/etc/passwd')", "select lo_export(1, '/tmp/x')", "select lo_create(0)", "select lo_from_bytea(0, 'x')", "select lo_creat(1)", "select lo_unlink(1)"),
    denied("A39", "create extension postgres_fdw", "create extension file_fdw", "create extension hstore", "create extension plpython3u", "alter extension dblink set schema public"),
    denied("A40", "create foreign data wrapper w", "create server s foreign data wrapper dblink_fdw", "create user mapping for current_user server s"),
    denied("A41", "create subscription s connection 'host=127.0.0.1' publication p", "create publication p for all tables", "create publication p for table published.person"),
    denied("A42", "select ops.dblink('dbname=postgres', 'select 1')", "select ops.dblink_connect('host=127.0.0.1 user=postgres password=x')", "select ops.dblink_exec('x', 'y')"),
    denied("A43", "load 'dblink'", "load '$libdir/file_fdw'"),
    harmless("A44", "set local_preload_libraries = 'x'", PERSONS, answer=[(6,)]),
    denied("A44", "set session_replication_role = replica", "set session_preload_libraries = 'x'", "set log_statement = 'all'"),
    denied("A45", "alter system set log_statement = 'all'", "select pg_reload_conf()", "select pg_rotate_logfile()", "select set_config('log_min_messages', 'panic', false)"),
    denied("A46", "alter default privileges for role province_data_owner grant all on tables to public"),
    denied("A46", "alter default privileges in schema published grant select on tables to public", "alter default privileges grant all on tables to public"),
    harmless("A47", "grant select on published.person to public", "grant all on published.person_{foreign} to current_user", "grant usage on schema warehouse to public"),
    denied("A48", "reassign owned by province_data_owner to current_user", "drop owned by province_data_owner", "grant province_{foreign} to current_user", "create role mine"),
    denied("A48", "alter role current_user superuser", "alter role current_user bypassrls", "alter role province_{own} login", "drop role province_{foreign}"),
    harmless("A48", "drop owned by current_user", "revoke province_read from province_{own}"),
    denied("A49", "select * from staging.population__person", "select * from quarantine.population__person", "select * from ops.batch", "select * from quality.rule_result", "select * from ops.history_table"),
    denied("A49", "select * from quality.touched_population__person", "select * from quality.stated_population__person", "select * from reference.code", "select * from warehouse.change_log"),
    harmless("A50", "select * from information_schema.routines where specific_schema not in ('pg_catalog', 'information_schema')", "select * from information_schema.columns"),
    harmless("A51", "select * from pg_description", "select * from pg_shdescription", "select * from pg_seclabels"),
    denied("A52", "select query_to_xml('select * from published.person', true, true, '')", "select query_to_xml_and_xmlschema('select 1', true, true, '')"),
    denied("A53", "select table_to_xml('published.person', true, true, '')", "select schema_to_xml('warehouse', true, true, '')", "select cursor_to_xml('c', 1, true, true, '')", "select database_to_xml(true, true, '')"),
    harmless("A54", "select word from ts_stat('select to_tsvector(''simple'', person_key) from published.person')"),
    denied("A54", "select * from ts_stat('select to_tsvector(''simple'', full_name) from warehouse.dim_person')"),
    harmless("A55", "prepare p1 (text) as select count(*) from published.person where province_code = $1", *["execute p1 ('{own}')"] * 6, "execute p1 ('{foreign}')", answer=[(0,)]),
    harmless("A56", "select count(*) from published.person where province_code in (select province_code from published.household union select '{foreign}')", answer=[(6,)]),
    harmless("A57", "prepare p2 as select count(*) from published.person", "set role province_{own}", "execute p2", "set role province_read", "execute p2", "reset role", "execute p2", answer=[(6,)]),
    harmless("A57", "set role province_read", "select count(*) from published.person", answer=[(0,)]),
    Attempt("A58", ("begin", "select * from published.lookup_person('{foreign_id}', 'inspection', 'case 1')"), answer=[], is_lookup=True),
    Attempt("A58", ("select * from published.lookup_person('%', 'inspection', 'case 1')",), is_denied=True),
    Attempt("A59", ("select * from published.lookup_person(null, null, null)",), is_denied=True),
    Attempt("A59", ("select p.* from published.person o, published.lookup_person(o.personal_id_masked, 'inspection', 'case 1') p",), is_denied=True),
    Attempt("A60", ("select * from published.lookup_person('{own_id}', 'curiosity', 'case 1')",), is_denied=True),
    Attempt("A61", ("select ops.note_lookup('x', '{own}', 'x', 'x', 'x', null, 'shown')", "select ops.record_lookup('x', 'x', 'x', 'x', 'x')"), is_denied=True),
    Attempt("A62", ("set search_path = pg_temp", "set role province_read", "select * from published.lookup_person('{foreign_id}', 'inspection', 'case 1')"), is_lookup=True),
    denied("A66", "set temp_file_limit = -1", "alter role current_user connection limit -1", "alter role current_user valid until 'infinity'"),
    denied("A67", "select pg_advisory_lock(1)", "select pg_advisory_lock(1, 2)", "select pg_try_advisory_lock(1)", "select pg_advisory_xact_lock_shared(1)", "select pg_sleep(1)"),
    denied("A68", "lock table published.person in access exclusive mode", "lock table published.person in share mode", "lock table published.person in row exclusive mode"),
    denied("A69", "select pg_notify('x', 'y')"),
    harmless("A69", "select pg_cancel_backend(pid), pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"),
    harmless("A69", "listen lookups", "select query from pg_stat_activity where usename <> current_user and query !~ 'insufficient privilege' and query <> ''"),
    harmless("A70", "set application_name = E'x\\n2026-01-01 LOG: forged \\x1b[2J'", "show application_name"),
    denied("A71", "select pg_logical_emit_message(false, 'x', 'y')", "select * from published.lookup_person('{own_id}', 'inspection', E'case\\n2026-01-01 LOG: forged')"),
    denied("A73", "alter database {database} set log_statement = 'all'", "create database mine", "drop database {database}"),
    denied("A74", "select pg_create_physical_replication_slot('x')", "select pg_switch_wal()", "select pg_backup_start('x')", "select pg_promote()"),
    harmless("A80", "select count(*) from published.indicator where province_code not in ('{own}', '00')", answer=[(0,)]),
    harmless("A81", "select count(*) from published.quality_score where province_code not in ('{own}', '00')", answer=[(0,)]),
)  # fmt: skip
