-- Templates as files: what is in force, what a change would do to running tasks, and the one way
-- to apply it.

-- The four thresholds a configuration leads to: its own number, else that of the settings.
create function template_thresholds(p_configuration jsonb)
returns table (key text, minutes float8, own boolean)
language sql stable
as $$
    select k.key, coalesce(l.minutes, k.setting), l.minutes is not null
    from dlqtop.settings s
    cross join lateral (values
        (1, 'max_waiting_for_dependencies_minutes', s.max_waiting_for_dependencies_minutes),
        (2, 'max_waiting_for_retry_minutes', s.max_waiting_for_retry_minutes),
        (3, 'max_steps_in_process_minutes', s.max_steps_in_process_minutes),
        (4, 'max_duration_minutes', s.max_task_lifetime_minutes)) as k (place, key, setting)
    cross join lateral (select lifecycle_minutes(p_configuration, k.key)) as l (minutes)
    order by k.place
$$;

-- Each template version, with what its tasks are doing.
create view v_template_catalog as
select
    l.named_task_uuid,
    l.namespace_name,
    l.task_name,
    l.task_version,
    nt.configuration,
    nt.created_at,
    nt.updated_at,
    (select jsonb_object_agg(
         t.key,
         jsonb_build_object('minutes', t.minutes,
                            'from', case when t.own then 'template' else 'settings' end))
     from template_thresholds(nt.configuration) t) as thresholds,
    l.staleness_action,
    l.auto_dlq_on_timeout,
    l.auto_fail_on_timeout,
    l.warnings,
    coalesce(a.running, 0) as running,
    coalesce(a.stale, 0) as stale
from v_template_lifecycle l
join tasker_named_tasks nt using (named_task_uuid)
left join (
    select named_task_uuid,
           count(*) filter (where current_state <> 'error') as running,
           count(*) filter (where health_status = 'stale') as stale
    from v_task_state_analysis
    group by named_task_uuid
) a using (named_task_uuid);

-- What a configuration would do to the tasks of a template that are under way: the definition of
-- v_task_state_analysis with other thresholds. Asked before the change; the view says the same
-- afterwards.
create function template_effect(p_template uuid, p_configuration jsonb)
returns table (
    running bigint, stale_before bigint, stale_after bigint, become_stale bigint,
    stop_being_stale bigint)
language sql stable
as $$
    with wanted as (
        select
            max(minutes) filter (where key = 'max_waiting_for_dependencies_minutes') as dependencies,
            max(minutes) filter (where key = 'max_waiting_for_retry_minutes') as retry,
            max(minutes) filter (where key = 'max_steps_in_process_minutes') as steps,
            max(minutes) filter (where key = 'max_duration_minutes') as lifetime
        from template_thresholds(p_configuration)
    ),
    timed as (
        select
            a.*,
            w.lifetime,
            case a.current_state
                when 'waiting_for_dependencies' then w.dependencies
                when 'waiting_for_retry' then w.retry
                when 'steps_in_process' then w.steps
            end as threshold
        from v_task_state_analysis a
        cross join wanted w
        where a.named_task_uuid = p_template
    ),
    judged as (
        select
            current_state,
            health_status = 'stale' as was,
            coalesce(
                threshold is not null
                and not age_suspect
                and (time_in_state_minutes >= threshold
                     or (task_age_minutes > lifetime
                         -- an operator has just put it back to work
                         and not exists (
                             select from tasker_task_transitions o
                             where o.task_uuid = timed.task_uuid
                               and o.metadata ? 'operator'
                               and o.created_at > now() - timed.threshold * interval '1 minute')
                         and not exists (
                             select from dlqtop.operator_log g
                             where g.task_uuid = timed.task_uuid
                               and g.outcome = 'done'
                               and g.action in ('reset_for_retry', 'resolve_manually',
                                                'complete_manually', 'cancel', 'set_limits',
                                                'resume_task')
                               and g.at > now() - timed.threshold * interval '1 minute'))),
                false) as becomes
        from timed
    )
    select
        count(*) filter (where current_state <> 'error'),
        count(*) filter (where was),
        count(*) filter (where becomes),
        count(*) filter (where becomes and not was),
        count(*) filter (where was and not becomes)
    from judged
$$;

-- A configuration in a few words, for the log.
create function template_summary(p_configuration jsonb) returns text
language sql immutable parallel safe
as $$
    select left(
        coalesce(p_configuration ->> 'lifecycle', 'no lifecycle') || ', '
        || case jsonb_typeof(p_configuration -> 'steps')
               when 'array' then jsonb_array_length(p_configuration -> 'steps') else 0 end
        || ' steps', 500)
$$;

-- Writes one version of a template, and its namespace if that is new. `p_seen` is the configuration
-- that the caller compared with, null for none: if another one is there by now, nothing is written.
-- outcome: 'done', 'unchanged' (it is there already) or 'changed' (by whom, when).
create function apply_template(
    p_namespace text, p_name text, p_version text, p_configuration jsonb, p_seen jsonb,
    p_actor text, p_reason text)
returns act_result
language plpgsql
as $$
declare
    space   uuid;
    present tasker_named_tasks;
    is_new  boolean := false;
    title   text := p_namespace || '/' || p_name || ' ' || p_version;
begin
    perform require_actor_and_reason(p_actor, p_reason);
    if jsonb_typeof(p_configuration) is distinct from 'object' then
        raise exception 'the configuration of a template is a JSON object'
            using errcode = 'invalid_parameter_value';
    end if;

    insert into tasker_task_namespaces (name) values (p_namespace) on conflict (name) do nothing;
    select task_namespace_uuid into space from tasker_task_namespaces where name = p_namespace;
    if p_seen is null then
        insert into tasker_named_tasks (task_namespace_uuid, name, version, configuration)
        values (space, p_name, p_version, p_configuration)
        on conflict (task_namespace_uuid, name, version) do nothing;
        is_new := found;
    end if;
    -- Tasks may be created meanwhile: this lock does not keep them from pointing here.
    select * into present
    from tasker_named_tasks
    where task_namespace_uuid = space and name = p_name and version = p_version
    for no key update;

    if not is_new then
        if present.configuration = p_configuration then
            return ('unchanged', p_version, null, null)::act_result;
        end if;
        if present.configuration is distinct from p_seen then
            perform dlqtop.log_act(
                p_actor, 'apply_template', title, present.named_task_uuid, null, p_reason, null,
                template_summary(p_seen), template_summary(present.configuration),
                'changed meanwhile');
            return (
                'changed',
                p_version,
                -- whoever changed it by other means has left no name
                (select l.actor from dlqtop.operator_log l
                 where l.subject_uuid = present.named_task_uuid
                   and l.action = 'apply_template' and l.outcome = 'done'
                   and l.at = present.updated_at
                 order by l.log_id desc limit 1),
                present.updated_at)::act_result;
        end if;
        update tasker_named_tasks
        set configuration = p_configuration, updated_at = now()
        where named_task_uuid = present.named_task_uuid;
    end if;

    perform dlqtop.log_act(
        p_actor, 'apply_template', title, present.named_task_uuid, null, p_reason, null,
        case when is_new then null else template_summary(p_seen) end,
        template_summary(p_configuration), 'done');
    return ('done', p_version, null, null)::act_result;
end
$$;
revoke execute on function apply_template(text, text, text, jsonb, jsonb, text, text) from public;
