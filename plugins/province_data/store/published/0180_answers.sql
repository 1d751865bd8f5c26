-- A province sees its own answers beside its findings.

call ops.protect('quality.answer');
-- The auditor sees what was answered, but not the notes, which are free text.
create policy auditor on quality.answer for select to auditor using (true);
grant select (answer_id, finding_id, dataset, province_code, answer, forwarded_to, batch_id, row_number, table_name, record_number, answered_at)
    on quality.answer to auditor;

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
    a.answer, a.note as answer_note, a.answered_at, a.forwarded_to
from quality.finding f
left join quality.correction_term t on t.severity = f.severity
left join lateral (
    select w.answer, w.note, w.answered_at, w.forwarded_to from quality.answer w
    where w.finding_id = f.finding_id and w.answered_at is not null
    order by w.answered_at desc, w.answer_id desc limit 1
) a on true;

comment on column published.my_findings.answer is 'Trả lời gần nhất của tỉnh: corrected đã sửa, confirmed xác nhận đúng, not_ours không thuộc tỉnh';
comment on column published.my_findings.answer_note is 'Ghi chú của tỉnh';
comment on column published.my_findings.answered_at is 'Lúc nhận trả lời';
comment on column published.my_findings.forwarded_to is 'Bộ dữ liệu có cơ quan chủ quản phải xem lại; trống khi tỉnh đã sửa';
