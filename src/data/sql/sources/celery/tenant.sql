-- The tenant of a failed job, in the words of `scope`. Lines that are kept beside the queue have these words: they
-- must stay as they are.
-- $1 job
select 'tenant ' || f.tenant_id::text as tenant
from {table:failed_jobs} f
where {has_id:f.id = $1::uuid}
