-- Templates: the lifecycle that each one's configuration and the settings give, and the one way to apply a
-- template file.

-- A threshold of a template in minutes, or null if the template has none or it is not sensible: then the
-- settings apply. Sensible is from about a second to ten years. The comparison is by numeric because
-- 1e-400 and 1e400 do not fit a float8 at all.
create function dlqtop.lifecycle_minutes(p_configuration jsonb, p_key text) returns float8
language sql immutable parallel safe
begin atomic
    select case
        when jsonb_typeof(p_configuration #> array['lifecycle', p_key]) = 'number'
            and (p_configuration #> array['lifecycle', p_key])::numeric between 0.01 and 5256000
        then (p_configuration #> array['lifecycle', p_key])::float8
    end;
end;

-- A template's own switch, or that of the settings.
create function dlqtop.lifecycle_switch(p_configuration jsonb, p_key text, p_otherwise boolean)
returns boolean
language sql immutable parallel safe
begin atomic
    select case
        when jsonb_typeof(p_configuration #> array['lifecycle', p_key]) = 'boolean'
        then (p_configuration #> array['lifecycle', p_key])::boolean
        else p_otherwise
    end;
end;

-- The keys of a template's lifecycle whose values cannot be used, so that the settings apply. The search
-- path is fixed because a view calls this whatever the session's search path is.
create function dlqtop.lifecycle_warnings(p_configuration jsonb) returns text[]
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
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
                when key like 'max\_%\_minutes' then dlqtop.lifecycle_minutes(p_configuration, key) is null
                when key like 'auto\_%\_on\_timeout' then jsonb_typeof(value) <> 'boolean'
                when key = 'staleness_action' then value not in ('"dlq"', '"alert"')
                else false
              end
            order by key)
    end::text[]
$$;

-- Each template version with the lifecycle that applies to it.
create view public.v_template_lifecycle as
select
    nt.named_task_uuid,
    ns.name as namespace_name,
    nt.name as task_name,
    nt.version as task_version,
    coalesce(dlqtop.lifecycle_minutes(nt.configuration, 'max_waiting_for_dependencies_minutes'),
             s.max_waiting_for_dependencies_minutes) as max_waiting_for_dependencies_minutes,
    coalesce(dlqtop.lifecycle_minutes(nt.configuration, 'max_waiting_for_retry_minutes'),
             s.max_waiting_for_retry_minutes) as max_waiting_for_retry_minutes,
    coalesce(dlqtop.lifecycle_minutes(nt.configuration, 'max_steps_in_process_minutes'),
             s.max_steps_in_process_minutes) as max_steps_in_process_minutes,
    coalesce(dlqtop.lifecycle_minutes(nt.configuration, 'max_duration_minutes'),
             s.max_task_lifetime_minutes) as max_lifetime_minutes,
    case when nt.configuration #>> '{lifecycle,staleness_action}' = 'alert'
        then 'alert' else 'dlq' end as staleness_action,
    dlqtop.lifecycle_switch(nt.configuration, 'auto_dlq_on_timeout', s.auto_move_to_dlq)
        as auto_dlq_on_timeout,
    dlqtop.lifecycle_switch(nt.configuration, 'auto_fail_on_timeout', s.auto_transition_to_error)
        as auto_fail_on_timeout,
    dlqtop.lifecycle_warnings(nt.configuration) as warnings,
    s.warning_ratio
from public.tasker_named_tasks nt
join public.tasker_task_namespaces ns using (task_namespace_uuid)
cross join dlqtop.settings s;

-- The four thresholds that a configuration leads to: its own number, else that of the settings. The caller
-- passes the settings, so that this works for roles that may only read.
create function dlqtop.template_thresholds(
    p_configuration jsonb, p_dependencies float8, p_retry float8, p_steps float8,
    p_lifetime float8)
returns table (key text, minutes float8, own boolean)
language sql immutable parallel safe
begin atomic
    select k.key, coalesce(l.minutes, k.setting), l.minutes is not null
    from (values
        (1, 'max_waiting_for_dependencies_minutes', p_dependencies),
        (2, 'max_waiting_for_retry_minutes', p_retry),
        (3, 'max_steps_in_process_minutes', p_steps),
        (4, 'max_duration_minutes', p_lifetime)) as k (place, key, setting)
    cross join lateral (select dlqtop.lifecycle_minutes(p_configuration, k.key)) as l (minutes)
    order by k.place;
end;

-- Each template version with its configuration and where each threshold comes from.
create view public.v_template_catalog as
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
     from dlqtop.template_thresholds(
         nt.configuration, s.max_waiting_for_dependencies_minutes,
         s.max_waiting_for_retry_minutes, s.max_steps_in_process_minutes,
         s.max_task_lifetime_minutes) t) as thresholds,
    l.staleness_action,
    l.auto_dlq_on_timeout,
    l.auto_fail_on_timeout,
    l.warnings
from public.v_template_lifecycle l
join public.tasker_named_tasks nt using (named_task_uuid)
cross join dlqtop.settings s;

-- A configuration in a few words for the log.
create function dlqtop.template_summary(p_configuration jsonb) returns text
language sql immutable parallel safe
begin atomic
    select left(
        coalesce(p_configuration ->> 'lifecycle', 'no lifecycle') || ', '
        || case jsonb_typeof(p_configuration -> 'steps')
               when 'array' then jsonb_array_length(p_configuration -> 'steps') else 0 end
        || ' steps', 500);
end;

-- Writes one version of a template, and its namespace if that is new. `p_seen` is the configuration that
-- the caller compared with, null if there was none: if it is another one by now, nothing is written.
-- outcome: 'done', 'unchanged' (the configuration is there already) or 'changed' (by whom and when).
create function dlqtop.apply_template(
    p_namespace text, p_name text, p_version text, p_configuration jsonb, p_seen jsonb,
    p_actor text, p_reason text)
returns dlqtop.act_result
language plpgsql security definer
set search_path = pg_catalog, pg_temp
-- The deadlines are calculated again: compiling that takes longer than running it once.
set jit = off
as $$
declare
    space   uuid;
    present public.tasker_named_tasks;
    is_new  boolean := false;
    title   text := p_namespace || '/' || p_name || ' ' || p_version;
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    if jsonb_typeof(p_configuration) is distinct from 'object' then
        raise exception 'the configuration of a template is a JSON object'
            using errcode = 'invalid_parameter_value';
    end if;

    perform dlqtop.wait_briefly();
    perform dlqtop.lock_table('dlqtop.lifecycles', 'share row exclusive');
    insert into public.tasker_task_namespaces (name) values (p_namespace) on conflict (name) do nothing;
    select task_namespace_uuid into space from public.tasker_task_namespaces where name = p_namespace;
    if p_seen is null then
        insert into public.tasker_named_tasks (task_namespace_uuid, name, version, configuration)
        values (space, p_name, p_version, p_configuration)
        on conflict (task_namespace_uuid, name, version) do nothing;
        is_new := found;
    end if;
    -- This lock does not block new tasks of the template.
    select * into present
    from public.tasker_named_tasks
    where task_namespace_uuid = space and name = p_name and version = p_version
    for no key update;

    if not is_new then
        if present.configuration = p_configuration then
            return ('unchanged', p_version, null, null)::dlqtop.act_result;
        end if;
        if present.configuration is distinct from p_seen then
            perform dlqtop.log_act(
                p_actor, 'apply_template', title, present.named_task_uuid, null, p_reason, null,
                dlqtop.template_summary(p_seen), dlqtop.template_summary(present.configuration),
                'changed meanwhile');
            return (
                'changed',
                p_version,
                -- nobody is named if it was changed by other means
                (select l.actor from dlqtop.operator_log l
                 where l.subject_uuid = present.named_task_uuid
                   and l.action = 'apply_template' and l.outcome = 'done'
                   and l.at = present.updated_at
                 order by l.log_id desc limit 1),
                present.updated_at)::dlqtop.act_result;
        end if;
        update public.tasker_named_tasks
        set configuration = p_configuration, updated_at = now()
        where named_task_uuid = present.named_task_uuid;
    end if;

    perform dlqtop.log_act(
        p_actor, 'apply_template', title, present.named_task_uuid, null, p_reason, null,
        case when is_new then null else dlqtop.template_summary(p_seen) end,
        dlqtop.template_summary(p_configuration), 'done');
    return ('done', p_version, null, null)::dlqtop.act_result;
end
$$;

-- The lifecycles, stored so that a transition does not have to read a template's JSON. Without names: they
-- may change without any deadline moving.
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
    -- whether the sweep takes stale tasks of this template
    taken                                boolean not null
);

-- What that table must hold.
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
from public.v_template_lifecycle l;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.apply_template(text, text, text, jsonb, jsonb, text, text)
from public;
