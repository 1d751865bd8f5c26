-- What is no day, no moment and no number is answered with how to write it. No EXCEPTION block: the function stays parallel safe.

create or replace function published.as_of() returns bigint
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp
as $$
declare
    asked text := nullif(btrim(current_setting('province_data.as_of', true)), '');
    moment timestamptz;
    found record;
begin
    if asked is null then
        raise exception 'Chưa chọn lần công bố. No publication is chosen.' using errcode = '22023',
            hint = 'set province_data.as_of = ''2026-10-31''; (ngày, thời điểm hoặc số trong published.publication)';
    elsif asked ~ '^[0-9]{1,18}$' then
        select p.publication_id, p.is_readable into found from published.publication p where p.publication_id = asked::bigint;
    elsif asked !~ '^\d{4}-\d{2}-\d{2}([ T]|$)' then
        raise exception 'Không hiểu thời điểm đã chọn. The moment asked for is not understood.' using errcode = '22007',
            hint = 'Viết năm-tháng-ngày: set province_data.as_of = ''2026-10-31'' hoặc ''2026-10-31 17:00+07'', hoặc số trong published.publication';
    else
        moment := case when asked ~ '^\d{4}-\d{2}-\d{2}$' then (asked::date + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh'
            else asked::timestamptz + interval '1 microsecond' end;
        select p.publication_id, p.is_readable into found from published.publication p
        where p.published_at < moment order by p.publication_id desc limit 1;
    end if;
    if found.is_readable is not true then
        raise exception 'Không đọc lại được trạng thái đã yêu cầu. The state asked for cannot be read.' using errcode = '22023',
            hint = 'Các lần còn đọc được: select * from published.publication where is_readable';
    end if;
    return found.publication_id;
end
$$;
