-- What each build of the warehouse did, model by model, written down while it is at work.

create table ops.build (
    build_id bigint generated always as identity primary key,
    load_id bigint not null references ops.load,
    caller text not null default '',
    is_full boolean,
    status text not null check (status in ('running', 'done', 'failed')),
    started_at timestamptz not null,
    seconds double precision
);
comment on table ops.build is 'Một lần dựng kho. One row per build of the warehouse that had something to do.';
comment on column ops.build.load_id is 'Lượt nạp mới nhất được dựng. The newest load that was built.';
comment on column ops.build.caller is 'Lượt chạy đã gọi; trống là dòng lệnh. The scheduler''s run; empty for the command line.';
create index on ops.build (caller) where caller <> '';

create table ops.model_run (
    build_id bigint not null references ops.build on delete cascade,
    node text not null,
    kind text not null check (kind in ('model', 'seed', 'test')),
    layer text not null,
    model text not null,
    status text not null check (status in ('running', 'done', 'failed', 'skipped')),
    started_at timestamptz,
    seconds double precision,
    rows bigint,
    failures bigint,
    message text not null default '',
    primary key (build_id, node)
);
comment on table ops.model_run is
    'Từng bảng và từng kiểm tra của một lần dựng kho; không có giá trị nào. One row per build and model, seed or test.';
comment on column ops.model_run.model is 'Bảng được dựng, hoặc bảng mà kiểm tra này thuộc về. The model, or the one a test belongs to.';
comment on column ops.model_run.rows is 'Số dòng đã ghi; trống với khung nhìn. Rows written; empty for a view.';
comment on column ops.model_run.failures is 'Số dòng vi phạm của một kiểm tra. Rows that break a test.';

grant select on ops.build, ops.model_run to auditor;
