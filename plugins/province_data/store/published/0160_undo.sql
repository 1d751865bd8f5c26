-- What a publication overwrote, so that it can be taken back.

alter table ops.publication add column undoes bigint references ops.publication;
alter table ops.publication add column undone_by bigint references ops.publication;
alter table ops.publication add column is_undoable boolean not null default false;
comment on column ops.publication.undoes is 'Lần công bố bị lần này rút lại. The publication that this one took back.';
comment on column ops.publication.undone_by is 'Lần công bố đã rút lại lần này. The publication that took this one back.';
comment on column ops.publication.is_undoable is 'Còn đủ ảnh cũ để rút lại. Everything it overwrote is still kept.';

create table ops.publication_undo (
    undo_id bigint generated always as identity primary key,
    publication_id bigint not null references ops.publication on delete cascade,
    table_name text not null,
    change text not null check (change in ('inserted', 'updated', 'deleted', 'filled')),
    image jsonb
);
create index on ops.publication_undo (publication_id, table_name);
comment on table ops.publication_undo is 'Dòng trước khi một lần công bố thay đổi nó. One row per changed row of a recent publication, as it was before; of a new row the key.';
revoke all on ops.publication_undo from public;
