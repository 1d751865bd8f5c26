-- What the quality pages show of findings is counted once, when a load is reported: a page never counts the findings themselves.

create table quality.finding_tally (
    dataset text not null,
    province_code text not null,
    load_id bigint not null references ops.load,
    rule_id text not null,
    new bigint not null,
    persisting bigint not null,
    resolved bigint not null,
    oldest_at timestamptz,
    primary key (dataset, province_code, load_id, rule_id)
);
comment on table quality.finding_tally is
    'Số phát hiện mới, còn tồn, đã xử lý sau mỗi lượt nạp; quy tắc để trống là tổng cộng. Findings after a load; one row per dataset, province, load and rule, rule_id empty for all of them.';
comment on column quality.finding_tally.oldest_at is 'Phát hiện còn mở lâu nhất được thấy lần đầu lúc nào';

create table quality.commune_tally (
    dataset text not null,
    province_code text not null,
    commune_code text not null,
    findings bigint not null,
    load_id bigint not null references ops.load,
    primary key (dataset, province_code, commune_code)
);
comment on table quality.commune_tally is
    'Số phát hiện còn mở theo xã, tính lại khi báo cáo; mã xã để trống là không rõ. Open findings by commune; one row per dataset, province and commune, empty for an unknown one.';

create table ops.load_caller (
    load_id bigint not null references ops.load,
    caller text not null,
    primary key (caller, load_id)
);
comment on table ops.load_caller is 'Lượt chạy nào của bộ lập lịch đã làm lượt nạp này. Which run of a scheduler worked on a load; one row per both.';

-- Loads that were reported before: the newest of every dataset and province.
insert into quality.finding_tally
select l.dataset, l.province_code, l.load_id, coalesce(f.rule_id, ''),
    count(f.finding_id) filter (where f.first_load_id = l.load_id),
    count(f.finding_id) filter (where f.first_load_id < l.load_id and (f.resolved_load_id is null or f.resolved_load_id > l.load_id)),
    count(f.finding_id) filter (where f.resolved_load_id = l.load_id),
    min(f.first_seen_at) filter (where f.status = 'open')
from (select dataset, province_code, max(load_id) as load_id from ops.batch where load_id is not null group by 1, 2) l
left join quality.finding f on f.dataset = l.dataset and f.province_code = l.province_code and f.first_load_id <= l.load_id
group by grouping sets ((l.dataset, l.province_code, l.load_id, f.rule_id), (l.dataset, l.province_code, l.load_id))
having grouping(f.rule_id) = 1 or (f.rule_id is not null and max(coalesce(f.resolved_load_id, l.load_id)) >= l.load_id);
