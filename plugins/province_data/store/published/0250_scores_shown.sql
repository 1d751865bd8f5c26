-- Beside each score what is counted apart and what could not be tested; and the scores of the communes.

alter table published.quality_score add column waived bigint, add column lawful bigint, add column not_applicable bigint,
    add column not_testable integer, add column identifier_failed bigint, add column rule_set text;
comment on column published.quality_score.evaluated is 'Số lần kiểm tra, không kể phần đếm riêng';
comment on column published.quality_score.failed is 'Số lần không đạt, không kể phần đếm riêng';
comment on column published.quality_score.waived is 'Số lần không đạt đang được miễn: đếm riêng, không bao giờ tính là đạt';
comment on column published.quality_score.lawful is 'Số lần không đạt trên bản ghi có tình trạng hợp pháp chưa sửa được: đếm riêng';
comment on column published.quality_score.not_applicable is 'Số bản ghi mà quy tắc không áp dụng';
comment on column published.quality_score.not_testable is 'Số quy tắc của tiêu chí không kiểm tra được với dữ liệu được giao';
comment on column published.quality_score.identifier_failed is 'Số lỗi về số định danh, kể cả phần được miễn; khác 0 là sự cố nghiêm trọng';
comment on column published.quality_score.rule_set is 'Phiên bản bộ quy tắc đã chấm điểm';

create table published.commune_score (
    province_code text not null,
    dataset text not null,
    commune_code text not null,
    dimension text not null,
    evaluated bigint,
    failed bigint,
    waived bigint,
    lawful bigint,
    score numeric(6,2),
    failed_across bigint,
    batch_id text,
    as_of date,
    primary key (province_code, dataset, commune_code, dimension)
);
comment on table published.commune_score is
    'Điểm chất lượng gần nhất của mỗi xã theo từng chiều. The latest score of a commune; one row per dataset, commune and dimension.';
comment on column published.commune_score.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.commune_score.dataset is 'Bộ dữ liệu';
comment on column published.commune_score.commune_code is 'Mã xã như nơi gửi ghi; để trống là bản ghi không có mã xã trong danh mục';
comment on column published.commune_score.dimension is 'Chiều chất lượng: correct, sufficient, clean, live, unified';
comment on column published.commune_score.evaluated is 'Số lần kiểm tra theo quy tắc trên từng bản ghi, không kể phần đếm riêng';
comment on column published.commune_score.failed is 'Số lần không đạt, không kể phần đếm riêng';
comment on column published.commune_score.waived is 'Số lần không đạt đang được miễn: đếm riêng';
comment on column published.commune_score.lawful is 'Số lần không đạt có tình trạng hợp pháp: đếm riêng';
comment on column published.commune_score.score is 'Điểm 0 đến 100 theo quy tắc trên từng bản ghi; trống khi không có quy tắc nào áp dụng được';
comment on column published.commune_score.failed_across is 'Lỗi theo quy tắc nhiều bản ghi hoặc liên bộ: chỉ đếm, không ở trong điểm của xã';
comment on column published.commune_score.batch_id is 'Lô được chấm điểm';
comment on column published.commune_score.as_of is 'Ngày dữ liệu của lô';
call ops.protect('published.commune_score');
