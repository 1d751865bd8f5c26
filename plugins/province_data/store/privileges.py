"""Say in one text who may do what: roles, grants, policies, functions. A test compares it with the text that was reviewed.

What is alike for the 34 provinces is one line with a number in front; an owner's rights over its own objects are left out.
"""

from __future__ import annotations

import psycopg

from province_data.store.access import CLOSED_FUNCTIONS
from province_data.store.database import execute

_SNAPSHOT = r"""
with schemas as (
    select oid, nspname, nspacl, nspowner from pg_namespace
    where nspname in ('staging', 'quarantine', 'validated', 'warehouse', 'published', 'quality', 'ops', 'reference', 'public')
),
ours as (
    select oid, rolname from pg_roles
    where rolname ~ '^(province_\d\d|province_read|province_data_.*|central_read|auditor|data_protection)$'
        and rolname !~ '^province_data_recorder' or rolname = (select role_name from ops.lookup_channel)
),
granted (line) as (
    select format('schema %s: %s to %s', n.nspname, a.privilege_type, a.grantee) from schemas n,
        lateral (select x.privilege_type, case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end as grantee
            from aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) x where x.grantee <> n.nspowner) a
    union all
    select format('%s %s: %s to %s', case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end, c.oid::regclass,
        string_agg(x.privilege_type, ' ' order by x.privilege_type), case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end)
    from pg_class c join schemas n on n.oid = c.relnamespace, lateral aclexplode(c.relacl) x
    where x.grantee <> c.relowner group by c.relkind, c.oid, x.grantee
    union all
    select format('column %s.%s: %s to %s', c.oid::regclass, a.attname, x.privilege_type, x.grantee::regrole)
    from pg_attribute a join pg_class c on c.oid = a.attrelid join schemas n on n.oid = c.relnamespace, lateral aclexplode(a.attacl) x
    union all
    select format('function %s: %s to %s', p.oid::regprocedure, x.privilege_type,
        case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end)
    from pg_proc p join schemas n on n.oid = p.pronamespace, lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
    where x.grantee <> p.proowner and n.nspname <> 'reference'
    union all
    select format('function %s: runs with the rights of %s, %s', p.oid::regprocedure, p.proowner::regrole,
        coalesce(array_to_string(p.proconfig, ' '), 'no search_path of its own'))
    from pg_proc p join schemas n on n.oid = p.pronamespace where p.prosecdef
    union all
    select format('default privileges of %s: %s to %s', d.defaclrole::regrole, x.privilege_type, x.grantee)
    from pg_default_acl d, lateral aclexplode(d.defaclacl) x
    union all
    select format('database: %s to %s', x.privilege_type, case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end)
    from pg_database d, lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x
    where d.datname = current_database() and x.grantee <> d.datdba
    union all
    select format('role %s:%s%s%s%s%s', rolname, case when rolcanlogin then ' login' else ' nologin' end,
        case when rolsuper then ' superuser' end, case when rolcreaterole or rolcreatedb then ' creates' end,
        case when rolbypassrls then ' bypasses' end,
        case when rolreplication then ' replicates' end)
    from pg_roles join ours using (rolname)
    union all
    select format('role %s: member of %s', m.rolname, g.rolname)
    from pg_auth_members a join ours m on m.oid = a.member join pg_roles g on g.oid = a.roleid
    union all
    select format('policy %s on %s.%s: %s to %s using %s', p.policyname, p.schemaname, p.tablename, p.cmd, p.roles[1],
        replace(p.qual, quote_literal(right(p.roles[1]::text, 2)), '''NN'''))
    from pg_policies p
    union all
    select format('table %s.%s: row-level security%s%s', n.nspname, regexp_replace(c.relname, '_\d\d$', '_NN'),
        case when c.relrowsecurity then ' on' else ' OFF' end, case when c.relforcerowsecurity then ' and forced' end)
    from pg_class c join schemas n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and (n.nspname = 'published'
        or n.nspname = 'quality' and c.relname in ('finding', 'answer', 'reject_bundle'))
    union all
    select format('system function %s: open to everybody', p.oid::regprocedure) from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ %(closed)s and has_function_privilege('public', p.oid, 'execute')
    union all
    select format('event trigger %s: %s by %s%s', evtname, evtevent, evtfoid::regproc, case evtenabled when 'D' then ' DISABLED' end)
    from pg_event_trigger
    union all
    select format('language %s: open to everybody', lanname) from pg_language
    where lanpltrusted and has_language_privilege('public', oid, 'usage')
)
select count(*), plain from granted,
    lateral (select regexp_replace(regexp_replace(line, 'province_\d\d', 'province_NN', 'g'), '(recorder)_\d+', '\1_N', 'g') as plain) as p
group by plain order by plain collate "C"
"""


def read_privileges(connection: psycopg.Connection) -> list[str]:
    """Write the whole access model as lines in a fixed order."""
    rows = execute(connection, _SNAPSHOT.replace("%(closed)s", "'" + CLOSED_FUNCTIONS + "'")).fetchall()
    return [f"{count:>4} {line}" for count, line in rows]
