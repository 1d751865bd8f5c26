-- What today's rules say of deliveries of the past: figures of their own, nothing that is published follows from them.

create table quality.reevaluation (
    batch_id text not null references ops.batch on delete cascade,
    rule_set text not null,
    rule_id text not null,
    table_name text not null,
    evaluated bigint not null,
    failed bigint not null,
    evaluated_then bigint,
    failed_then bigint,
    judged_at timestamptz not null,
    primary key (batch_id, rule_set, rule_id, table_name)
);
comment on table quality.reevaluation is
    'Chấm lại lô cũ bằng bộ quy tắc hiện hành, chỉ để so sánh. One row per past batch, rule set, rule and table; rules over single records.';
grant select on quality.reevaluation to auditor;
