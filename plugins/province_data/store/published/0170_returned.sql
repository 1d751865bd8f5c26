-- A province sees until when a finding is due and how often it was handed back, and what was handed back to it.

call ops.protect('quality.reject_bundle');
create policy auditor on quality.reject_bundle for select to auditor using (true);
grant select on quality.reject_bundle to auditor;
grant select on quality.correction_term to province_read, central_read, auditor;

create or replace view published.my_findings with (security_invoker = true, security_barrier = true) as
select f.finding_id, f.dataset, f.table_name, f.rule_id, f.dimension, f.severity, f.province_code, f.record_key, f.field, f.batch_id,
    f.row_number, f.status, f.first_seen_at, f.last_seen_at, f.resolved_at,
    (f.first_seen_at at time zone 'Asia/Ho_Chi_Minh')::date + t.days as due_on,
    (
        select count(*)::integer from quality.reject_bundle b
        where b.province_code = f.province_code and b.dataset = f.dataset and t.days is not null
            and b.load_id >= coalesce(f.opened_load_id, f.first_load_id)
            and (f.resolved_load_id is null or b.load_id < f.resolved_load_id)
    ) as attempt
from quality.finding f
left join quality.correction_term t on t.severity = f.severity;

comment on column published.my_findings.due_on is 'Hạn xử lý, tính từ ngày thấy lần đầu; trống khi không phải xử lý';
comment on column published.my_findings.attempt is 'Đã gửi trả tỉnh bao nhiêu lần';
