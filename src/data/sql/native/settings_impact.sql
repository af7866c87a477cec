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
                 s.max_task_lifetime_minutes) as lifetime
    from public.v_settings s
),
templates as materialized (
    select
        c.named_task_uuid,
        max(t.minutes) filter (where t.key = 'max_waiting_for_dependencies_minutes') as dependencies,
        max(t.minutes) filter (where t.key = 'max_waiting_for_retry_minutes') as retry,
        max(t.minutes) filter (where t.key = 'max_steps_in_process_minutes') as steps,
        max(t.minutes) filter (where t.key = 'max_duration_minutes') as lifetime
    from public.v_template_catalog c
    cross join wanted w
    cross join lateral dlqtop.template_thresholds(
        c.configuration, w.dependencies, w.retry, w.steps, w.lifetime) t
    group by c.named_task_uuid
),
judged as (
    select
        d.health_status = 'stale' as was,
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
    count(*) filter (where was) as stale_before,
    count(*) filter (where becomes) as stale_after,
    count(*) filter (where becomes and not was) as become_stale,
    count(*) filter (where was and not becomes) as stop_being_stale
from judged
