-- A read replica can record nothing, so it hands out no full record; it says so in words, and where to ask instead.
create or replace function ops.record_lookup(province text, hash text, purpose text, case_no text, verdict text) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    decided text;
begin
    if pg_is_in_recovery() then
        raise exception 'Tra cứu phải được ghi sổ nên chỉ chạy trên máy chủ chính. A look-up is recorded, so a read replica cannot answer it.'
            using errcode = '25006', hint = 'Kết nối tới máy chủ chính rồi gọi lại. Connect to the primary and call it there.';
    end if;
    begin
        select d.outcome into strict decided
        from ops.dblink(ops.lookup_address(), format('select ops.note_lookup(%L, %L, %L, %L, %L, %L, %L)',
            session_user, province, hash, purpose, case_no, host(inet_client_addr()), verdict)) as d (outcome text);
    exception when others then
        raise exception 'Không ghi được sổ tra cứu nên không trả dữ liệu. The look-up cannot be recorded, so nothing is shown (%).', sqlstate
            using errcode = '55000', hint = 'Báo đơn vị vận hành: province-data access check. Tell the operator.';
    end;
    return decided;
end
$$;
