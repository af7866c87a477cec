-- When each task that can become stale will be: a narrow table, kept by triggers (in the next file), so
-- that finding stale tasks is an index range and not a calculation over all tasks.
--
-- This file is the only definition of stale: `breach_instant`, `warning_instant`, `deadline_health` and the
-- view `dlqtop.deadline_definition`. The table holds what that view returns; `dlqtop.drift` compares them.

-- How many minutes a task may stay in a state; null if it cannot become stale there.
create function dlqtop.state_threshold(
    p_state text, p_dependencies float8, p_retry float8, p_steps float8)
returns float8
language sql immutable parallel safe
begin atomic
    select case p_state
        when 'waiting_for_dependencies' then p_dependencies
        when 'waiting_for_retry' then p_retry
        when 'steps_in_process' then p_steps
    end;
end;

-- Instants that cannot be right, whatever the time is now: in the state since before the task existed, or
-- centuries away. Such a task has no deadline.
create function dlqtop.impossible_instants(p_since timestamptz, p_created timestamptz) returns boolean
language sql stable parallel safe
begin atomic
    select p_since < p_created - interval '1 minute'
        or p_since not between '2000-01-01 00:00+00' and '9000-01-01 00:00+00'
        or p_created not between '2000-01-01 00:00+00' and '9000-01-01 00:00+00';
end;

-- When the task's age alone makes it stale: at the end of its lifetime, but not before one threshold of its
-- state has passed since an operator put it back to work. (That matters only if the lifetime ends before
-- the threshold does; else `p_acted` is not looked up.)
create function dlqtop.expiry_instant(
    p_since timestamptz, p_created timestamptz, p_threshold float8, p_lifetime float8,
    p_acted timestamptz)
returns timestamptz
language sql stable parallel safe
begin atomic
    select case
        when dlqtop.impossible_instants(p_since, p_created) then 'infinity'
        else greatest(p_created + p_lifetime * interval '1 minute',
                      p_acted + p_threshold * interval '1 minute')
    end;
end;

-- Whether the lifetime ends before the threshold of the state.
create function dlqtop.lifetime_comes_first(
    p_since timestamptz, p_created timestamptz, p_threshold float8, p_lifetime float8)
returns boolean
language sql stable parallel safe
begin atomic
    select not dlqtop.impossible_instants(p_since, p_created)
       and p_created + p_lifetime * interval '1 minute'
           < p_since + p_threshold * interval '1 minute';
end;

-- When the task becomes stale: by its time in the state or by its age, whichever comes first.
create function dlqtop.breach_instant(
    p_since timestamptz, p_created timestamptz, p_threshold float8, p_lifetime float8,
    p_acted timestamptz)
returns timestamptz
language sql stable parallel safe
begin atomic
    select case
        when dlqtop.impossible_instants(p_since, p_created) then 'infinity'
        else least(p_since + p_threshold * interval '1 minute',
                   greatest(p_created + p_lifetime * interval '1 minute',
                            p_acted + p_threshold * interval '1 minute'))
    end;
end;

-- When the task's health becomes `warning`: at this share of its threshold, at its breach at the latest.
create function dlqtop.warning_instant(
    p_since timestamptz, p_created timestamptz, p_threshold float8, p_ratio float8,
    p_breaches timestamptz)
returns timestamptz
language sql stable parallel safe
begin atomic
    select case
        when dlqtop.impossible_instants(p_since, p_created) then 'infinity'
        else least(p_since + p_threshold * p_ratio * interval '1 minute', p_breaches)
    end;
end;

-- Ages that cannot be right: dated in the future, before the task existed, or more than ten years ago.
create function dlqtop.age_is_suspect(p_since timestamptz, p_created timestamptz) returns boolean
language sql stable parallel safe
begin atomic
    select dlqtop.impossible_instants(p_since, p_created)
        or greatest(p_since, p_created) > now() + interval '1 minute'
        or least(p_since, p_created) < now() - 5256000 * interval '1 minute';
end;

-- The health of a task. Repeats `age_is_suspect` in terms of the breach, because this is calculated for
-- every deadline.
create function dlqtop.deadline_health(
    p_breaches timestamptz, p_warns timestamptz, p_since timestamptz, p_created timestamptz)
returns text
language sql stable parallel safe
begin atomic
    select case
        when p_breaches = 'infinity'
            or p_since > now() + interval '1 minute'
            or p_created > now() + interval '1 minute'
            or p_since < now() - interval '5256000 minutes'
            or p_created < now() - interval '5256000 minutes' then 'unknown'
        when p_breaches <= now() then 'stale'
        when p_warns <= now() then 'warning'
        else 'healthy'
    end;
end;

-- Text from a worker as an instant, or null: a step may report anything.
create function dlqtop.instant_or_null(p_text text) returns timestamptz
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
    -- the cast would also accept 'now', 'tomorrow' and 'infinity'
    if p_text !~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d' then
        return null;
    end if;
    -- Without a time zone it is UTC, not the local time of the session.
    return (p_text || case when p_text ~ '(Z|[+-]\d\d(:?\d\d)?)$' then '' else 'Z' end)::timestamptz;
