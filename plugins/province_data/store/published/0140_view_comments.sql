-- Every published column says what it is, those of views too.

comment on column published.my_findings.finding_id is 'Số của phát hiện';
comment on column published.my_findings.dataset is 'Bộ dữ liệu';
comment on column published.my_findings.table_name is 'Bảng của bản ghi; trống khi phát hiện nói về cả lần giao';
comment on column published.my_findings.rule_id is 'Mã quy tắc bị vi phạm';
comment on column published.my_findings.dimension is 'Chiều chất lượng: correct, sufficient, clean, live, unified, shared';
comment on column published.my_findings.severity is 'Mức độ: critical và error không được công bố, warning công bố kèm cờ, info chỉ để đếm';
comment on column published.my_findings.province_code is 'Mã tỉnh của bản ghi';
comment on column published.my_findings.record_key is 'Khóa bản ghi như nơi gửi đã khai';
comment on column published.my_findings.field is 'Trường có lỗi';
comment on column published.my_findings.batch_id is 'Lô dữ liệu thấy lỗi lần cuối';
comment on column published.my_findings.row_number is 'Số thứ tự bản ghi trong tệp của lô đó';
comment on column published.my_findings.status is 'open khi còn lỗi, resolved khi một lần giao sau không còn';
comment on column published.my_findings.first_seen_at is 'Thấy lần đầu';
comment on column published.my_findings.last_seen_at is 'Thấy lần cuối';
comment on column published.my_findings.resolved_at is 'Được xử lý xong lúc';

comment on column published.data_dictionary.table_name is 'Tên bảng hoặc khung nhìn';
comment on column published.data_dictionary.position is 'Thứ tự cột';
comment on column published.data_dictionary.column_name is 'Tên cột';
comment on column published.data_dictionary.data_type is 'Kiểu dữ liệu';
comment on column published.data_dictionary.description is 'Ý nghĩa của cột';
comment on column published.data_dictionary.table_description is 'Ý nghĩa của bảng';
