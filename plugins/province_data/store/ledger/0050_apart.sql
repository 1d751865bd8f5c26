-- What is counted apart: waivers, lawful states, rules on trial, what could not be tested; and scores below the province.

create table quality.waiver (
    waiver_id bigint generated always as identity primary key,
    rule_id text not null,
    dataset text not null,
    province_code text not null,
    commune_code text,
    record_key text,
    reason text not null check (length(trim(reason)) >= 10),
    approved_by text not null check (length(trim(approved_by)) >= 3),
    lets_publish boolean not null default false,
    granted_at timestamptz not null,
    expires_on date not null,
    revoked_at timestamptz,
    revoked_by text,
    check (commune_code is null or record_key is null),
    check ((revoked_at is null) = (revoked_by is null))
);
create index on quality.waiver (dataset, province_code, rule_id) where revoked_at is null;
comment on table quality.waiver is
    'Miễn tạm thời một quy tắc trong một phạm vi: không tính là đạt, đếm riêng. One row per waiver ever granted; none is deleted.';
comment on column quality.waiver.lets_publish is 'Bản ghi bị trả lại chỉ vì quy tắc này vẫn được công bố, kèm cờ';
comment on column quality.waiver.expires_on is 'Ngày cuối cùng có hiệu lực, theo giờ Việt Nam';

alter table quality.finding add column commune_code text, add column waiver_id bigint, add column lawful_state text;
create index finding_apart on quality.finding (dataset, province_code) where waiver_id is not null or lawful_state is not null;
comment on column quality.finding.commune_code is 'Xã của bản ghi, khi mã có trong danh mục';
comment on column quality.finding.waiver_id is 'Đang được miễn theo quality.waiver: đếm riêng, không tính là đạt';
comment on column quality.finding.lawful_state is 'Tình trạng hợp pháp khiến chưa sửa được (thế chấp, vắng chủ …): đếm riêng';

alter table quality.rule_result add column waived bigint not null default 0, add column lawful bigint not null default 0;
alter table quality.rule_result drop constraint rule_result_outcome_check;
alter table quality.rule_result add constraint rule_result_outcome_check
    check (outcome in ('passed', 'failed', 'not_applicable', 'not_testable', 'error'));
comment on column quality.rule_result.failed is 'Số bản ghi vi phạm, kể cả phần đếm riêng (waived, lawful)';

alter table quality.rule add column state text not null default 'active', add column version text not null default '',
    add column declared_severity text, add column is_identifier boolean not null default false;
create table quality.rule_version (
    rule_id text not null,
    version text not null,
    state text not null,
    severity text not null,
    rule_set text not null,
    since timestamptz not null,
    primary key (rule_id, version)
);
comment on table quality.rule_version is
    'Mỗi lần đổi điều kiện, mức độ hay trạng thái của quy tắc. One row per version of a rule, with the rule set that brought it.';

create table quality.not_checked (
    rule_id text primary key,
    dataset text,
    dimension text not null,
    severity text not null,
    reason text not null
);
comment on table quality.not_checked is
    'Quy tắc chưa kiểm tra được với dữ liệu được giao. Rules that nothing delivered can be judged by; no dataset = all of them.';

alter table quality.score add column waived bigint not null default 0, add column lawful bigint not null default 0,
    add column not_applicable bigint not null default 0, add column not_testable integer not null default 0,
    add column identifier_failed bigint not null default 0;
comment on column quality.score.evaluated is 'Số lần kiểm tra, không kể phần đếm riêng';
comment on column quality.score.failed is 'Số lần không đạt, không kể phần đếm riêng';
comment on column quality.score.waived is 'Số lần không đạt đang được miễn: không ở tử số, không ở mẫu số';
comment on column quality.score.lawful is 'Số lần không đạt trên bản ghi có tình trạng hợp pháp chưa sửa được: không ở tử số, không ở mẫu số';
comment on column quality.score.not_applicable is 'Số bản ghi mà quy tắc không áp dụng';
comment on column quality.score.not_testable is 'Số quy tắc không kiểm tra được';
comment on column quality.score.identifier_failed is 'Số lỗi về số định danh, kể cả phần được miễn; khác 0 là sự cố nghiêm trọng (CV 4856)';

create table quality.commune_score (
    batch_id text not null,
    commune_code text not null,
    dimension text not null,
    dataset text not null,
    province_code text not null,
    evaluated bigint not null,
    failed bigint not null,
    waived bigint not null,
    lawful bigint not null,
    score numeric(6, 2),
    rules integer not null,
    failed_across bigint not null default 0,
    as_of date not null,
    load_id bigint not null,
    primary key (batch_id, commune_code, dimension)
);
create index on quality.commune_score (dataset, province_code, as_of);
comment on table quality.commune_score is
    'Điểm theo xã, của các quy tắc trên từng bản ghi. One row per batch, commune and dimension; an empty commune: no known code.';
comment on column quality.commune_score.failed_across is 'Lỗi theo quy tắc nhiều bản ghi hoặc liên bộ: chỉ đếm, không ở trong điểm của xã';

alter table staging.verdict add column commune_code text;
create unlogged table staging.tested (
    table_name text not null,
    batch_id text not null,
    commune_code text not null,
    staged bigint not null,
    evaluated bigint[] not null
);

grant select on quality.waiver, quality.rule_version, quality.not_checked, quality.commune_score to auditor;
