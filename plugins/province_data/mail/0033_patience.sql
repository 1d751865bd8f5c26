-- Mails are tried again at growing intervals; an address that bounces again and again is left alone.

alter table ops.mail add column next_try_at timestamptz;
comment on column ops.mail.next_try_at is 'Lúc thử lại; trống là thử ngay. When it is tried again: after 5, 10, 20 … minutes, at most 4 hours.';
alter table ops.mail_recipient add column bounces integer not null default 0;
alter table ops.mail_recipient add column bounced_at timestamptz;
alter table ops.mail_recipient add column stopped_at timestamptz;
alter table ops.mail_recipient add column stopped_because text check (stopped_because in ('unsubscribed', 'bounced'));
comment on column ops.mail_recipient.bounces is 'Số thư liên tiếp bị máy chủ nhận từ chối hẳn; đến 3 thì ngừng gửi. Mails refused for good in a row, those of one hour counted once.';
