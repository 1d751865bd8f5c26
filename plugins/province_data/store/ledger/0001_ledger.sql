-- The business ledger: what arrived, what became of every record, who was told. Airflow's own database may be lost, this may not.

create type quality.record_id as (batch_id text, row_number bigint, record_key text);

create table ops.load (
    load_id bigint generated always as identity primary key,
    started_at timestamptz not null,
    finished_at timestamptz,
    rule_set text not null,
    status text not null default 'running' check (status in ('running', 'judged', 'done', 'failed'))
);
comment on table ops.load is 'Một lượt nạp: các lô được xử lý cùng nhau. One row per load: the batches that were worked on together.';

create table ops.batch (
    batch_id text primary key,
    dataset text not null,
    province_code text not null,
    as_of date not null,
    received_at timestamptz not null,
    sha256 text not null,
    source_uri text not null,
    status text not null check (status in ('landed', 'loaded', 'validated', 'published', 'refused', 'held', 'superseded', 'waiting', 'error')),
    delivered bigint not null default 0,
    published bigint not null default 0,
    quarantined bigint not null default 0,
    unreadable bigint not null default 0,
    duplicate bigint not null default 0,
    superseded bigint not null default 0,
    declared bigint not null default 0,
    sequence_no bigint,
    kind text not null,
    extracted_at timestamptz,
    commune_edition text,
    load_id bigint references ops.load,
    reason text,
    reason_vi text,
    decided_at timestamptz,
    check (delivered = published + quarantined + unreadable + duplicate + superseded)
);
create index on ops.batch (dataset, province_code, sequence_no);
create index on ops.batch (load_id);
create index on ops.batch (dataset, province_code, load_id);
comment on table ops.batch is 'Một lô: nội dung một lần giao dữ liệu. One row per batch; delivered = published + quarantined + unreadable + duplicate + superseded, always.';

create table ops.delivery (
    delivery_id text primary key,
    batch_id text not null,
    dataset text not null,
    province_code text not null,
    as_of date not null,
    sequence_no bigint,
    kind text not null,
    records bigint not null,
    source_uri text not null,
    received_at timestamptz not null,
    high_watermark timestamptz,
    status text not null check (status in ('due', 'admitted', 'duplicate', 'refused', 'superseded', 'waiting')),
    load_id bigint references ops.load,
    reason text,
    reason_vi text
);
create index on ops.delivery (dataset, province_code, sequence_no);
comment on table ops.delivery is 'Một lần giao đến nơi; cùng nội dung thì cùng lô. One row per arrival; the same bytes arriving again point to the same batch.';

create table ops.batch_table (
    batch_id text not null references ops.batch on delete cascade,
    table_name text not null,
    delivered bigint not null,
    unreadable bigint not null,
    primary key (batch_id, table_name)
);

create table ops.unreadable (
    batch_id text not null references ops.batch on delete cascade,
    table_name text not null,
    file text not null,
    record_number bigint,
    line bigint,
    reason text not null
);
create index on ops.unreadable (batch_id);
comment on table ops.unreadable is 'Bản ghi không đọc được. One row per record that could not be read: file, physical line, reason; no values.';

create table ops.step (
    load_id bigint not null references ops.load,
    step text not null,
    dataset text not null default '',
    seconds double precision not null,
    rows bigint not null default 0
);

create table ops.lease (
    name text primary key,
    token bigint not null,
    holder text not null,
    taken_at timestamptz not null
);
comment on table ops.lease is 'Ai đang ghi vào kho; số hiệu tăng dần chặn tiến trình cũ. Who may write; the rising token stops a process that was thought dead.';

create table quality.rule (
    rule_id text primary key,
    dimension text not null,
    severity text not null,
    sentence_vi text not null,
    sentence_en text not null,
    basis text not null
);

create table quality.rule_result (
    batch_id text not null,
    dataset text not null,
    rule_id text not null,
    province_code text not null,
    evaluated bigint not null,
    failed bigint not null,
    not_applicable bigint not null,
    outcome text not null check (outcome in ('passed', 'failed', 'not_applicable', 'error')),
    table_name text not null,
    load_id bigint not null,
    primary key (batch_id, rule_id, table_name)
);
create index on quality.rule_result (load_id);

create table quality.finding (
    finding_id bigint generated always as identity primary key,
    dataset text not null,
    table_name text not null,
    rule_id text not null,
    dimension text not null,
    severity text not null,
    province_code text not null,
    record_key text not null,
    field text not null,
    batch_id text not null,
    row_number bigint,
    status text not null default 'open' check (status in ('open', 'resolved')),
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    resolved_at timestamptz,
    occurrence integer not null default 1,
    reopened integer not null default 0,
    first_load_id bigint not null,
    last_load_id bigint not null,
    resolved_load_id bigint,
    unique (dataset, table_name, rule_id, province_code, record_key, occurrence)
);
create index on quality.finding (province_code, dataset) where status = 'open';
create index on quality.finding (dataset, province_code, table_name, record_key);
create index on quality.finding (last_load_id);
create index on quality.finding (resolved_load_id) where resolved_load_id is not null;
comment on table quality.finding is 'Một bản ghi vi phạm một quy tắc, theo dõi đến khi xử lý xong. One row per failing (record, rule), tracked until closed.';

create table quality.score (
    dataset text not null,
    province_code text not null,
    dimension text not null,
    batch_id text not null,
    evaluated bigint not null,
    failed bigint not null,
    score numeric(6, 2),
    as_of date not null,
    load_id bigint not null,
    rules integer not null,
    rule_set text not null,
    primary key (batch_id, dimension)
);
create index on quality.score (dataset, province_code, as_of);
create index on quality.score (load_id);

create table quality.coverage (
    dataset text not null,
    province_code text not null,
    since_load_id bigint not null,
    as_of date not null,
    primary key (dataset, province_code)
);
comment on table quality.coverage is 'Tỉnh nào đã có dữ liệu được nhận của bộ nào: quy tắc liên bộ chỉ kiểm tra được khi có đủ. Which province has stated what; cross-dataset rules are testable only there.';

create table quality.normalisation (
    batch_id text not null,
    table_name text not null,
    field text not null,
    kind text not null,
    rows bigint not null,
    primary key (batch_id, table_name, field, kind)
);

create unlogged table quality.set_verdict (
    dataset text not null,
    rule_id text not null,
    table_name text not null,
    province_code text not null,
    batch_id text not null,
    row_number bigint not null,
    record_key text not null,
    field text not null
);

create unlogged table quality.set_scope (
    rule_id text not null,
    dataset text not null,
    table_name text not null,
    province_code text not null,
    record_key text not null
);

create unlogged table staging.duplicate_key (
    table_name text not null,
    batch_id text not null,
    row_number bigint not null
);
create index on staging.duplicate_key (batch_id, row_number);

create unlogged table staging.deletion (
    table_name text not null,
    batch_id text not null,
    province_code text not null,
    row_number bigint not null,
    record_key text not null
);

create unlogged table staging.verdict (
    table_name text not null,
    batch_id text not null,
    row_number bigint not null,
    province_code text not null,
    record_key text not null,
    tags text[] not null,
    is_refused boolean not null
);

create unlogged table staging.set_aside (
    table_name text not null,
    batch_id text not null,
    row_number bigint not null,
    disposition text not null check (disposition in ('refused', 'duplicate', 'superseded'))
);

create table validated._removed (
    dataset text not null,
    table_name text not null,
    province_code text not null,
    record_key text not null,
    load_id bigint not null
);
create index on validated._removed (load_id);
