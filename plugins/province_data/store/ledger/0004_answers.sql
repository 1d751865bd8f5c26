-- What the provinces answer to the findings that were handed back.

create table quality.answer (
    answer_id bigint generated always as identity primary key,
    finding_id bigint not null references quality.finding,
    dataset text not null,
    province_code text not null,
    answer text not null check (answer in ('corrected', 'confirmed', 'not_ours')),
    note text,
    forwarded_to text,
    batch_id text not null references ops.batch on delete cascade,
    row_number bigint not null,
    table_name text not null,
    record_number bigint,
    answered_at timestamptz,
    unique (batch_id, row_number),
    check ((answer = 'corrected') = (record_number is not null)),
    check ((answer = 'corrected') = (forwarded_to is null))
);
create index on quality.answer (finding_id);
comment on table quality.answer is
    'Trả lời của tỉnh cho một phát hiện; giá trị đã sửa không nằm ở đây. What a province answered; one row per answered row of a corrections file.';
comment on column quality.answer.record_number is 'Dòng của tệp trả lời mang bản ghi đã sửa; nhiều dòng của một bản ghi được ghép lại';
comment on column quality.answer.answered_at is 'Lúc lô trả lời được nhận; trống khi lô chưa được nhận';
