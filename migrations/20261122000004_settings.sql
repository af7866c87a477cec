-- The settings shared by all dashboards and detectors of a database, the one way to change them, and whether
-- sweeps may act here.

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
    -- until somebody has armed the detector here, every sweep is dry; only `dlqtop.arm_detector` sets these
    detector_armed_at                    timestamptz,
    detector_armed_by                    text,
    detector_armed_reason                text,
    -- how many tasks one sweep, and all sweeps of a rolling hour, may take; null for no limit
    max_per_sweep                        int,
    max_per_hour                         int,
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
    constraint archive_batch_is_bounded check (archive_batch_size between 1 and 10000),
    constraint arming_says_when_by_whom_and_why check (
        num_nulls(detector_armed_at, detector_armed_by, detector_armed_reason) in (0, 3)),
    constraint sweeps_are_limited_sensibly check (max_per_sweep >= 1 and max_per_hour >= 1)
);
insert into dlqtop.settings default values;
-- Without statistics the planner expects hundreds of rows here, and takes every plan for an expensive one.
analyze dlqtop.settings;

-- A setting as text for the log: null is no limit.
create function dlqtop.setting_in_words(p_name text, p_value jsonb) returns text
language sql immutable parallel safe
begin atomic
    select coalesce(
        p_value #>> '{}', case when p_name like 'max\_per\_%' then 'none' else 'for ever' end);
end;

-- What `p_settings` would change, as text for the log.
create function dlqtop.changes_to_settings(p_settings jsonb)
returns table (setting text, before text, after text)
language sql stable
begin atomic
    select
        new.key,
        dlqtop.setting_in_words(old.key, old.value),
        dlqtop.setting_in_words(new.key, new.value)
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
            and c.attname not in ('only_row', 'updated_at', 'detector_armed_at', 'detector_armed_by',
                                  'detector_armed_reason')
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
    -- Locked in this order, as the triggers on templates and settings do. A second caller waits here. The
    -- loop is a statement of its own: it sees what the first one committed.
    perform dlqtop.wait_briefly();
    perform dlqtop.lock_table('dlqtop.lifecycles', 'share row exclusive');
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
    cross join lateral jsonb_each(
        to_jsonb(s) - array['only_row', 'updated_at', 'detector_armed_at', 'detector_armed_by',
                            'detector_armed_reason']) present
    left join lateral (
        select l.actor, l.at, l.after
        from dlqtop.operator_log l
        where l.action = 'configure' and l.subject = present.key
        order by l.at desc, l.log_id desc
        limit 1) changed
        on changed.after = dlqtop.setting_in_words(present.key, present.value)
    order by present.key
$$;

-- What an operator has typed. The next sweep that finds something uses it up: it takes so many at most, and
-- the breaker does not hold it.
create table dlqtop.sweep_allowance (
    only_row boolean primary key default true,
    allowed  int not null,
    until    timestamptz not null,
    constraint there_is_one_row check (only_row),
    constraint something_is_allowed check (allowed >= 1)
);

-- Locks whether the detector is armed, and allows one sweep to take so many tasks, unless more are due.
create function dlqtop.allow_sweep(p_count int) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    due bigint;
begin
    if p_count is null or p_count < 0 then
        raise exception 'say how many tasks the next sweep may take'
            using errcode = 'invalid_parameter_value';
    end if;
    perform from dlqtop.settings for update;
    due := dlqtop.count_due();
    if due > p_count then
        raise exception '% tasks are due now, more than %: look again', due, p_count
            using errcode = 'check_violation', constraint = 'count_covers_what_is_due';
    end if;
    delete from dlqtop.sweep_allowance;
    insert into dlqtop.sweep_allowance (allowed, until)
    select p_count, now() + interval '10 minutes' where p_count > 0;
end
$$;

-- From now on sweeps act on this database, whoever runs them. `p_count`: how many tasks the operator saw
-- that the first sweep would take.
create function dlqtop.arm_detector(p_count int, p_actor text, p_reason text) returns void
language plpgsql security definer
set lock_timeout = '3s'
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    perform dlqtop.allow_sweep(p_count);
    update dlqtop.settings
    set detector_armed_at = now(), detector_armed_by = p_actor, detector_armed_reason = p_reason;
    perform dlqtop.log_act(
        p_actor, 'arm_detector', 'detector', null, null, p_reason, null, null,
        format('armed, the first sweep may take %s', p_count), 'done');
end
$$;

-- From now on every sweep is dry; a chunk under way is finished. False if the detector was not armed.
create function dlqtop.disarm_detector(p_actor text, p_reason text) returns boolean
language plpgsql security definer
set lock_timeout = '3s'
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    update dlqtop.settings
    set detector_armed_at = null, detector_armed_by = null, detector_armed_reason = null
    where detector_armed_at is not null;
    if not found then
        return false;
    end if;
    delete from dlqtop.sweep_allowance;
    perform dlqtop.log_act(
        p_actor, 'disarm_detector', 'detector', null, null, p_reason, null, 'armed', 'disarmed',
        'done');
    return true;
end
$$;

-- Lets one sweep of the next ten minutes take up to `p_count` tasks, whatever the breaker says.
create function dlqtop.confirm_sweep(p_count int, p_actor text, p_reason text) returns void
language plpgsql security definer
set lock_timeout = '3s'
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    perform dlqtop.allow_sweep(p_count);
    if not exists (select from dlqtop.settings where detector_armed_at is not null) then
        raise exception 'the detector is not armed here, so there is no sweep to confirm'
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    perform dlqtop.log_act(
        p_actor, 'confirm_sweep', 'detector', null, null, p_reason, null, null,
        format('the next sweep may take %s', p_count), 'done');
end
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.configure(jsonb, text, text), dlqtop.settings_in_force(), dlqtop.allow_sweep(int),
    dlqtop.arm_detector(int, text, text), dlqtop.disarm_detector(text, text),
    dlqtop.confirm_sweep(int, text, text)
from public;
