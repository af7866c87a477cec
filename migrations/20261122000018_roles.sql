-- Three roles to grant to people and programs. Roles belong to the whole server, so another database may
-- have created them already.

-- The functions that run with the owner's rights find what they call in public. On PostgreSQL 14, and on
-- servers upgraded from it, everybody could put functions of their own there.
revoke create on schema public from public;

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
        for granted in
            select format('%I.%I', schemaname, viewname) from pg_views
            where schemaname = 'public' and viewname like 'v\_%'
        loop
            execute format('grant select on %s to %s', granted, readers);
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
            dlqtop.apply_template(text, text, text, jsonb, jsonb, text, text)
        to dlqtop_operator;
    end if;
    if has_detector then
        -- the sweep, and the archive with its retention
        grant select on public.v_settings, public.v_dlq_counts, public.v_archive_statistics
        to dlqtop_detector;
        grant execute on function
            dlqtop.detect_and_transition_stale_tasks(
                boolean, int, text, uuid[], boolean, timestamptz, uuid),
            dlqtop.record_sweep(text, float8, int, int, int, int, boolean),
            dlqtop.configure(jsonb, text, text),
            dlqtop.archive_batch(int, boolean), dlqtop.archive_policies(),
            dlqtop.archive_policy_batch(text, int, boolean, timestamptz, uuid)
        to dlqtop_detector;
    end if;
    if everybody <> '' then
        execute format('grant usage on schema dlqtop to %s', everybody);
        execute format('grant execute on function dlqtop.settings_in_force() to %s', everybody);
        -- to check whether the program knows the schema
        if to_regclass('public._sqlx_migrations') is not null then
            execute format('grant select on public._sqlx_migrations to %s', everybody);
        end if;
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
        begin
            execute format('create role %I nologin', role);
        exception
            -- it exists, or is being created for another database right now
            when duplicate_object or unique_violation then null;
            when insufficient_privilege then
                raise warning 'role % could not be made: let an administrator run "create role % nologin", then "select dlqtop.grant_roles()"', role, role;
        end;
    end loop;
    perform dlqtop.grant_roles();
end
$$;
