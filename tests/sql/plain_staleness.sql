-- Staleness from the base tables and by the wording of the rules, without the schema's functions and derived
-- tables: the reference for the fast implementation.
with template as (
    select
        nt.named_task_uuid,
        nt.configuration -> 'lifecycle' as own
    from tasker_named_tasks nt
),
minutes as (
    select
        t.named_task_uuid,
        k.key,
        case when jsonb_typeof(t.own -> k.key) = 'number'
                  and (t.own -> k.key)::numeric between 0.01 and 5256000
             then (t.own -> k.key)::float8
             else k.otherwise end as value
    from template t
    cross join dlqtop.settings s
    cross join lateral (values
        ('max_waiting_for_dependencies_minutes', s.max_waiting_for_dependencies_minutes),
        ('max_waiting_for_retry_minutes', s.max_waiting_for_retry_minutes),
        ('max_steps_in_process_minutes', s.max_steps_in_process_minutes),
        ('max_duration_minutes', s.max_task_lifetime_minutes)) as k (key, otherwise)
),
waiting as (
    select
        tr.task_uuid,
        tr.to_state,
        tr.created_at as since,
        t.created_at as created,
        m.value as threshold,
        life.value as lifetime,
        (select s.warning_ratio from dlqtop.settings s) as ratio,
        exists (
            select from dlqtop.operator_log l
            where l.task_uuid = tr.task_uuid and l.outcome = 'done'
              and l.action in ('reset_for_retry', 'resolve_manually', 'complete_manually', 'cancel',
                               'set_limits', 'resume_task')
              and now() < l.at + m.value * interval '1 minute') as in_grace
    from tasker_task_transitions tr
    join tasker_tasks t using (task_uuid)
    join minutes m on m.named_task_uuid = t.named_task_uuid
        and m.key = 'max_' || tr.to_state || '_minutes'
    join minutes life on life.named_task_uuid = t.named_task_uuid
        and life.key = 'max_duration_minutes'
    where tr.most_recent
)
select
    w.task_uuid,
    case
        when not isfinite(w.since) or not isfinite(w.created)
            or w.since > now() + interval '1 minute' or w.created > now() + interval '1 minute'
            or w.since < w.created - interval '1 minute'
            or least(w.since, w.created) < now() - interval '5256000 minutes' then 'unknown'
        when extract(epoch from now() - w.since) / 60 >= w.threshold then 'stale'
        when extract(epoch from now() - w.created) / 60 >= w.lifetime and not w.in_grace
            then 'stale'
        when extract(epoch from now() - w.since) / 60 >= w.threshold * w.ratio then 'warning'
        else 'healthy'
    end as health
from waiting w
