-- Three roles to grant to people and programs. Roles belong to the whole server, so another database may
-- have created them already.

-- The views that viewers and operators read, by name: another application may have views of its own in public.
create function dlqtop.views_to_read() returns text[]
language sql immutable
return array[
    'v_archive_statistics', 'v_detector', 'v_dlq_closed', 'v_dlq_counts', 'v_dlq_dashboard', 'v_dlq_entries',
    'v_dlq_events', 'v_dlq_investigation_queue', 'v_dlq_notes', 'v_dlq_owners', 'v_dlq_pending',
    'v_dlq_recent_dashboard', 'v_dlq_snoozes', 'v_drift', 'v_namespace_activity', 'v_open_steps',
    'v_operator_log', 'v_resumed_tasks', 'v_retried_steps', 'v_settings', 'v_staleness_counts',
    'v_staleness_list', 'v_staleness_total', 'v_step_results', 'v_sweeps', 'v_tally_changes',
    'v_task_deadlines', 'v_task_history', 'v_task_ids', 'v_task_staleness_monitoring', 'v_task_state_analysis',
    'v_task_summary', 'v_template_catalog', 'v_template_lifecycle', 'v_template_load'
];

-- Grants each role that exists what it needs, and returns the roles that are missing. Call it after creating
-- a role by hand, and in every migration that adds something to read or to call.
create function dlqtop.grant_roles() returns text[]
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    has_viewer   constant boolean := to_regrole('dlqtop_viewer') is not null;
    has_operator constant boolean := to_regrole('dlqtop_operator') is not null;
    has_detector constant boolean := to_regrole('dlqtop_detector') is not null;
    -- who looks at the screens
    readers constant text := concat_ws(', ',
        case when has_viewer then 'dlqtop_viewer' end,
        case when has_operator then 'dlqtop_operator' end);
    everybody constant text := concat_ws(', ',
        nullif(readers, ''), case when has_detector then 'dlqtop_detector' end);
    granted text;
begin
    if readers <> '' then
        foreach granted in array dlqtop.views_to_read() loop
            execute format('grant select on public.%I to %s', granted, readers);
        end loop;
        execute format('grant execute on function dlqtop.task_steps(uuid) to %s', readers);
    end if;
    if has_operator then
        grant execute on function
            dlqtop.act_on_step(text, uuid, text, text, text, jsonb, uuid),
            public.reset_for_retry(uuid, text, text, text, uuid),
            public.resolve_manually(uuid, text, text, text, uuid),
            public.complete_manually(uuid, text, text, text, jsonb, uuid),
            dlqtop.cancel_step(uuid, text, text, text, uuid),
            dlqtop.set_step_limits(uuid, text, text, text, int, int, uuid),
            dlqtop.resume_task(uuid, text, text, text, uuid),
            dlqtop.cancel_task(uuid, text, text, text, uuid),
            dlqtop.send_to_dlq(uuid, text, text, text, uuid),
            dlqtop.update_investigation(uuid, int, text, text, text, jsonb, uuid),
            dlqtop.reopen_investigation(uuid, int, text, text, uuid),
            dlqtop.add_investigation_note(uuid, text, text, uuid),
            dlqtop.own_entry(uuid, int, text, text, int, uuid, boolean),
            dlqtop.release_entry(uuid, int, text, text, uuid),
            dlqtop.snooze_entry(uuid, int, text, text, int, timestamptz, uuid),
            dlqtop.unsnooze_entry(uuid, int, text, text, uuid),
            dlqtop.log_refused_act(text, text, text, uuid, text, uuid, text),
            dlqtop.apply_template(text, text, text, jsonb, jsonb, text, text),
            dlqtop.arm_detector(int, text, text), dlqtop.disarm_detector(text, text),
            dlqtop.confirm_sweep(int, text, text),
            dlqtop.undo_sweep(bigint, text, text, boolean, uuid, bigint, int)
        to dlqtop_operator;
    end if;
    if has_detector then
        -- the sweep, and the archive by policy; not what is stale or how long work is kept, which is the owner's
        grant select on
            public.v_settings, public.v_dlq_counts, public.v_archive_statistics, public.v_detector,
            public.v_sweeps
        to dlqtop_detector;
        grant execute on function
            dlqtop.detect_and_transition_stale_tasks(
                boolean, int, text, uuid[], boolean, timestamptz, uuid, bigint),
            dlqtop.record_sweep(text, float8, int, int, int, int, boolean, bigint, boolean),
            dlqtop.archive_batch(int, boolean), dlqtop.archive_policies(),
            dlqtop.archive_policy_batch(text, int, boolean, timestamptz, uuid)
        to dlqtop_detector;
    end if;
    if everybody <> '' then
        execute format('grant usage on schema dlqtop to %s', everybody);
        execute format(
            'grant execute on function dlqtop.settings_in_force(), dlqtop.detector_state(), '
            'dlqtop.sweep_verdict(), dlqtop.sweep_preview(), dlqtop.limit_that_disarms(bigint) to %s', everybody);
        -- to check whether the program knows the schema
        execute format('grant select on dlqtop.migrations to %s', everybody);
    end if;
    return array(
        select role from unnest(array['dlqtop_viewer', 'dlqtop_operator', 'dlqtop_detector']) as role
        where to_regrole(role) is null);
end
$$;
revoke execute on function dlqtop.grant_roles() from public;

do $$
declare
    role text;
begin
    foreach role in array array['dlqtop_viewer', 'dlqtop_operator', 'dlqtop_detector'] loop
        -- another database of this server may have brought it
        continue when to_regrole(role) is not null;
        begin
            execute format('create role %I nologin', role);
        exception
            -- it is being created for another database right now
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then
                raise warning 'role % could not be made: let an administrator run "create role % nologin", then "select dlqtop.grant_roles()"', role, role;
        end;
    end loop;
    perform dlqtop.grant_roles();
end
$$;
