-- Templates as files: what is in force, what a change would do to running tasks, and the one way
-- to apply it.

-- The four thresholds a configuration leads to: its own number, else that of the settings. Which
-- those are is the caller's to read: this must work for who may only look.
create function template_thresholds(
    p_configuration jsonb, p_dependencies float8, p_retry float8, p_steps float8,
    p_lifetime float8)
returns table (key text, minutes float8, own boolean)
language sql immutable parallel safe
as $$
    select k.key, coalesce(l.minutes, k.setting), l.minutes is not null
    from (values
        (1, 'max_waiting_for_dependencies_minutes', p_dependencies),
        (2, 'max_waiting_for_retry_minutes', p_retry),
        (3, 'max_steps_in_process_minutes', p_steps),
        (4, 'max_duration_minutes', p_lifetime)) as k (place, key, setting)
    cross join lateral (select lifecycle_minutes(p_configuration, k.key)) as l (minutes)
    order by k.place
$$;

-- Each template version, with its thresholds in force.
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
     from template_thresholds(
         nt.configuration, s.max_waiting_for_dependencies_minutes,
         s.max_waiting_for_retry_minutes, s.max_steps_in_process_minutes,
         s.max_task_lifetime_minutes) t) as thresholds,
    l.staleness_action,
    l.auto_dlq_on_timeout,
    l.auto_fail_on_timeout,
    l.warnings
from v_template_lifecycle l
join tasker_named_tasks nt using (named_task_uuid)
cross join dlqtop.settings s;

-- What the tasks of each template version are doing: under way, and stale. No row for none.
create view v_template_load as
select
    t.named_task_uuid,
    count(*) filter (where tr.to_state <> 'error') as running,
    count(*) filter (
        where deadline_health(d.breaches_at, d.warns_at, d.since, d.created) = 'stale') as stale
from tasker_task_transitions tr
join tasker_tasks t using (task_uuid)
left join dlqtop.deadlines d on d.task_uuid = t.task_uuid
where tr.most_recent and tr.to_state not in ('complete', 'cancelled', 'resolved_manually')
group by t.named_task_uuid;

-- What a deadline is calculated from, to ask what it would be with other thresholds. `acted_at` is
-- looked up only where it is asked for; it is that of `dlqtop.deadline_definition`.
create view v_task_deadlines as
select
    d.task_uuid,
    d.named_task_uuid,
    d.state as current_state,
    d.since,
    d.created as created_at,
    d.warns_at,
    d.breaches_at,
    deadline_health(d.breaches_at, d.warns_at, d.since, d.created) as health_status,
    greatest(
        (select max(o.at) from dlqtop.operator_log o
         where o.task_uuid = d.task_uuid
           and o.outcome = 'done'
           and o.action in ('reset_for_retry', 'resolve_manually', 'complete_manually', 'cancel',
                            'set_limits', 'resume_task')),
        (select tr.created_at from tasker_task_transitions tr
         where tr.task_uuid = d.task_uuid and tr.most_recent and tr.metadata ? 'operator'))
        as acted_at
from dlqtop.deadlines d;

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
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
-- for the deadlines that follow: compiling takes longer than running once
set jit = off
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
