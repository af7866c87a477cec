-- Whether the current role may claim, close and annotate failed jobs.
select
    bool_and(has_column_privilege('{table:failed_jobs}'::regclass, name, 'update')) as may_act,
    false as may_sweep
from unnest(array['status', 'remediation_notes', 'resolved_at']) as name
