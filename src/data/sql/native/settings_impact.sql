-- How other settings would change which running tasks are stale. Always one row. Uses the functions that
-- define deadlines, with the new thresholds; a template's own thresholds outrank them, as always.
-- $1 the new settings, by column
with wanted as materialized (
    select
        coalesce(($1::jsonb ->> 'max_waiting_for_dependencies_minutes')::float8,
                 s.max_waiting_for_dependencies_minutes) as dependencies,
        coalesce(($1::jsonb ->> 'max_waiting_for_retry_minutes')::float8,
                 s.max_waiting_for_retry_minutes) as retry,
        coalesce(($1::jsonb ->> 'max_steps_in_process_minutes')::float8,
                 s.max_steps_in_process_minutes) as steps,
        coalesce(($1::jsonb ->> 'max_task_lifetime_minutes')::float8,
                 s.max_task_lifetime_minutes) as lifetime,
        -- whether sweeps look for stale tasks, and what they do where a template says nothing
        coalesce(($1::jsonb ->> 'reason_staleness_timeout')::boolean,
                 s.reason_staleness_timeout) as looked_for,
        coalesce(($1::jsonb ->> 'auto_move_to_dlq')::boolean, s.auto_move_to_dlq) as to_dlq,
        coalesce(($1::jsonb ->> 'auto_transition_to_error')::boolean,
                 s.auto_transition_to_error) as to_error
    from public.v_settings s
),
templates as materialized (
    select
        c.named_task_uuid,
        max(t.minutes) filter (where t.key = 'max_waiting_for_dependencies_minutes') as dependencies,
        max(t.minutes) filter (where t.key = 'max_waiting_for_retry_minutes') as retry,
        max(t.minutes) filter (where t.key = 'max_steps_in_process_minutes') as steps,
        max(t.minutes) filter (where t.key = 'max_duration_minutes') as lifetime,
        bool_and(c.configuration #>> '{lifecycle,staleness_action}' is distinct from 'alert'
            and w.looked_for
            and (dlqtop.lifecycle_switch(c.configuration, 'auto_dlq_on_timeout', w.to_dlq)
                 or dlqtop.lifecycle_switch(
                     c.configuration, 'auto_fail_on_timeout', w.to_error))) as taken
    from public.v_template_catalog c
    cross join wanted w
    cross join lateral dlqtop.template_thresholds(
        c.configuration, w.dependencies, w.retry, w.steps, w.lifetime) t
    group by c.named_task_uuid
),
judged as (
    select
        d.health_status = 'stale' as was,
        d.health_status = 'stale' and d.taken as was_due,
        m.taken as may_be_due,
        dlqtop.deadline_health(
            dlqtop.breach_instant(
                d.since, d.created_at, t.threshold, m.lifetime,
                -- an operator's act matters only then
                case when dlqtop.lifetime_comes_first(d.since, d.created_at, t.threshold, m.lifetime)
                    then d.acted_at end),
            'infinity', d.since, d.created_at) = 'stale' as becomes
    from templates m
    join public.v_task_deadlines d using (named_task_uuid)
    cross join lateral (
        select dlqtop.state_threshold(d.current_state, m.dependencies, m.retry, m.steps) as threshold
    ) t
)
select
    (select coalesce(sum(running), 0)::bigint from public.v_template_load) as running,
    e.*,
    dlqtop.limit_that_disarms(e.become_due) as disarms_beyond
from (
    select
        count(*) filter (where was) as stale_before,
        count(*) filter (where becomes) as stale_after,
        count(*) filter (where becomes and not was) as become_stale,
        count(*) filter (where was and not becomes) as stop_being_stale,
        count(*) filter (where becomes and may_be_due and not was_due) as become_due
    from judged
) e
