-- A province sees what was handed back to it.

call ops.protect('quality.reject_bundle');
create policy auditor on quality.reject_bundle for select to auditor using (true);
grant select on quality.reject_bundle to auditor;
grant select on quality.correction_term to province_read, central_read, auditor;
