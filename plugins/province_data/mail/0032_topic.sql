-- A load may cause several mails to one place: its report, and a question about a batch that is held.

alter table ops.mail_letter add column topic text not null default '';
alter table ops.mail_letter drop constraint mail_letter_pkey;
alter table ops.mail_letter add primary key (province_code, load_id, topic);
comment on column ops.mail_letter.topic is 'Trống: báo cáo của lượt nạp; còn lại: việc cần hỏi. Empty = the report of the load; else what it asks about.';
