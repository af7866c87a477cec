-- Entries that were closed, with their template: what an operator who meets the same error again asks
-- for. Without the snapshots, which are large: v_dlq_entries has them, for the few that are wanted.
create view v_dlq_closed as
select
    d.dlq_entry_uuid,
    d.task_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    d.dlq_reason,
    d.resolution_status,
    d.resolution_timestamp,
    d.resolution_notes,
    d.resolved_by
from tasker_tasks_dlq d
join tasker_tasks t using (task_uuid)
join tasker_named_tasks nt using (named_task_uuid)
join tasker_task_namespaces ns using (task_namespace_uuid)
where d.resolution_timestamp is not null and d.resolution_status <> 'pending';

select dlqtop.grant_roles();
