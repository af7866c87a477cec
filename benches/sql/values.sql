-- What all seeds share: ids and random values that are the same in every run, and the past states of active
-- tasks and their steps.

create schema bench;

-- Like UUID version 7 in form and order, so that the indexes grow as in production.
create function bench.id(p_kind int, p_n bigint) returns uuid
language sql immutable parallel safe
as $$
    select (lpad(to_hex(1700000000000 + p_n), 12, '0') || '70008' || lpad(to_hex(p_kind), 3, '0')
            || lpad(to_hex(p_n), 12, '0'))::uuid
$$;

-- A random value from 0 to 1, determined by number and purpose.
create function bench.roll(p_n bigint, p_purpose int) returns float8
language sql immutable parallel safe
as $$
    select (hashint8extended(p_n, p_purpose) & 2147483647)::float8 / 2147483648
$$;

-- The states of an active task of a kind, up to the current one.
create function bench.task_path(p_kind bigint, p_state text) returns text[]
language sql immutable parallel safe
as $$
    select array['pending', 'initializing', 'enqueuing_steps', 'steps_in_process']
        || case when p_kind <> 3 then array['evaluating_results', p_state] else '{}' end
$$;

-- The states of step `p_step` of active task `p_n`.
create function bench.step_path(p_kind bigint, p_n bigint, p_step bigint) returns text[]
language sql immutable parallel safe
as $$
    select case
        when p_step = 1 then array['pending', 'enqueued', 'in_progress', 'complete']
        when p_step > 2 or p_kind = 1 then array['pending']
        when p_kind = 2 then array['pending', 'enqueued', 'in_progress', 'waiting_for_retry']
        when p_n % 2 = 0 then array['pending', 'enqueued']
        else array['pending', 'enqueued', 'in_progress']
    end
$$;