exception when others then
    return null;
end
$$;

-- What `dlqtop.deadlines` must hold. An operator has put a task back to work if the log says so, or if the
-- transition into its present state names an operator.
create view dlqtop.deadline_definition as
select
    tr.task_uuid,
    t.named_task_uuid,
    tr.to_state as state,
    f.since,
    t.created_at as created,
    dlqtop.warning_instant(f.since, t.created_at, f.threshold, l.warning_ratio, b.breaches_at) as warns_at,
    b.breaches_at,
    dlqtop.expiry_instant(f.since, t.created_at, f.threshold, l.max_lifetime_minutes, f.acted)
        as expires_at,
    l.taken,
    greatest(f.since, t.created_at) > now() + interval '1 minute' as ahead
from public.tasker_task_transitions tr
join public.tasker_tasks t using (task_uuid)
join dlqtop.lifecycles l using (named_task_uuid)
cross join lateral (
    select
        dlqtop.state_threshold(tr.to_state, l.max_waiting_for_dependencies_minutes,
                        l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes)
            as threshold,
        greatest(tr.created_at, case when tr.to_state = 'steps_in_process' then (
            select max(dlqtop.instant_or_null(s.results #>> '{batch_cursor,last_checkpoint}'))
            from public.tasker_workflow_steps s
            where s.task_uuid = tr.task_uuid and jsonb_exists(s.results, 'batch_cursor')) end) as since
    -- calculated once, not at every mention
    offset 0
) w
cross join lateral (
    select w.threshold, w.since,
        case when dlqtop.lifetime_comes_first(
            w.since, t.created_at, w.threshold, l.max_lifetime_minutes) then greatest(
                -- when an operator last put the task to work, by the log
                (select max(o.at) from dlqtop.operator_log o
                 where o.task_uuid = tr.task_uuid
                   and o.outcome = 'done'
                   and o.action in ('reset_for_retry', 'resolve_manually', 'complete_manually',
                                    'cancel', 'set_limits', 'resume_task', 'undo_sweep')),
                case when tr.metadata ? 'operator' then tr.created_at end) end as acted
    offset 0
) f
cross join lateral (
    select dlqtop.breach_instant(f.since, t.created_at, f.threshold, l.max_lifetime_minutes, f.acted)
        as breaches_at
    offset 0
) b
where tr.most_recent
  and tr.to_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process');

create table dlqtop.deadlines (
    task_uuid       uuid primary key,
    named_task_uuid uuid not null,
    state           text not null,
    -- in the state, or since its last checkpoint
    since           timestamptz not null,
    -- when the task was created
    created         timestamptz not null,
    warns_at        timestamptz not null,
    breaches_at     timestamptz not null,
    -- when the task's age alone makes it stale
    expires_at      timestamptz not null,
    -- whether the sweep takes it once it is stale
    taken           boolean not null,
    -- dated in the future when it was written; these few are read to count impossible ages
    ahead           boolean not null
);

-- The staleness list and the sweep: longest overdue first.
create index deadlines_by_breach on dlqtop.deadlines (breaches_at, task_uuid);

-- The counts of what is not healthy.
create index deadlines_by_warning on dlqtop.deadlines (warns_at);
create index deadlines_ahead on dlqtop.deadlines (task_uuid) where ahead;

-- Rows come and go with every transition.
alter table dlqtop.deadlines set (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

-- What a deadline is calculated from, to find what it would be with other thresholds. `acted_at` is looked
-- up only by queries that select it, as in `dlqtop.deadline_definition`.
create view public.v_task_deadlines as
select
    d.task_uuid,
    d.named_task_uuid,
    d.state as current_state,
    d.since,
    d.created as created_at,
    d.warns_at,
    d.breaches_at,
    d.taken,
    dlqtop.deadline_health(d.breaches_at, d.warns_at, d.since, d.created) as health_status,
    greatest(
        (select max(o.at) from dlqtop.operator_log o
         where o.task_uuid = d.task_uuid
           and o.outcome = 'done'
           and o.action in ('reset_for_retry', 'resolve_manually', 'complete_manually', 'cancel',
                            'set_limits', 'resume_task', 'undo_sweep')),
        (select tr.created_at from public.tasker_task_transitions tr
         where tr.task_uuid = d.task_uuid and tr.most_recent and tr.metadata ? 'operator'))
        as acted_at
from dlqtop.deadlines d;

-- How many tasks of each template version are running, and how many are stale. No row if there are none.
create view public.v_template_load as
select
    t.named_task_uuid,
    count(*) filter (where tr.to_state <> 'error') as running,
    count(*) filter (
        where dlqtop.deadline_health(d.breaches_at, d.warns_at, d.since, d.created) = 'stale') as stale
from public.tasker_task_transitions tr
join public.tasker_tasks t using (task_uuid)
left join dlqtop.deadlines d on d.task_uuid = t.task_uuid
where tr.most_recent and tr.to_state not in ('complete', 'cancelled', 'resolved_manually')
group by t.named_task_uuid;
