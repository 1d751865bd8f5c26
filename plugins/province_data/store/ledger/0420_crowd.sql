-- Numbers of persons that so many records carry that they name nobody; see quality/crowds.py. The value is a personal number: it stays here.

create table validated._crowd (
    stem text not null,
    field text not null,
    province_code text not null,
    value text not null,
    records bigint not null,
    is_judged boolean not null default false,
    is_leaving boolean not null default false,
    primary key (stem, field, province_code, value)
);
comment on table validated._crowd is
    'Số mà quá nhiều bản ghi cùng mang nên không chỉ ai cả: khi đối chiếu coi như trống. One row per table, column, province and value.';
comment on column validated._crowd.is_judged is 'Mọi bản ghi đã được đối chiếu lại kể từ khi có dòng này';
comment on column validated._crowd.is_leaving is 'Không còn quá nhiều bản ghi mang; xóa khi đã đối chiếu lại';
