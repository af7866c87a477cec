-- One definition of stale. The view, the sweep, the alerts and the screen all read it from here.

-- A template's number of minutes, or null if it has none or it is no sensible number: then the
-- settings in force count. Less than a second and more than ten years are not believed; the
-- comparison is by numeric, because 1e-400 and 1e400 do not fit a float8 at all.
create function lifecycle_minutes(p_configuration jsonb, p_key text) returns float8
language sql immutable parallel safe
as $$
    select case
        when jsonb_typeof(p_configuration #> array['lifecycle', p_key]) = 'number'
            and (p_configuration #> array['lifecycle', p_key])::numeric between 0.01 and 5256000
        then (p_configuration #> array['lifecycle', p_key])::float8
    end
$$;

create function lifecycle_flag(p_configuration jsonb, p_key text) returns boolean
language sql immutable parallel safe
as $$
    select case
        when jsonb_typeof(p_configuration #> array['lifecycle', p_key]) = 'boolean'
        then (p_configuration #> array['lifecycle', p_key])::boolean
        else true
    end
$$;

-- The keys of a template's lifecycle whose values cannot be used, so that the defaults are.
create function lifecycle_warnings(p_configuration jsonb) returns text[]
language sql immutable parallel safe
as $$
    select case
        when p_configuration -> 'lifecycle' is null
            or jsonb_typeof(p_configuration -> 'lifecycle') = 'null' then '{}'
        when jsonb_typeof(p_configuration -> 'lifecycle') <> 'object' then array['lifecycle']
        else array(
            select key
            from jsonb_each(p_configuration -> 'lifecycle') as l (key, value)
            where jsonb_typeof(value) <> 'null'
              and case
                when key like 'max\_%\_minutes' then lifecycle_minutes(p_configuration, key) is null
                when key like 'auto\_%\_on\_timeout' then jsonb_typeof(value) <> 'boolean'
                when key = 'staleness_action' then value not in ('"dlq"', '"alert"')
                else false
              end
            order by key)
    end::text[]
$$;

-- Each template with its thresholds in force.
create view v_template_lifecycle as
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
    lifecycle_flag(nt.configuration, 'auto_dlq_on_timeout') as auto_dlq_on_timeout,
    lifecycle_flag(nt.configuration, 'auto_fail_on_timeout') as auto_fail_on_timeout,
    lifecycle_warnings(nt.configuration) as warnings,
    s.warning_ratio
from tasker_named_tasks nt
join tasker_task_namespaces ns using (task_namespace_uuid)
cross join dlqtop.settings s;

-- An instant that any client can show, else null: 'infinity' and the far ends of PostgreSQL's
-- calendar are more than most programs can hold.
create function sane_instant(p_at timestamptz) returns timestamptz
language sql immutable parallel safe
as $$
    select case when p_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then p_at end
$$;

-- Minutes between two instants; null where there is no such number.
create function minutes_between(p_from timestamptz, p_to timestamptz) returns float8
language sql immutable parallel safe
as $$
    select case when isfinite(p_from) and isfinite(p_to)
        then extract(epoch from p_to - p_from)::float8 / 60 end
$$;

-- Every task that is not at its end, judged.
create view v_task_state_analysis as
with timed as (
    select
        t.task_uuid,
        l.named_task_uuid,
        l.namespace_name,
        l.task_name,
        l.task_version,
        tr.to_state as current_state,
        tr.created_at as state_since,
        minutes_between(tr.created_at, now()) as in_state,
        minutes_between(t.created_at, now()) as age,
        minutes_between(t.created_at, tr.created_at) as age_at_entry,
        case tr.to_state
            when 'waiting_for_dependencies' then l.max_waiting_for_dependencies_minutes
            when 'waiting_for_retry' then l.max_waiting_for_retry_minutes
            when 'steps_in_process' then l.max_steps_in_process_minutes
        end as threshold,
        l.max_lifetime_minutes,
        l.staleness_action,
        l.auto_dlq_on_timeout,
        l.auto_fail_on_timeout,
        l.warning_ratio,
        t.priority,
        t.correlation_id,
        t.created_at
    from tasker_task_transitions tr
    join tasker_tasks t using (task_uuid)
    join v_template_lifecycle l using (named_task_uuid)
    where tr.most_recent and tr.to_state not in ('complete', 'cancelled', 'resolved_manually')
),
judged as (
    select
        timed.*,
        -- dated in the future, before the task existed, or further back than is believed
        in_state is null or age is null
            or in_state < -1 or age < -1 or age_at_entry < -1
            or in_state > 5256000 or age > 5256000 as suspect,
        age > max_lifetime_minutes
            and threshold is not null
            -- an operator has just put it back to work: one threshold of grace
            and not exists (
                select from tasker_task_transitions o
                where o.task_uuid = timed.task_uuid
                  and o.metadata ? 'operator'
                  and o.created_at > now() - timed.threshold * interval '1 minute')
            and not exists (
                select from dlqtop.operator_log l
                where l.task_uuid = timed.task_uuid
                  and l.outcome = 'done'
                  and l.action in ('reset_for_retry', 'resolve_manually', 'complete_manually',
                                   'cancel', 'set_limits', 'resume_task')
                  and l.at > now() - timed.threshold * interval '1 minute') as too_old
    from timed
)
select
    task_uuid,
    named_task_uuid,
    namespace_name,
    task_name,
    task_version,
    current_state,
    state_since,
    coalesce(in_state, 0) as time_in_state_minutes,
    coalesce(age, 0) as task_age_minutes,
    threshold as staleness_threshold_minutes,
    max_lifetime_minutes,
    coalesce(too_old, false) as lifetime_exceeded,
    suspect as age_suspect,
    staleness_action,
    auto_dlq_on_timeout,
    auto_fail_on_timeout,
    priority,
    correlation_id,
    created_at,
    case
        when threshold is null then 'healthy'
        when suspect then 'unknown'
        when too_old or in_state >= threshold then 'stale'
        when in_state >= threshold * warning_ratio then 'warning'
        else 'healthy'
    end as health_status
from judged;

-- Whether the task has an entry of this reason, open or closed, since it entered its state, or any
-- open one. What an operator has closed is not opened again until the task has moved.
create function task_was_recorded(p_task uuid, p_since timestamptz, p_reason text) returns boolean
language sql stable
as $$
    select exists (
        select from tasker_tasks_dlq
        where task_uuid = p_task
          and (resolution_status = 'pending'
               or (dlq_reason = p_reason::dlq_reason and dlq_timestamp >= p_since)))
$$;

-- Only three states can become stale.
create view v_task_staleness_monitoring as
select
    a.task_uuid,
    a.named_task_uuid,
    a.namespace_name,
    a.task_name,
    a.task_version,
    a.current_state,
    a.time_in_state_minutes,
    a.task_age_minutes,
    a.staleness_threshold_minutes,
    a.max_lifetime_minutes,
    a.lifetime_exceeded,
    a.age_suspect,
    -- whichever comes first; past its lifetime and not stale means grace: the threshold counts
    case when a.task_age_minutes > a.max_lifetime_minutes and not a.lifetime_exceeded
        then a.staleness_threshold_minutes - a.time_in_state_minutes
        else least(a.max_lifetime_minutes - a.task_age_minutes,
                   a.staleness_threshold_minutes - a.time_in_state_minutes)
    end as minutes_to_breach,
    -- 1 is the breach; the screen and the sweep take the furthest over first
    greatest(a.time_in_state_minutes / a.staleness_threshold_minutes,
             case when a.lifetime_exceeded
                 then a.task_age_minutes / a.max_lifetime_minutes else 0 end) as breach_ratio,
    a.health_status,
    a.staleness_action,
    a.auto_dlq_on_timeout,
    a.auto_fail_on_timeout,
    d.dlq_entry_uuid as pending_entry,
    d.version as pending_entry_version,
    a.health_status = 'stale'
        and a.staleness_action = 'dlq'
        and (a.auto_fail_on_timeout
             or (a.auto_dlq_on_timeout and not task_was_recorded(
                     a.task_uuid, a.state_since, 'staleness_timeout'))) as sweep_takes,
    a.priority,
    a.correlation_id,
    a.state_since
from v_task_state_analysis a
left join tasker_tasks_dlq d
    on d.task_uuid = a.task_uuid and d.resolution_status = 'pending'
where a.current_state in ('waiting_for_dependencies', 'waiting_for_retry', 'steps_in_process');
