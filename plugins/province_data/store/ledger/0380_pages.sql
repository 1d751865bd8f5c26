-- What every quality page begins with: the newest batch of a dataset and province, found in one step however many loads there were.
create index batch_newest on ops.batch (dataset, province_code, load_id desc, sequence_no desc nulls last) where kind <> 'corrections';
create index on ops.step (load_id);
