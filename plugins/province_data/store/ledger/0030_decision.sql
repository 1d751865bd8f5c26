-- What a person decided about a batch that the gate held. Rows are added, never changed.

create table ops.decision (
    decision_id bigint generated always as identity primary key,
    batch_id text not null references ops.batch,
    sequence_no bigint,
    held_load_id bigint not null references ops.load,
    instead_of text,
    held_because text not null,
    choice text not null check (choice in ('publish', 'quarantine', 'return')),
    reason text not null check (btrim(reason) <> '' and length(reason) <= 500),
    decided_by text not null check (btrim(decided_by) <> ''),
    decided_at timestamptz not null,
    unique (batch_id, held_load_id)
);
comment on table ops.decision is
    'Người có thẩm quyền quyết định về một lô bị giữ. One row per held batch that a person decided on: who, when, what, why.';
comment on column ops.decision.instead_of is
    'Lô đang có hiệu lực lúc quyết định; lô khác thay vào thì quyết định công bố không còn giá trị';
