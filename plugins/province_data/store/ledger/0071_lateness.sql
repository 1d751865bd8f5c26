-- Who was late since when, told once for each lateness.

create table ops.lateness (
    dataset text not null,
    province_code text not null,
    last_received_at timestamptz not null,
    late_since timestamptz not null,
    load_id bigint not null references ops.load,
    told_at timestamptz,
    primary key (dataset, province_code, last_received_at)
);
comment on table ops.lateness is
    'Mỗi lần trễ hạn gửi một dòng, mỗi lần trễ báo đúng một thư. One row per lateness: since the last delivery of a dataset and province.';
comment on column ops.lateness.told_at is 'Lúc thư đã vào hộp gửi; trống là chưa, lần canh sau sẽ báo. When its mail was queued.';
grant select on ops.lateness to auditor;
