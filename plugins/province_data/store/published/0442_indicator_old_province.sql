-- The map of the 63 former provinces shows every indicator: a table, because not all that is shown there is a sum of communes.

alter view published.indicator_old_province rename to indicator_old_province_before;

create table published.indicator_old_province (
    code text not null,
    name_vi text not null,
    province_code text not null,
    old_province_code text,
    old_province_name text not null,
    period date not null,
    value numeric(18,2),
    numerator bigint,
    denominator bigint,
    communes integer not null,
    unit text not null,
    statement text,
    basis text not null,
    is_split boolean not null,
    indicator_key text not null,
    primary key (province_code, indicator_key)
);
comment on table published.indicator_old_province is 'Chỉ số theo 63 tỉnh trước 01/07/2025. Indicators on the former map; one row per indicator, former province and month.';
comment on column published.indicator_old_province.code is 'Mã chỉ số';
comment on column published.indicator_old_province.name_vi is 'Tên chỉ số';
comment on column published.indicator_old_province.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.indicator_old_province.old_province_code is 'Mã tỉnh trước 01/07/2025 (63 tỉnh); trống là phần không rõ tỉnh cũ';
comment on column published.indicator_old_province.old_province_name is 'Tên tỉnh trước 01/07/2025';
comment on column published.indicator_old_province.period is 'Tháng của số liệu, ghi bằng ngày đầu tháng';
comment on column published.indicator_old_province.value is 'Giá trị: số đếm, hoặc tử số chia mẫu số nhân 100; trống khi không chia được theo tỉnh cũ';
comment on column published.indicator_old_province.numerator is 'Tử số, của những gì nằm ở tỉnh cũ, kể cả xã cũ bị chia; trống khi không chia được';
comment on column published.indicator_old_province.denominator is 'Mẫu số; trống khi chỉ số là một số đếm hoặc không chia được';
comment on column published.indicator_old_province.communes is 'Số xã hiện nay được cộng; mỗi xã hiện nay nằm trong đúng một tỉnh cũ';
comment on column published.indicator_old_province.unit is 'Đơn vị của giá trị';
comment on column published.indicator_old_province.statement is 'Câu phát biểu: tử số/mẫu số = tỷ lệ; trống khi không chia được';
comment on column published.indicator_old_province.basis is 'Cách tính và căn cứ; khi không chia được theo tỉnh cũ thì là lý do';
comment on column published.indicator_old_province.is_split is 'False khi chỉ số không chia được theo tỉnh cũ: không có số, lý do ở basis';
comment on column published.indicator_old_province.indicator_key is 'Khóa của dòng: chỉ số, tháng, tỉnh cũ';
call ops.protect('published.indicator_old_province');

-- Months that were published keep what they showed.
insert into published.indicator_old_province
select code, name_vi, province_code, old_province_code, coalesce(old_province_name, 'Không rõ tỉnh cũ'), period, value, numerator, denominator,
    communes, unit, null, 'Cộng từ các xã hiện nay thuộc tỉnh cũ', true, code || '|' || to_char(period, 'YYYY-MM') || '|' || coalesce(old_province_code, '')
from published.indicator_old_province_before;
drop view published.indicator_old_province_before;

call ops.keep_history('indicator_old_province', 'period::timestamp at time zone ''Asia/Ho_Chi_Minh''');
