-- Indicators by month and commune, with targets; trend, rank and the map of 63 provinces. What was published before keeps its month.

alter table published.indicator rename to indicator_before;
alter table published.indicator_before rename constraint indicator_pkey to indicator_before_pkey;

create table published.indicator (
    code text not null,
    province_code text not null,
    commune_code text,
    period date not null,
    value numeric(18,2),
    numerator bigint,
    denominator bigint,
    target numeric(18,2),
    unit text,
    basis text,
    name_vi text,
    name_en text,
    statement text,
    is_reached boolean,
    old_province_code text,
    indicator_key text not null,
    primary key (province_code, indicator_key)
);
comment on table published.indicator is 'Chỉ số của tỉnh, của từng xã, và của cả nước khi province_code là 00. Indicators; one row per indicator, province or commune, and month.';
comment on column published.indicator.code is 'Mã chỉ số';
comment on column published.indicator.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.indicator.commune_code is 'Mã xã hiện nay; trống là số của cả tỉnh';
comment on column published.indicator.period is 'Tháng của số liệu, ghi bằng ngày đầu tháng; tháng đang chạy tính đến lần công bố gần nhất';
comment on column published.indicator.value is 'Giá trị: số đếm, hoặc tử số chia mẫu số nhân 100; của cả nước thì trống khi nhóm nhỏ hơn 10';
comment on column published.indicator.numerator is 'Tử số; của cả nước thì trống khi nhóm nhỏ hơn 10';
comment on column published.indicator.denominator is 'Mẫu số; trống khi chỉ số là một số đếm, hoặc của cả nước mà nhóm nhỏ hơn 10';
comment on column published.indicator.target is 'Mục tiêu của giá trị; trống khi không đặt';
comment on column published.indicator.unit is 'Đơn vị của giá trị';
comment on column published.indicator.basis is 'Cách tính và căn cứ';
comment on column published.indicator.name_vi is 'Tên chỉ số';
comment on column published.indicator.name_en is 'Tên tiếng Anh';
comment on column published.indicator.statement is 'Câu phát biểu: tử số/mẫu số = tỷ lệ, làm tròn như báo cáo';
comment on column published.indicator.is_reached is 'True khi đạt mục tiêu; trống khi không đặt mục tiêu';
comment on column published.indicator.old_province_code is 'Của xã: mã tỉnh trước 01/07/2025 (63 tỉnh)';
comment on column published.indicator.indicator_key is 'Khóa của dòng: chỉ số, tháng, xã';
call ops.protect('published.indicator', with_country => true);

insert into published.indicator
select indicator_id, province_code, null, date_trunc('month', as_of)::date, value, numerator, denominator, null, unit, basis, name_vi, name_en,
    null, null, null, indicator_id || '|' || to_char(as_of, 'YYYY-MM') || '|'
from published.indicator_before where as_of is not null;
-- The next build makes the view anew.
drop view if exists warehouse.rpt_indicator_country;
drop table published.indicator_before;

-- Kept images of the table's former shape cannot be put back.
delete from ops.publication_undo;
update ops.publication set is_undoable = false where is_undoable;

create table published.indicator_rank (
    code text not null,
    province_code text not null,
    period date not null,
    rank integer,
    ranked integer,
    primary key (province_code, code, period)
);
comment on table published.indicator_rank is 'Thứ hạng của tỉnh theo từng chỉ số. Ranks among provinces; one row per indicator, province and month.';
comment on column published.indicator_rank.code is 'Mã chỉ số';
comment on column published.indicator_rank.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.indicator_rank.period is 'Tháng của số liệu, ghi bằng ngày đầu tháng';
comment on column published.indicator_rank.rank is 'Thứ hạng trong các tỉnh có chỉ số này, 1 là tốt nhất';
comment on column published.indicator_rank.ranked is 'Số tỉnh được xếp hạng';
call ops.protect('published.indicator_rank');

create view published.indicator_trend with (security_invoker = true, security_barrier = true) as
select figure.code, figure.name_vi, figure.name_en, figure.province_code, figure.period,
    date_trunc('quarter', figure.period)::date as quarter,
    lead(date_trunc('quarter', figure.period)::date) over months is distinct from date_trunc('quarter', figure.period)::date as is_quarter_end,
    figure.statement, figure.value,
    lag(figure.value) over months as previous_value,
    figure.value - lag(figure.value) over months as change,
    figure.target,
    figure.is_reached,
    country.value as country_value, place.rank, place.ranked, figure.unit
