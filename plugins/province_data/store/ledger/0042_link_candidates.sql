-- What a person has to look at: citizens a record may mean, and numbers that belong to somebody else. Keys and masks, no names.

create table quality.link_candidate (
    province_code text not null,
    source text not null,
    record_key text not null,
    role text not null,
    person_key text not null,
    grade text not null check (grade in ('D', 'E')),
    score numeric(5, 4),
    evidence text[] not null,
    person_province_code text not null,
    personal_id_masked text not null,
    person_birth_year text,
    found_at timestamptz not null,
    primary key (province_code, source, record_key, role, person_key)
);
comment on table quality.link_candidate is 'Việc cần người xem: công dân mà bản ghi có thể nói đến (D), số định danh của người khác (E). One row per record, person it names and candidate.';
