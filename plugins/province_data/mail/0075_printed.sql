-- Who wants the scorecard as a printed form gets it attached; what was attached is kept, so that a retry sends the same bytes.

alter table ops.mail_recipient add column wants_pdf boolean not null default false;
comment on column ops.mail_recipient.wants_pdf is 'Kèm phiếu điểm dạng văn bản (PDF). Gets the scorecard attached as an official form.';
alter table ops.mail_letter add column attachment_name text, add column attachment bytea;
alter table ops.mail_letter add check ((attachment is null) = (attachment_name is null));
comment on column ops.mail_letter.attachment is 'Tệp PDF gửi kèm, chỉ có số đếm. The PDF that goes with it; counts only.';
