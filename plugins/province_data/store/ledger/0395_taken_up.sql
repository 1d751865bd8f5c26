-- Since when everything accepted is known to have been through a step: a scheduler's run that asks for no more has nothing to do.

create table ops.taken_up (
    step text primary key,
    began_at timestamptz not null
);
comment on table ops.taken_up is
    'Mỗi bước chung một dòng: mọi lô được nhận trước giờ này đã qua bước đó. One row per step: what was accepted before has been through it.';
comment on column ops.taken_up.began_at is 'Lúc bắt đầu lần làm xong gần nhất. When the newest run of the step that ended well began.';
grant select on ops.taken_up to auditor;
