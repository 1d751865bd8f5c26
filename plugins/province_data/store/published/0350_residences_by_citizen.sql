-- A citizen's residences are looked up by citizen: the index that 0300 gave them, in the form that 0320 gave all others.

create or replace procedure ops.index_published(entity text) language plpgsql as $$
declare
    key text;
begin
    for key in
        select wanted.key from (values ('person', 'household_key'), ('residence', 'person_key'), ('land_right', 'holder_key'),
            ('land_right', 'parcel_key'), ('civil_event', 'subject_key'), ('civil_event', 'spouse_key'), ('taxpayer', 'owner_key'),
            ('land_tax', 'taxpayer_key'), ('land_tax', 'parcel_key')) as wanted (relation, key)
        where wanted.relation = entity
    loop
        execute format('drop index if exists published.%I', entity || '__' || key);
        execute format('create index if not exists %I on published.%I (province_code, %I) where %I is not null',
            entity || '_of_' || key, entity, key, key);
    end loop;
end
$$;

do $$
begin
    if exists (select from published.residence) then
        call ops.index_published('residence');
    end if;
end
$$;
