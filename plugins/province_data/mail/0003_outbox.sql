-- The mails: what was written, to whom, and how far it came. Nothing here is personal but the recipients' addresses.

create table ops.mail_recipient (
    province_code text not null,
    address text not null,
    is_active boolean not null default true,
    primary key (province_code, address)
);
comment on table ops.mail_recipient is
    'Who gets a province''s quality report; province 00 = the national centre''s digest. One row per province and address.';

create table ops.mail_letter (
    province_code text not null,
    load_id bigint not null,
    message_id text not null unique,
    subject text not null,
    html text not null,
    plain text not null,
    content_sha256 text not null,
    created_at timestamptz not null,
    primary key (province_code, load_id)
);
comment on table ops.mail_letter is
    'The report as it was written, kept so that a retry sends the same words and both sides can prove the figures. One row per province and load.';

create table ops.mail (
    message_id text not null references ops.mail_letter (message_id),
    province_code text not null,
    load_id bigint not null,
    recipient text not null,
    subject text not null,
    status text not null default 'queued' check (status in ('queued', 'sent', 'written', 'failed', 'dead')),
    attempts integer not null default 0,
    last_error_code text,
    created_at timestamptz not null,
    sent_at timestamptz,
    claimed_until timestamptz,
    primary key (message_id, recipient)
);
comment on table ops.mail is
    'How far each mail came: queued, sent, written (to the outbox folder), failed (refused for good), dead (given up after a day). One row per mail and recipient.';

create index mail_queued on ops.mail (created_at) where status = 'queued';
