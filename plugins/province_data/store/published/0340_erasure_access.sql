-- Who may ask for an erasure and approve one, and who may read about it.

grant usage on schema ops to data_protection;
grant execute on function ops.request_erasure(text, text, text[], text, text), ops.approve_erasure(text, text) to data_protection;
grant select on ops.erasure, ops.erasure_place, ops.erased_again, ops.landed_rewrite to auditor;
