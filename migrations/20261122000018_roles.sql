-- Three roles to grant to people and programs. Roles belong to the whole server, so another database may
-- have created them already.

-- The functions that run with the owner's rights find what they call in public. On PostgreSQL 14, and on
-- servers upgraded from it, everybody could put functions of their own there.
revoke create on schema public from public;

create function dlqtop.grant_earlier() returns text[]
language plpgsql
as $$
declare
    has_viewer   constant boolean := to_regrole('dlqtop_viewer') is not null;
    has_operator constant boolean := to_regrole('dlqtop_operator') is not null;
    has_detector constant boolean := to_regrole('dlqtop_detector') is not null;
    readers      text := concat_ws(', ',
        case when has_viewer then 'dlqtop_viewer' end,
        case when has_operator then 'dlqtop_operator' end);
    granted      record;
begin
    if readers <> '' then
        for granted in
            select format('%I.%I', schemaname, viewname) as name from pg_views
            where schemaname = 'public' and viewname like 'v\_%'
        loop
            execute format('grant select on %s to %s', granted.name, readers);
        end loop;
        execute format('grant execute on function task_steps(uuid) to %s', readers);
    end if;
    if has_operator then
        for granted in
            select p.oid::regprocedure::text as name
            from pg_proc p
            where p.pronamespace = 'public'::regnamespace
              and p.proname in (
                  'act_on_step', 'reset_for_retry', 'resolve_manually', 'complete_manually',
                  'cancel_step', 'set_step_limits', 'resume_task', 'cancel_task',
                  'update_investigation', 'reopen_investigation', 'add_investigation_note',
                  'send_to_dlq', 'log_refused_act', 'apply_template')
        loop
            execute format('grant execute on function %s to dlqtop_operator', granted.name);
        end loop;
    end if;
    if has_detector then
        grant select on v_settings, v_dlq_counts to dlqtop_detector;
        for granted in
            select p.oid::regprocedure::text as name
            from pg_proc p
            where p.pronamespace = 'public'::regnamespace
              and p.proname in (
                  'detect_and_transition_stale_tasks', 'record_sweep', 'configure')
        loop
            execute format('grant execute on function %s to dlqtop_detector', granted.name);
        end loop;
    end if;
    -- to check whether the program knows the schema
    if to_regclass('public._sqlx_migrations') is not null then
        readers := concat_ws(', ', nullif(readers, ''),
                             case when has_detector then 'dlqtop_detector' end);
        if readers <> '' then
            execute format('grant select on public._sqlx_migrations to %s', readers);
        end if;
    end if;
    return array(
        select role from unnest(array['dlqtop_viewer', 'dlqtop_operator', 'dlqtop_detector']) as role
        where to_regrole(role) is null);
end
$$;

-- Grants each role that exists what it needs, and returns the roles that are missing. Call it after creating
-- a role by hand, and in every migration that adds something to read or to call.
create function dlqtop.grant_roles() returns text[]
language plpgsql
as $$
declare
    missing constant text[] := dlqtop.grant_earlier();
    granted regprocedure;
begin
    if to_regrole('dlqtop_operator') is not null then
        for granted in
            select p.oid from pg_proc p
            where p.pronamespace = 'public'::regnamespace
              and p.proname in ('own_entry', 'release_entry', 'snooze_entry', 'unsnooze_entry')
        loop
            execute format('grant execute on function %s to dlqtop_operator', granted);
        end loop;
    end if;
    return missing;
end
$$;

revoke execute on function dlqtop.grant_earlier(), dlqtop.grant_roles() from public;

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
