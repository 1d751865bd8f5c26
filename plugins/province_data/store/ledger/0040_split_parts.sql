-- What a province knows of how an old commune was divided: cells of the parcel code, hamlets, or that all inhabitants went one way.
-- Filled from the lists the provinces themselves draw up; without such a row a divided commune is resolved by nothing but the record.

create table reference.commune_split_part (
    old_code text collate "C" not null,
    new_code text collate "C" not null,
    kind text not null check (kind in ('cell', 'hamlet', 'inhabitants')),
    value text collate "C" not null default '',
    legal_basis text not null,
    added_at timestamptz not null,
    primary key (old_code, kind, value)
);
comment on table reference.commune_split_part is 'Căn cứ phân chia của xã cũ bị tách. One row per part of a divided commune that is known to have gone to one commune.';
comment on column reference.commune_split_part.old_code is 'Mã xã cũ bị chia';
comment on column reference.commune_split_part.new_code is 'Mã xã mới nhận phần này';
comment on column reference.commune_split_part.kind is 'cell: các ký tự đầu của mã thửa; hamlet: thôn, tổ dân phố; inhabitants: toàn bộ dân cư';
comment on column reference.commune_split_part.value is 'Ký tự đầu của mã thửa hoặc tên thôn; trống với inhabitants';
comment on column reference.commune_split_part.legal_basis is 'Văn bản làm căn cứ';
comment on column reference.commune_split_part.added_at is 'Thời điểm ghi vào';

-- Where a record of a divided commune lies, by the strongest evidence there is: {code, evidence}; NULL when there is none or it
-- points to two communes. A successor that bears the old commune's own name is no evidence: the address may be the old one.
create function reference.split_target(
    split_code text, address text, parcel_code text, lat double precision, lon double precision, is_person boolean
) returns text[]
language sql stable parallel safe as $$
    with cell as (
        select case when reference.is_geohash(parcel_code) then parcel_code else reference.geohash(lat, lon) end as code
    ),
    found as (
        select 1 as strength, p.new_code, case when reference.is_geohash(parcel_code) then 'parcel_code' else 'coordinates' end as evidence
        from reference.commune_split_part p, cell
        where p.old_code = split_code and p.kind = 'cell' and starts_with(cell.code, p.value)
        union all
        select 2, p.new_code, 'hamlet'
        from reference.commune_split_part p
        where p.old_code = split_code and p.kind = 'hamlet' and reference.names_unit(address, p.value)
        union all
        select 3, x.new_code, 'named_unit'
        from reference.commune_crosswalk x
        join reference.admin_unit now on now.edition = '2025' and now.level = 'commune' and now.code = x.new_code
        where x.old_code = split_code and reference.names_unit(address, now.name) and not exists (
            select from reference.admin_unit once
            where once.edition = 'pre-2025' and once.level = 'commune' and once.code = split_code
                and reference.name_key(once.name) = reference.name_key(now.name)
        )
        union all
        select 4, p.new_code, 'inhabitants'
        from reference.commune_split_part p
        where is_person and p.old_code = split_code and p.kind = 'inhabitants'
    )
    select array[min(new_code), min(evidence)] from found
    where strength = (select min(strength) from found)
    having count(distinct new_code) = 1
$$;
comment on function reference.split_target(text, text, text, double precision, double precision, boolean) is
    'Xã hiện nay của một bản ghi thuộc xã cũ bị chia, kèm loại căn cứ; NULL khi chưa có căn cứ hoặc căn cứ mâu thuẫn.';
