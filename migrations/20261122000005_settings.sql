-- The settings shared by all dashboards and detectors of a database, and the one way to change them.

-- One row: the views, the detector, the alerts and the screen read the same numbers, so they cannot
-- disagree.
create table dlqtop.settings (
    only_row                             boolean primary key default true,
    max_waiting_for_dependencies_minutes float8 not null default 60,
    max_waiting_for_retry_minutes        float8 not null default 30,
    max_steps_in_process_minutes         float8 not null default 30,
    max_task_lifetime_minutes            float8 not null default 1440,
    warning_ratio                        float8 not null default 0.8,
    -- a namespace has no workers when none has given a sign of life for this long
    worker_silence_minutes               float8 not null default 10,
    batch_size                           int not null default 100,
    updated_at                           timestamptz not null default now(),
    -- for templates without auto_dlq_on_timeout and auto_fail_on_timeout
    auto_move_to_dlq                     boolean not null default true,
    auto_transition_to_error             boolean not null default true,
    -- the sweep does not look for a reason that is off
    reason_staleness_timeout             boolean not null default true,
    reason_max_retries_exceeded          boolean not null default true,
    reason_worker_unavailable            boolean not null default true,
    reason_dependency_cycle_detected     boolean not null default true,
    -- how many days after its end a task stays in the live tables; null keeps it for ever
    archive_completed_days               float8 default 30,
    archive_failed_days                  float8 default 90,
    archive_cancelled_days               float8 default 30,
    -- how many days a closed entry keeps its task from being archived
    archive_resolved_entries_days        float8 default 90,
    archive_batch_size                   int not null default 1000,
    constraint there_is_one_row check (only_row),
    constraint thresholds_are_sensible check (
        -- `between` refuses infinity and NaN as well
        max_waiting_for_dependencies_minutes between 0.01 and 5256000
        and max_waiting_for_retry_minutes between 0.01 and 5256000
        and max_steps_in_process_minutes between 0.01 and 5256000
        and max_task_lifetime_minutes between 0.01 and 5256000
        and worker_silence_minutes between 0.01 and 5256000),
    constraint warning_comes_before_stale check (warning_ratio > 0 and warning_ratio < 1),
    constraint batch_is_bounded check (batch_size between 1 and 10000),
    constraint retention_is_sensible check (
        archive_completed_days between 0 and 36500
        and archive_failed_days between 0 and 36500
        and archive_cancelled_days between 0 and 36500
        and archive_resolved_entries_days between 0 and 36500),
    constraint archive_batch_is_bounded check (archive_batch_size between 1 and 10000)
);
insert into dlqtop.settings default values;
-- Without statistics the planner expects hundreds of rows here, and takes every plan for an expensive one.
analyze dlqtop.settings;

-- What `p_settings` would change, as text for the log.
create function dlqtop.changes_to_settings(p_settings jsonb)
returns table (setting text, before text, after text)
language sql stable
begin atomic
    select
        new.key,
        coalesce(old.value #>> '{}', 'for ever'),
        coalesce(new.value #>> '{}', 'for ever')
    from dlqtop.settings s
    cross join lateral jsonb_each(to_jsonb(jsonb_populate_record(s, p_settings))) new
    join lateral jsonb_each(to_jsonb(s)) old on old.key = new.key
    where new.value <> old.value
    order by new.key;
end;

-- Refuses names that are not settings and values of the wrong type. Whether a value makes sense is up to
-- the constraints of the table.
create function dlqtop.require_settings(p_settings jsonb) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    given record;
begin
    if jsonb_typeof(p_settings) is distinct from 'object' then
        raise exception 'settings are a JSON object of names and values'
            using errcode = 'invalid_parameter_value';
    end if;
    for given in
        select
            s.key as name,
            s.value,
            c.atttypid as type,
            case c.atttypid
                when 'boolean'::regtype then 'true or false'
                when 'int'::regtype then 'a whole number'
                else 'a number'
            end || case when c.attnotnull then '' else ', or null' end as wanted,
            case
                when s.value = 'null' then not c.attnotnull
                when c.atttypid = 'boolean'::regtype then jsonb_typeof(s.value) = 'boolean'
                when jsonb_typeof(s.value) <> 'number' then false
                when c.atttypid = 'int'::regtype then s.value #>> '{}' ~ '^-?[0-9]+$'
                else true
            end as fits
        from jsonb_each(p_settings) s
        left join pg_attribute c
            on c.attrelid = 'dlqtop.settings'::regclass and c.attname = s.key
            and c.attnum > 0 and not c.attisdropped
            and c.attname not in ('only_row', 'updated_at')
        order by s.key
    loop
        if given.type is null then
            raise exception 'there is no setting %', given.name
                using errcode = 'invalid_parameter_value';
        end if;
        if not given.fits then
            raise exception '% cannot be %: it is %', given.name, given.value, given.wanted
                using errcode = 'invalid_parameter_value';
        end if;
    end loop;
end
$$;

-- Sets the given settings, named like the columns of `dlqtop.settings`; the others stay. Returns the names
-- of those that changed and logs each with its old and new value. What is set already is neither written
-- nor locked, so that any number of programs can send the same settings when they start.
create function dlqtop.configure(p_settings jsonb, p_actor text, p_reason text)
returns text[]
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    present dlqtop.settings;
    change  record;
    changed text[] := '{}';
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    perform dlqtop.require_settings(p_settings);
    if not exists (select from dlqtop.changes_to_settings(p_settings)) then
        return changed;
    end if;
    -- A second caller waits here. The loop is a statement of its own: it sees what the first one committed.
    select * into strict present from dlqtop.settings for update;
    for change in select * from dlqtop.changes_to_settings(p_settings) loop
        changed := changed || change.setting;
        perform dlqtop.log_act(
            p_actor, 'configure', change.setting, null, null, p_reason, null, change.before,
            change.after, 'done');
    end loop;
    if changed <> '{}' then
        execute (
            select 'update dlqtop.settings set '
                || string_agg(format('%1$I = ($1).%1$I', name), ', ')
                || ', updated_at = now()'
            from unnest(changed) name)
        using jsonb_populate_record(present, p_settings);
    end if;
    return changed;
end
$$;

create view public.v_settings as select * from dlqtop.settings;

-- The settings with who set each, for roles that may read no log: nobody is named if the value was changed
-- by other means since.
create function dlqtop.settings_in_force()
returns table (setting text, value jsonb, changed_by text, changed_at timestamptz)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select present.key, present.value, changed.actor, dlqtop.sane_instant(changed.at)
    from dlqtop.settings s
    cross join lateral jsonb_each(to_jsonb(s) - 'only_row' - 'updated_at') present
    left join lateral (
        select l.actor, l.at, l.after
        from dlqtop.operator_log l
        where l.action = 'configure' and l.subject = present.key
        order by l.at desc, l.log_id desc
        limit 1) changed
        on changed.after = coalesce(present.value #>> '{}', 'for ever')
    order by present.key
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.configure(jsonb, text, text), dlqtop.settings_in_force()
from public;
