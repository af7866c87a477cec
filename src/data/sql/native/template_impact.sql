-- The configuration that a new one would replace, and how it would change the health of running tasks. Always
-- one row. Uses the functions that define deadlines, with the new thresholds.
-- $1 namespace   $2 name   $3 version   $4 the new configuration
with wanted as materialized (
    select
        max(t.minutes) filter (where t.key = 'max_waiting_for_dependencies_minutes') as dependencies,
        max(t.minutes) filter (where t.key = 'max_waiting_for_retry_minutes') as retry,
        max(t.minutes) filter (where t.key = 'max_steps_in_process_minutes') as steps,
        max(t.minutes) filter (where t.key = 'max_duration_minutes') as lifetime,
        -- whether sweeps would take stale tasks
        bool_and($4::jsonb #>> '{lifecycle,staleness_action}' is distinct from 'alert'
            and s.reason_staleness_timeout
            and (dlqtop.lifecycle_switch($4::jsonb, 'auto_dlq_on_timeout', s.auto_move_to_dlq)
                 or dlqtop.lifecycle_switch(
                     $4::jsonb, 'auto_fail_on_timeout', s.auto_transition_to_error))) as taken
    from public.v_settings s
    cross join lateral dlqtop.template_thresholds(
        $4::jsonb, s.max_waiting_for_dependencies_minutes, s.max_waiting_for_retry_minutes,
        s.max_steps_in_process_minutes, s.max_task_lifetime_minutes) t
),
present as materialized (
    select named_task_uuid, configuration
    from public.v_template_catalog
    where namespace_name = $1::text and task_name = $2::text and task_version = $3::text
),
judged as (
    select
        d.health_status = 'stale' as was,
        d.health_status = 'stale' and d.taken as was_due,
        w.taken as may_be_due,
        dlqtop.deadline_health(
            dlqtop.breach_instant(
                d.since, d.created_at, t.threshold, w.lifetime,
                -- an operator's act matters only then
                case when dlqtop.lifetime_comes_first(d.since, d.created_at, t.threshold, w.lifetime)
                    then d.acted_at end),
            'infinity', d.since, d.created_at) = 'stale' as becomes
    from present p
    join public.v_task_deadlines d using (named_task_uuid)
    cross join wanted w
    cross join lateral (
        select dlqtop.state_threshold(d.current_state, w.dependencies, w.retry, w.steps) as threshold
    ) t
)
select
    p.configuration::text as configuration,
    coalesce(p.configuration = $4::jsonb, false) as same,
    coalesce(l.running, 0) as running,
    e.stale_before,
    e.stale_after,
    e.become_stale,
    e.stop_being_stale,
    e.become_due,
    dlqtop.limit_that_disarms(e.become_due) as disarms_beyond,
    (select coalesce(sum(o.running), 0)::bigint
     from public.v_template_catalog c
     join public.v_template_load o using (named_task_uuid)
     where c.namespace_name = $1::text and c.task_name = $2::text
       and c.task_version <> $3::text) as running_elsewhere
from (
    select
        count(*) filter (where was) as stale_before,
        count(*) filter (where becomes) as stale_after,
        count(*) filter (where becomes and not was) as become_stale,
        count(*) filter (where was and not becomes) as stop_being_stale,
        count(*) filter (where becomes and may_be_due and not was_due) as become_due
    from judged
) e
left join present p on true
left join public.v_template_load l on l.named_task_uuid = p.named_task_uuid
