-- A task's steps with their readiness by the rules of the system's own function, parents before children. The
-- result of a step is read only if an operator may replace it and it is small enough to edit.
-- $1 task   $2 largest result, in stored bytes
with recursive steps as materialized (
    select
        s.*,
        n.name::text as step_name,
        coalesce(st.to_state, 'pending')::text as state,
        coalesce(st.created_at, s.created_at) as since,
        coalesce(s.attempts, 0) as tried,
        coalesce(s.max_attempts, 3) as allowed
    from {table:workflow_steps} s
    join {table:named_steps} n using (named_step_uuid)
    left join {table:workflow_step_transitions} st
        on st.workflow_step_uuid = s.workflow_step_uuid and st.most_recent
    where s.task_uuid = $1::uuid
),
edges as materialized (
    select distinct e.from_step_uuid as parent, e.to_step_uuid as child
    from {table:workflow_step_edges} e
    join steps p on p.workflow_step_uuid = e.from_step_uuid
    join steps c on c.workflow_step_uuid = e.to_step_uuid
),
-- The depth of each step in the graph; steps in a cycle have none.
depths (step, depth) as (
    select s.workflow_step_uuid, 0
    from steps s
    where not exists (select from edges e where e.child = s.workflow_step_uuid)
    union
    select e.child, d.depth + 1
    from depths d
    join edges e on e.parent = d.step
    where d.depth < (select count(*) from steps)
),
ordered as materialized (
    select
        s.*,
        row_number() over (
            order by d.depth nulls last, s.created_at, s.workflow_step_uuid) as place
    from steps s
    left join (select step, max(depth) as depth from depths group by step) d
        on d.step = s.workflow_step_uuid
),
parents as (
    select
        e.child,
        count(*) as total,
        count(*) filter (where p.state in ('complete', 'resolved_manually')) as satisfied,
        array_agg(p.step_name order by p.place) as names
    from edges e
    join ordered p on p.workflow_step_uuid = e.parent
    group by e.child
),
-- From each step upwards, past ancestors that only wait, to those that will not proceed by themselves.
upwards (step, ancestor) as (
    select e.child, e.parent
    from edges e
    join steps s on s.workflow_step_uuid = e.child
    where s.state not in ('complete', 'resolved_manually')
    union
    select u.step, e.parent
    from upwards u
    join steps a on a.workflow_step_uuid = u.ancestor and a.state = 'pending'
    join edges e on e.child = u.ancestor
),
blockers as (
    select u.step, array_agg(a.step_name order by a.place) as names
    from upwards u
    join ordered a on a.workflow_step_uuid = u.ancestor
    where a.state in ('error', 'cancelled')
       or (a.state = 'waiting_for_retry' and a.tried > 0 and not (a.retryable and a.tried < a.allowed))
    group by u.step
),
judged as (
    select
        s.*,
        coalesce(p.total, 0) as total,
        coalesce(p.satisfied, 0) as satisfied,
        p.names as parent_names,
        s.tried = 0 or (s.retryable and s.tried < s.allowed) as eligible,
        coalesce(
            case when s.last_attempted_at between '0001-01-02' and '9000-01-01'
                then s.last_attempted_at + s.backoff_request_seconds * interval '1 second' end,
            case when failure.failed_at between '0001-01-02' and '9000-01-01' then failure.failed_at + least(
                power(2.0, least(coalesce(s.attempts, 1), 10)), 60) * interval '1 second' end) as due,
        failure.failed_at
    from ordered s
    left join parents p on p.child = s.workflow_step_uuid
    left join lateral (
        select max(f.created_at) as failed_at
        from {table:workflow_step_transitions} f
        where f.workflow_step_uuid = s.workflow_step_uuid and f.to_state = 'error'
    ) failure on true
)
select
    step.workflow_step_uuid,
    step.step_name,
    step.place::int as step_number,
    step.state as current_state,
    coalesce(case when isfinite(step.since) then extract(epoch from now() at time zone 'UTC' - step.since)::float8 / 60 end, 0)
        as time_in_state_minutes,
    step.total = step.satisfied as dependencies_satisfied,
    step.eligible as retry_eligible,
    step.state in ('pending', 'waiting_for_retry')
        and not step.processed
        and not step.in_process
        and step.total = step.satisfied
        and step.eligible
        and coalesce(step.due <= now() at time zone 'UTC', true) as ready_for_execution,
    step.tried as attempts,
    step.allowed as max_attempts,
    null::int as timeout_seconds,
    step.total as total_parents,
    step.satisfied as satisfied_parents,
    case when step.due between '0001-01-02' and '9999-12-30' then step.due at time zone 'UTC' end as next_retry_at,
    case when step.failed_at between '0001-01-02' and '9999-12-30' then step.failed_at at time zone 'UTC' end as last_failure_at,
    {error:failure.error} as last_error,
    coalesce(step.parent_names, '{}') as parents,
    coalesce(b.names, '{}') as blocked_by,
    case when step.state <> 'complete' and pg_column_size(step.results) <= $2::int
        then step.results end as results
from judged step
left join blockers b on b.step = step.workflow_step_uuid
{part:step_error}
order by step.place
