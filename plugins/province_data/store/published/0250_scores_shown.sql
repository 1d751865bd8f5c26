-- Beside each score what is counted apart and what could not be tested; and the scores of the communes.

alter table published.quality_score add column waived bigint, add column lawful bigint, add column not_applicable bigint,
    add column not_testable integer, add column identifier_failed bigint, add column rule_set text;
comment on column published.quality_score.evaluated is 'Số lần kiểm tra, không kể phần đếm riêng';
comment on column published.quality_score.failed is 'Số lần không đạt, không kể phần đếm riêng';
comment on column published.quality_score.waived is 'Số lần không đạt đang được miễn: đếm riêng, không bao giờ tính là đạt';
comment on column published.quality_score.lawful is 'Số lần không đạt trên bản ghi có tình trạng hợp pháp chưa sửa được: đếm riêng';
comment on column published.quality_score.not_applicable is 'Số bản ghi mà quy tắc không áp dụng';
comment on column published.quality_score.not_testable is 'Số quy tắc của tiêu chí không kiểm tra được với dữ liệu được giao';
comment on column published.quality_score.identifier_failed is 'Số lỗi về số định danh, kể cả phần được miễn; khác 0 là sự cố nghiêm trọng';
comment on column published.quality_score.rule_set is 'Phiên bản bộ quy tắc đã chấm điểm';

create table published.commune_score (
    province_code text not null,
    dataset text not null,
    commune_code text not null,
    dimension text not null,
    evaluated bigint,
    failed bigint,
    waived bigint,
    lawful bigint,
    score numeric(6,2),
    failed_across bigint,
    batch_id text,
    as_of date,
    primary key (province_code, dataset, commune_code, dimension)
);
comment on table published.commune_score is
    'Điểm chất lượng gần nhất của mỗi xã theo từng chiều. The latest score of a commune; one row per dataset, commune and dimension.';
comment on column published.commune_score.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.commune_score.dataset is 'Bộ dữ liệu';
comment on column published.commune_score.commune_code is 'Mã xã như nơi gửi ghi; để trống là bản ghi không có mã xã trong danh mục';
comment on column published.commune_score.dimension is 'Chiều chất lượng: correct, sufficient, clean, live, unified';
comment on column published.commune_score.evaluated is 'Số lần kiểm tra theo quy tắc trên từng bản ghi, không kể phần đếm riêng';
comment on column published.commune_score.failed is 'Số lần không đạt, không kể phần đếm riêng';
comment on column published.commune_score.waived is 'Số lần không đạt đang được miễn: đếm riêng';
comment on column published.commune_score.lawful is 'Số lần không đạt có tình trạng hợp pháp: đếm riêng';
comment on column published.commune_score.score is 'Điểm 0 đến 100 theo quy tắc trên từng bản ghi; trống khi không có quy tắc nào áp dụng được';
comment on column published.commune_score.failed_across is 'Lỗi theo quy tắc nhiều bản ghi hoặc liên bộ: chỉ đếm, không ở trong điểm của xã';
comment on column published.commune_score.batch_id is 'Lô được chấm điểm';
comment on column published.commune_score.as_of is 'Ngày dữ liệu của lô';
call ops.protect('published.commune_score');

-- A province sees which of its findings are counted apart, and in which commune they lie.
create or replace view published.my_findings with (security_invoker = true, security_barrier = true) as
select f.finding_id, f.dataset, f.table_name, f.rule_id, f.dimension, f.severity, f.province_code, f.record_key, f.field, f.batch_id,
    f.row_number, f.status, f.first_seen_at, f.last_seen_at, f.resolved_at,
    (f.first_seen_at at time zone 'Asia/Ho_Chi_Minh')::date + t.days as due_on,
    (
        select count(*)::integer from quality.reject_bundle b
        where b.province_code = f.province_code and b.dataset = f.dataset and t.days is not null
            and b.load_id >= coalesce(f.opened_load_id, f.first_load_id)
            and (f.resolved_load_id is null or b.load_id < f.resolved_load_id)
    ) as attempt,
    a.answer, a.note as answer_note, a.answered_at, a.forwarded_to,
    f.commune_code, f.waiver_id is not null as is_waived, f.lawful_state
from quality.finding f
left join quality.correction_term t on t.severity = f.severity
left join lateral (
    select w.answer, w.note, w.answered_at, w.forwarded_to from quality.answer w
    where w.finding_id = f.finding_id and w.answered_at is not null
    order by w.answered_at desc, w.answer_id desc limit 1
) a on true;
comment on column published.my_findings.commune_code is 'Mã xã của bản ghi, khi mã có trong danh mục';
comment on column published.my_findings.is_waived is 'Đang được miễn có thời hạn: đếm riêng, không tính là đạt';
comment on column published.my_findings.lawful_state is 'Tình trạng hợp pháp khiến chưa sửa được: đếm riêng';
