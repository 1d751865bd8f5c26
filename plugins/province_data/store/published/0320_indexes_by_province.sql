-- Every index of a published table begins with the province.
--
-- A reader may tell the planner to look into every partition (enable_partition_pruning, constraint_exclusion) and EXPLAIN ANALYZE then
-- counts the rows that the policy refused. An index on a key alone is searched by that key first, so the count told how many rights, taxes
-- or events a citizen has in another province. With the province in front the policy's own condition is part of the search: nothing is found,
-- nothing is counted, and what is estimated does not depend on the key.

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
declare
    entity text;
    is_filled boolean;
begin
    foreach entity in array array['person', 'residence', 'land_right', 'civil_event', 'taxpayer', 'land_tax'] loop
        execute format('select exists (select from published.%I)', entity) into is_filled;
        if is_filled then
            call ops.index_published(entity);
        end if;
    end loop;
end
$$;
