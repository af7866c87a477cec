-- When each task that can become stale will be: a narrow table, kept by triggers, so that what is
-- stale is one index range and not a calculation over every task.
--
-- The definition of stale stands here once: `breach_instant`, `warning_instant`, `deadline_health`
-- and the view `dlqtop.deadline_definition`. The table holds what that view says; `dlqtop.drift`
-- (in a later file) proves it.

-- A template's own switch, or what the settings say.
create function lifecycle_switch(p_configuration jsonb, p_key text, p_otherwise boolean)
returns boolean
language sql immutable parallel safe
as $$
    select case
        when jsonb_typeof(p_configuration #> array['lifecycle', p_key]) = 'boolean'
        then (p_configuration #> array['lifecycle', p_key])::boolean
        else p_otherwise
    end
$$;

create or replace view v_template_lifecycle as
select
    nt.named_task_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    coalesce(lifecycle_minutes(nt.configuration, 'max_waiting_for_dependencies_minutes'),
             s.max_waiting_for_dependencies_minutes) as max_waiting_for_dependencies_minutes,
    coalesce(lifecycle_minutes(nt.configuration, 'max_waiting_for_retry_minutes'),
             s.max_waiting_for_retry_minutes) as max_waiting_for_retry_minutes,
    coalesce(lifecycle_minutes(nt.configuration, 'max_steps_in_process_minutes'),
             s.max_steps_in_process_minutes) as max_steps_in_process_minutes,
    coalesce(lifecycle_minutes(nt.configuration, 'max_duration_minutes'),
             s.max_task_lifetime_minutes) as max_lifetime_minutes,
    case when nt.configuration #>> '{lifecycle,staleness_action}' = 'alert'
        then 'alert' else 'dlq' end as staleness_action,
    lifecycle_switch(nt.configuration, 'auto_dlq_on_timeout', s.auto_move_to_dlq)
        as auto_dlq_on_timeout,
    lifecycle_switch(nt.configuration, 'auto_fail_on_timeout', s.auto_transition_to_error)
        as auto_fail_on_timeout,
    lifecycle_warnings(nt.configuration) as warnings,
    s.warning_ratio
from tasker_named_tasks nt
join tasker_task_namespaces ns using (task_namespace_uuid)
cross join dlqtop.settings s;
drop function lifecycle_flag(jsonb, text);

-- What a view calls must be found whatever the session's search path; the others here name the
-- schema where they call each other.
alter function lifecycle_warnings(jsonb) set search_path = pg_catalog, public, pg_temp;

-- The same, kept, so that a transition does not read a template's JSON anew. Names are left out:
-- they may change without a deadline moving.
create table dlqtop.lifecycles (
    named_task_uuid                      uuid primary key,
    max_waiting_for_dependencies_minutes float8 not null,
    max_waiting_for_retry_minutes        float8 not null,
    max_steps_in_process_minutes         float8 not null,
    max_lifetime_minutes                 float8 not null,
    warning_ratio                        float8 not null,
    staleness_action                     text not null,
    auto_dlq_on_timeout                  boolean not null,
    auto_fail_on_timeout                 boolean not null,
    -- the detector may do something about a stale task of this template
    taken                                boolean not null
);

create view dlqtop.lifecycle_definition as
select
    l.named_task_uuid,
    l.max_waiting_for_dependencies_minutes,
    l.max_waiting_for_retry_minutes,
    l.max_steps_in_process_minutes,
    l.max_lifetime_minutes,
    l.warning_ratio,
    l.staleness_action,
    l.auto_dlq_on_timeout,
    l.auto_fail_on_timeout,
    l.staleness_action = 'dlq' and (l.auto_dlq_on_timeout or l.auto_fail_on_timeout)
        and (select s.reason_staleness_timeout from dlqtop.settings s) as taken
from v_template_lifecycle l;
-- One row; unanalyzed, it would be taken for hundreds, and every plan here for a dear one.
analyze dlqtop.settings;

create function state_threshold(
    p_state text, p_dependencies float8, p_retry float8, p_steps float8)
returns float8
language sql immutable parallel safe
as $$
    select case p_state
        when 'waiting_for_dependencies' then p_dependencies
        when 'waiting_for_retry' then p_retry
        when 'steps_in_process' then p_steps
    end
$$;

-- Instants that no honest writer wrote, whatever the time is now: in a state since before the task
-- existed, or further back or ahead than is believed. Such a task has no deadline.
create function impossible_instants(p_since timestamptz, p_created timestamptz) returns boolean
language sql stable parallel safe
as $$
    select p_since < p_created - interval '1 minute'
        or p_since not between '2000-01-01 00:00+00' and '9000-01-01 00:00+00'
        or p_created not between '2000-01-01 00:00+00' and '9000-01-01 00:00+00'
$$;

-- When the task's age alone makes it stale: past its lifetime, but not before one threshold of its
-- state has passed since an operator put it back to work. (Whether one did matters only if the
-- lifetime ends before the threshold does; elsewhere `p_acted` is not looked up.)
create function expiry_instant(
    p_since timestamptz, p_created timestamptz, p_threshold float8, p_lifetime float8,
    p_acted timestamptz)
returns timestamptz
language sql stable parallel safe
as $$
    select case
        when public.impossible_instants(p_since, p_created) then 'infinity'
        else greatest(p_created + p_lifetime * interval '1 minute',
                      p_acted + p_threshold * interval '1 minute')
    end
$$;

create function lifetime_comes_first(
    p_since timestamptz, p_created timestamptz, p_threshold float8, p_lifetime float8)
returns boolean
language sql stable parallel safe
as $$
    select not public.impossible_instants(p_since, p_created)
       and p_created + p_lifetime * interval '1 minute'
           < p_since + p_threshold * interval '1 minute'
$$;

-- When it becomes stale, by its time in the state or by its age, whichever is first.
create function breach_instant(
    p_since timestamptz, p_created timestamptz, p_threshold float8, p_lifetime float8,
    p_acted timestamptz)
returns timestamptz
language sql stable parallel safe
as $$
    select case
        when public.impossible_instants(p_since, p_created) then 'infinity'
        else least(p_since + p_threshold * interval '1 minute',
                   greatest(p_created + p_lifetime * interval '1 minute',
                            p_acted + p_threshold * interval '1 minute'))
    end
$$;

-- When it begins to warn: at this share of its threshold, and at its breach at the latest.
create function warning_instant(
    p_since timestamptz, p_created timestamptz, p_threshold float8, p_ratio float8,
    p_breaches timestamptz)
returns timestamptz
language sql stable parallel safe
as $$
    select case
        when public.impossible_instants(p_since, p_created) then 'infinity'
        else least(p_since + p_threshold * p_ratio * interval '1 minute', p_breaches)
    end
$$;

-- An age that cannot be: dated in the future, before the task existed, or more than ten years back.
create function age_is_suspect(p_since timestamptz, p_created timestamptz) returns boolean
language sql stable parallel safe
as $$
    select public.impossible_instants(p_since, p_created)
        or greatest(p_since, p_created) > now() + interval '1 minute'
        or least(p_since, p_created) < now() - 5256000 * interval '1 minute'
$$;

-- `age_is_suspect` once more, in terms of the breach: this is asked of every deadline there is.
create function deadline_health(
    p_breaches timestamptz, p_warns timestamptz, p_since timestamptz, p_created timestamptz)
returns text
language sql stable parallel safe
as $$
    select case
        when p_breaches = 'infinity'
            or p_since > now() + interval '1 minute'
            or p_created > now() + interval '1 minute'
            or p_since < now() - interval '5256000 minutes'
            or p_created < now() - interval '5256000 minutes' then 'unknown'
        when p_breaches <= now() then 'stale'
        when p_warns <= now() then 'warning'
        else 'healthy'
    end
$$;

-- Text from a worker as an instant, or null: what a step reports about itself is not to be trusted.
create function instant_or_null(p_text text) returns timestamptz
language plpgsql stable
as $$
begin
    -- 'now', 'tomorrow' and 'infinity' would be read too, and are no instants that a worker was at
    if p_text !~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d' then
        return null;
    end if;
    -- Without a zone it is UTC for everybody, not local time for whoever reads it.
    return (p_text || case when p_text ~ '(Z|[+-]\d\d(:?\d\d)?)$' then '' else 'Z' end)::timestamptz;
exception when others then
    return null;
end
$$;

-- A batch step says how far it has come in results.batch_cursor.last_checkpoint: time in the state
-- counts from there, or a worker in the middle of a long file would be called stuck.
create index steps_with_checkpoint on tasker_workflow_steps (task_uuid)
    where jsonb_exists(results, 'batch_cursor');
-- What the table must hold, from the tables that everybody writes. An operator has put a task to
-- work when the log says so, or when the transition into its present state bears an operator's mark.
create view dlqtop.deadline_definition as
select
    tr.task_uuid,
    t.named_task_uuid,
    tr.to_state as state,
    f.since,
    t.created_at as created,
    warning_instant(f.since, t.created_at, f.threshold, l.warning_ratio, b.breaches_at) as warns_at,
    b.breaches_at,
    expiry_instant(f.since, t.created_at, f.threshold, l.max_lifetime_minutes, f.acted)
        as expires_at,
    l.taken,
    greatest(f.since, t.created_at) > now() + interval '1 minute' as ahead
from tasker_task_transitions tr
join tasker_tasks t using (task_uuid)
join dlqtop.lifecycles l using (named_task_uuid)
cross join lateral (
    select
        state_threshold(tr.to_state, l.max_waiting_for_dependencies_minutes,
                        l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes)
            as threshold,
        greatest(tr.created_at, case when tr.to_state = 'steps_in_process' then (
            select max(instant_or_null(s.results #>> '{batch_cursor,last_checkpoint}'))
            from tasker_workflow_steps s
            where s.task_uuid = tr.task_uuid and jsonb_exists(s.results, 'batch_cursor')) end) as since
    -- calculated once, not wherever it is mentioned
    offset 0
) w
cross join lateral (
    select w.threshold, w.since,
        case when lifetime_comes_first(
            w.since, t.created_at, w.threshold, l.max_lifetime_minutes) then greatest(
                -- when an operator last put the task to work, by the log
                (select max(o.at) from dlqtop.operator_log o
                 where o.task_uuid = tr.task_uuid
                   and o.outcome = 'done'
                   and o.action in ('reset_for_retry', 'resolve_manually', 'complete_manually',
                                    'cancel', 'set_limits', 'resume_task')),
                case when tr.metadata ? 'operator' then tr.created_at end) end as acted
    offset 0
) f
cross join lateral (
    select breach_instant(f.since, t.created_at, f.threshold, l.max_lifetime_minutes, f.acted)
        as breaches_at
    offset 0
) b
where tr.most_recent
  and tr.to_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process');

create table dlqtop.deadlines (
    task_uuid       uuid primary key,
    named_task_uuid uuid not null,
    state           text not null,
    -- in the state, or of its last checkpoint
    since           timestamptz not null,
    -- the task
    created         timestamptz not null,
    warns_at        timestamptz not null,
    breaches_at     timestamptz not null,
    -- the part of breaches_at that the task's whole age gives
    expires_at      timestamptz not null,
    taken           boolean not null,
    -- dated in the future when it was written: the few that are looked at to count impossible ages
    ahead           boolean not null
);
-- The staleness list, and what the sweep takes: furthest over first.
create index deadlines_by_breach on dlqtop.deadlines (breaches_at, task_uuid);
-- What is not healthy, for the counts.
create index deadlines_by_warning on dlqtop.deadlines (warns_at);
create index deadlines_ahead on dlqtop.deadlines (task_uuid) where ahead;
-- Rows come and go with every transition.
alter table dlqtop.deadlines set (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
