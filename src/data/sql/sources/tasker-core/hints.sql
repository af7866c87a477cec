-- Hints why a task is stuck, from the other tables, and what to do: the best first.
-- $1 task
with recursive task as materialized (
    select t.task_uuid, nt.task_namespace_uuid, ns.name as namespace_name, tr.to_state,
           case when isfinite(tr.created_at)
               then extract(epoch from now() at time zone 'UTC' - tr.created_at)::float8 / 60 end as minutes
    from {table:tasks} t
    join {table:named_tasks} nt using (named_task_uuid)
    join {table:task_namespaces} ns using (task_namespace_uuid)
    left join {table:task_transitions} tr on tr.task_uuid = t.task_uuid and tr.most_recent
    where t.task_uuid = $1::uuid
),
steps as materialized (
    select
        s.workflow_step_uuid,
        n.name as step_name,
        coalesce(st.to_state, 'pending') as state,
        coalesce(s.attempts, 0) as attempts,
        coalesce(s.max_attempts, 3) as max_attempts,
        s.retryable,
        s.in_process,
        s.processed,
        case when isfinite(st.created_at)
            then extract(epoch from now() at time zone 'UTC' - st.created_at)::float8 / 60 end as minutes,
        case when s.last_attempted_at between '0001-01-02' and '9000-01-01'
            then s.last_attempted_at + s.backoff_request_seconds * interval '1 second' end as due,
        st.metadata ->> 'worker_uuid' as worker
    from {table:workflow_steps} s
    join {table:named_steps} n using (named_step_uuid)
    left join {table:workflow_step_transitions} st
        on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
    where s.task_uuid = $1::uuid
),
edges as materialized (
    select e.from_step_uuid as parent, e.to_step_uuid as child
    from {table:workflow_step_edges} e
    join steps p on p.workflow_step_uuid = e.from_step_uuid
),
-- every step that can be reached from each
reached (origin, step) as (
    select parent, child from edges
    union
    select r.origin, e.child
    from reached r
    join edges e on e.parent = r.step
),
circle as (
    select string_agg(s.step_name, ', ' order by s.step_name) as names
    from reached r
    join steps s on s.workflow_step_uuid = r.origin
    where r.origin = r.step
),
silence as (
    select extract(epoch from now() at time zone 'UTC' - (
        select a.recorded_at
        from {table:workflow_step_result_audit} a
        join {table:tasks} o using (task_uuid)
        join {table:named_tasks} n using (named_task_uuid)
        where n.task_namespace_uuid = task.task_namespace_uuid
          and a.recorded_at > now() at time zone 'UTC' - interval '1 day'
          and a.recorded_at <= now() at time zone 'UTC'
        order by a.recorded_at desc
        limit 1))::float8 / 60 as minutes
    from task
),
hint (rank, text, severity) as (
    select 10, format('its steps wait for each other in a circle: %s. Cancel one of them, and mend the template',
                      left(c.names, 200)), 'bad'
    from circle c
    where c.names is not null
    union all
    select 15, 'the orchestrator picks up only pending and waiting tasks, not one that is blocked by failures: R on the failed step also gives the task up and resets it to pending',
           'warning'
    from task t
    where t.to_state = 'blocked_by_failures'
      and exists (select from steps where state = 'error')
    union all
    select 20, format('%s is in error after %s of %s attempts: mend the cause, then retry it',
                      s.step_name, s.attempts, s.max_attempts), 'bad'
    from steps s
    where s.state = 'error'
    union all
    select 30, format('%s has no attempts left (%s of %s) and waits for a retry that will not come: resolve it, or complete it by hand',
                      s.step_name, s.attempts, s.max_attempts), 'bad'
    from steps s
    where s.state = 'waiting_for_retry' and s.attempts > 0
      and not (s.retryable and s.attempts < s.max_attempts)
    union all
    select 40, format('no worker of %s has handed in a result for %s: see whether they run', t.namespace_name,
                      case when q.minutes is null then 'a day'
                           else round(q.minutes::numeric) || ' min' end), 'bad'
    from task t
    cross join silence q
    where coalesce(q.minutes, 1440) > {setting:worker_dead_minutes}
      and exists (select from steps where state in ('enqueued', 'in_progress'))
    union all
    select 50, format('%s has been in progress for %s min%s: there is no heartbeat, so the worker may be dead',
                      s.step_name, round(s.minutes::numeric), ' on worker ' || s.worker), 'warning'
    from steps s
    where s.state = 'in_progress' and s.minutes > 15
    union all
    select 60, format('%s has been enqueued for %s min and nobody has taken it', s.step_name,
                      round(s.minutes::numeric)), 'warning'
    from steps s
    where s.state = 'enqueued' and s.minutes > 10
    union all
    select 70, format('%s has handed in its result %s min ago and the orchestrator has not taken it', s.step_name,
                      round(s.minutes::numeric)), 'warning'
    from steps s
    where s.state in ('enqueued_for_orchestration', 'enqueued_as_error_for_orchestration')
      and s.minutes > 10
    union all
    select 80, format('%s may run again in %s min: it asked for a pause of that length', s.step_name,
                      round(extract(epoch from s.due - now() at time zone 'UTC') / 60)), 'info'
    from steps s
    where s.state = 'waiting_for_retry' and s.due > now() at time zone 'UTC' + interval '1 minute'
    union all
    select 90, format('the orchestrator passes over tasks that have been in %s for more than %s min: this one will not go on by itself',
                      t.to_state, case t.to_state when 'waiting_for_retry' then 30 else 60 end), 'warning'
    from task t
    where (t.to_state = 'waiting_for_dependencies' and t.minutes > 60)
       or (t.to_state = 'waiting_for_retry' and t.minutes > 30)
    union all
    select 100, 'no step is in error any more: requeue the task, and it begins again with its steps as they are', 'info'
    from task t
    where t.to_state in ('blocked_by_failures', 'error')
      and exists (select from steps)
      and not exists (select from steps where state = 'error')
      and not exists (select from circle where names is not null)
    union all
    select 110, format('%s is flagged as %s though it is %s: its state machine was interrupted between two writes',
                       s.step_name, case when s.in_process then 'in process' else 'processed' end, s.state),
           'warning'
    from steps s
    where (s.in_process and s.state in ('pending', 'waiting_for_retry', 'error'))
       or (s.processed and s.state in ('pending', 'waiting_for_retry', 'in_progress'))
)
select left(h.text, 400) as text, h.severity
from hint h
order by h.rank, h.text
limit 6
