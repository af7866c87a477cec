-- The schema dlqtop, which stands already with the list of migrations in it, the types, and the small functions
-- that every later file uses.

comment on schema dlqtop is 'What dlqtop keeps for itself: log, notes, claims, snoozes, sweeps, settings';

-- UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random bits. PostgreSQL has
-- no such function before 18, so a version 4 id gets the time and the version nibble 0111.
create function public.tasker_uuid_v7() returns uuid
language sql volatile parallel safe
begin atomic
    select encode(
        set_bit(
            set_bit(
                overlay(
                    uuid_send(gen_random_uuid())
                    placing substring(
                        int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
                    from 1 for 6),
                52, 1),
            53, 1),
        'hex')::uuid;
end;

create type public.dlq_reason as enum (
    'staleness_timeout',
    'max_retries_exceeded',
    'dependency_cycle_detected',
    'worker_unavailable',
    'manual_dlq'
);

create type public.dlq_resolution_status as enum (
    'pending',
    'manually_resolved',
    'permanently_failed',
    'cancelled'
);

-- The answer of every guarded action. outcome: 'done', or 'changed' if the row is no longer what the
-- operator saw; then nothing was written, and the answer says what it is now, by whom and since when.
create type dlqtop.act_result as (
    outcome    text,
    now_state  text,
    changed_by text,
    changed_at timestamptz
);

-- The instant if any client can show it, else null: many programs cannot hold 'infinity' or the far
-- ends of PostgreSQL's calendar.
create function dlqtop.sane_instant(p_at timestamptz) returns timestamptz
language sql immutable parallel safe
begin atomic
    select case when p_at between '0001-01-02 00:00+00' and '9999-12-30 00:00+00' then p_at end;
end;

-- Minutes between two instants; null if one of them is infinite.
create function dlqtop.minutes_between(p_from timestamptz, p_to timestamptz) returns float8
language sql immutable parallel safe
begin atomic
    select case when isfinite(p_from) and isfinite(p_to)
        then extract(epoch from p_to - p_from)::float8 / 60 end;
end;

-- '14:10 UTC', with the date unless it is today.
create function dlqtop.clock_in_words(p_at timestamptz) returns text
language sql stable
begin atomic
    select to_char(p_at at time zone 'UTC',
                   case when (p_at at time zone 'UTC')::date = (now() at time zone 'UTC')::date
                       then 'HH24:MI' else 'YYYY-MM-DD HH24:MI' end) || ' UTC';
end;

-- The line of an error that says what happened: the first one that is not blank, or the last part of a
-- Python traceback. The program makes its fingerprints from the same line, so that the queue, its groups
-- and the detail of a task name the same error.
create function dlqtop.error_line(p_error text) returns text
language sql immutable parallel safe
begin atomic
    select left(
        case when ltrim(p_error, E' \t\r\n') like 'Traceback (most recent call%'
            then coalesce(
                (regexp_match(p_error, '.*\n([^[:space:]][^\n]*)'))[1],
                split_part(ltrim(p_error, E' \t\r\n'), E'\n', 1))
            else split_part(ltrim(p_error, E' \t\r\n'), E'\n', 1)
        end,
        500);
end;

-- An error in at most about 4,000 characters: its beginning and, of a traceback, also its end, where
-- the exception is.
create function dlqtop.error_excerpt(p_error text) returns text
language sql immutable parallel safe
begin atomic
    select case
        when length(p_error) <= 4096 then p_error
        when ltrim(p_error, E' \t\r\n') like 'Traceback (most recent call%'
            then left(p_error, 2000) || E'\n  …\n  ' || right(p_error, 2000)
        else left(p_error, 4096)
    end;
end;

-- How all functions here lock, so that no two sessions wait for each other: templates and settings
-- (`dlqtop.lifecycles`), then tasks, then their steps, then entries. docs/dev/locks.md has the whole order.

-- Whoever calls a function that acts waits at most three seconds for each lock of this transaction, unless
-- the session has a limit of its own. Not a SET of the function, which would replace a shorter limit.
create function dlqtop.wait_briefly() returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    if current_setting('lock_timeout') = '0' then
        perform set_config('lock_timeout', '3s', true);
    end if;
end
$$;

-- Locks a table against those who write to it, or, with `access exclusive`, against everybody. A session
-- that waits for such a lock stops all who come after it, so this waits a moment only, lets them pass, and
-- tries again, for three seconds in all. The session that holds the lock may then not stay idle.
create function dlqtop.lock_table(p_table text, p_mode text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
set lock_timeout = '200ms'
as $$
declare
    ends constant timestamptz := clock_timestamp() + interval '3 seconds';
    idle constant interval := current_setting('idle_in_transaction_session_timeout')::interval;
begin
    loop
        begin
            execute format('lock table %s in %s mode', p_table, p_mode);
            exit;
        exception when lock_not_available then
            if clock_timestamp() >= ends then
                raise exception 'sessions with an open transaction use %: %', p_table,
                    (select string_agg(distinct l.pid::text, ', ') from pg_locks l
                     where l.relation = replace(p_table, 'only ', '')::regclass
                       and l.granted and l.pid <> pg_backend_pid())
                    using errcode = 'lock_not_available';
            end if;
        end;
        perform pg_sleep(0.05 + 0.05 * random());
    end loop;
    if idle = interval '0' or idle > interval '10 seconds' then
        perform set_config('idle_in_transaction_session_timeout', '10s', true);
    end if;
end
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function dlqtop.wait_briefly(), dlqtop.lock_table(text, text) from public;
