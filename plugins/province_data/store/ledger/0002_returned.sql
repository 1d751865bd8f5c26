-- What goes back to the provinces: until when a finding is to be mended, and what was handed out after each load.

create table quality.correction_term (
    severity text primary key,
    days integer not null check (days > 0)
);
comment on table quality.correction_term is 'Số ngày để xử lý một phát hiện, theo mức độ. Days to mend a finding; one row per severity.';

create table quality.reject_bundle (
    province_code text not null,
    dataset text not null,
    load_id bigint not null references ops.load,
    folder text not null,
    findings bigint not null,
    records bigint not null,
    due_on date,
    files text[] not null,
    sha256 text[] not null,
    primary key (province_code, dataset, load_id),
    check (cardinality(files) = cardinality(sha256) and (folder = '') = (findings = 0))
);
comment on table quality.reject_bundle is
    'Gói trả lại sau mỗi lần nạp: thư mục, số phát hiện, số bản ghi, tệp. What was handed back; one row per load, province and dataset.';

-- A finding that was closed and comes back counts its returns anew; its due date stays that of the day it was first seen.
alter table quality.finding add column opened_load_id bigint;
comment on column quality.finding.opened_load_id is 'Lượt nạp mở phát hiện lần gần nhất; trống là lượt nạp thấy lần đầu';
