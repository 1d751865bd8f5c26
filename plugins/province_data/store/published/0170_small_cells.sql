-- Figures of the country that would tell of fewer than ten are empty.

comment on column published.indicator.numerator is 'Tử số; của cả nước thì trống khi nhóm nhỏ hơn 10';
comment on column published.indicator.denominator is 'Mẫu số; trống khi chỉ số là một số đếm, hoặc của cả nước mà nhóm nhỏ hơn 10';
comment on column published.indicator.value is 'Giá trị: số đếm, hoặc tử số chia mẫu số nhân 100; của cả nước thì trống khi nhóm nhỏ hơn 10';