from published.indicator figure
left join published.indicator country
    on country.province_code = '00' and country.code = figure.code and country.period = figure.period and country.commune_code is null
left join published.indicator_rank place
    on place.province_code = figure.province_code and place.code = figure.code and place.period = figure.period
where figure.commune_code is null
window months as (partition by figure.province_code, figure.code order by figure.period);
alter view published.indicator_trend owner to province_data_owner;
comment on view published.indicator_trend is 'Chỉ số qua các tháng: thay đổi, mục tiêu, cả nước, thứ hạng. Trend; one row per indicator, province and month.';
comment on column published.indicator_trend.code is 'Mã chỉ số';
comment on column published.indicator_trend.name_vi is 'Tên chỉ số';
comment on column published.indicator_trend.name_en is 'Tên tiếng Anh';
comment on column published.indicator_trend.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.indicator_trend.period is 'Tháng của số liệu, ghi bằng ngày đầu tháng';
comment on column published.indicator_trend.quarter is 'Quý của tháng ấy, ghi bằng ngày đầu quý';
comment on column published.indicator_trend.is_quarter_end is 'True ở tháng cuối cùng đã có số liệu của quý: số báo cáo quý';
comment on column published.indicator_trend.statement is 'Câu phát biểu của tháng';
comment on column published.indicator_trend.value is 'Giá trị của tháng';
comment on column published.indicator_trend.previous_value is 'Giá trị của tháng có số liệu trước đó';
comment on column published.indicator_trend.change is 'Giá trị trừ giá trị trước đó';
comment on column published.indicator_trend.target is 'Mục tiêu của giá trị; trống khi không đặt';
comment on column published.indicator_trend.is_reached is 'True khi đạt mục tiêu';
comment on column published.indicator_trend.country_value is 'Giá trị của cả nước trong tháng; trống khi nhóm nhỏ hơn 10';
comment on column published.indicator_trend.rank is 'Thứ hạng trong các tỉnh có chỉ số này, 1 là tốt nhất; trống khi không xếp hạng';
comment on column published.indicator_trend.ranked is 'Số tỉnh được xếp hạng';
comment on column published.indicator_trend.unit is 'Đơn vị của giá trị';

create view published.indicator_old_province with (security_invoker = true, security_barrier = true) as
select figure.code, figure.name_vi, figure.province_code, figure.old_province_code, unit.name as old_province_name, figure.period,
    case when sum(figure.denominator) is null then sum(figure.numerator)
        else round(100.0 * sum(figure.numerator) / nullif(sum(figure.denominator), 0), 2) end::numeric(18, 2) as value,
    sum(figure.numerator)::bigint as numerator, sum(figure.denominator)::bigint as denominator, count(*)::integer as communes, figure.unit
from published.indicator figure
left join published.admin_unit unit
    on unit.edition = 'pre-2025' and unit.level = 'province' and unit.code = figure.old_province_code
where figure.commune_code is not null
group by figure.code, figure.name_vi, figure.province_code, figure.old_province_code, unit.name, figure.period, figure.unit;
alter view published.indicator_old_province owner to province_data_owner;
comment on view published.indicator_old_province is 'Chỉ số theo 63 tỉnh trước 01/07/2025, cộng từ các xã. Indicators on the former map; one row per indicator, former province and month.';
comment on column published.indicator_old_province.code is 'Mã chỉ số';
comment on column published.indicator_old_province.name_vi is 'Tên chỉ số';
comment on column published.indicator_old_province.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.indicator_old_province.old_province_code is 'Mã tỉnh trước 01/07/2025 (63 tỉnh)';
comment on column published.indicator_old_province.old_province_name is 'Tên tỉnh trước 01/07/2025';
comment on column published.indicator_old_province.period is 'Tháng của số liệu, ghi bằng ngày đầu tháng';
comment on column published.indicator_old_province.value is 'Giá trị: số đếm, hoặc tử số chia mẫu số nhân 100';
comment on column published.indicator_old_province.numerator is 'Tử số, cộng từ các xã hiện nay thuộc tỉnh cũ';
comment on column published.indicator_old_province.denominator is 'Mẫu số; trống khi chỉ số là một số đếm';
comment on column published.indicator_old_province.communes is 'Số xã hiện nay được cộng';
comment on column published.indicator_old_province.unit is 'Đơn vị của giá trị';

grant select on published.indicator_trend, published.indicator_old_province to province_read, central_read;
