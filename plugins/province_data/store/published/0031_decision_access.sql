-- The auditor sees what persons decided about held batches.
grant select on ops.decision to auditor;
