-- The trigger that sets a deadline calculates it itself where nothing out of the ordinary can matter, and
-- leaves everything else to `set_deadline`, which asks the definition. What a transition waits for is
-- mostly the setting up of a statement, so there are two small ones instead of a large one, and what
-- needs no table is calculated outside them.
create or replace function dlqtop.transition_sets_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    template  uuid;
    born      timestamptz;
    threshold float8;
    lifetime  float8;
    ratio     float8;
    is_taken  boolean;
    breach    timestamptz;
    expiry    timestamptz;
    ordinary  boolean;
begin
    lock table dlqtop.deadlines in row exclusive mode;
    select t.named_task_uuid, t.created_at,
           case new.to_state
               when 'waiting_for_dependencies' then l.max_waiting_for_dependencies_minutes
               when 'waiting_for_retry' then l.max_waiting_for_retry_minutes
               when 'steps_in_process' then l.max_steps_in_process_minutes
           end,
           l.max_lifetime_minutes, l.warning_ratio, l.taken
    into template, born, threshold, lifetime, ratio, is_taken
    from tasker_tasks t
    join dlqtop.lifecycles l on l.named_task_uuid = t.named_task_uuid
    where t.task_uuid = new.task_uuid;
    breach := new.created_at + threshold * interval '1 minute';
    expiry := born + lifetime * interval '1 minute';
    -- Ordinary: written now, of a task that was made before, whose lifetime ends after the threshold.
    ordinary := expiry > breach
        and new.created_at >= born and new.created_at <= now()
        and born > '2000-01-01 00:00+00';
    -- Apart, because an expression that reads a table is a statement.
    if ordinary and new.to_state = 'steps_in_process' then
        ordinary := not exists (
            select from tasker_workflow_steps s
            where s.task_uuid = new.task_uuid and jsonb_exists(s.results, 'batch_cursor'));
    end if;
    if ordinary then
        insert into dlqtop.deadlines
            (task_uuid, named_task_uuid, state, since, created, warns_at, breaches_at, expires_at,
             taken, ahead)
        values (
            new.task_uuid, template, new.to_state, new.created_at, born,
            least(new.created_at + threshold * ratio * interval '1 minute', breach), breach, expiry,
            is_taken, false)
        on conflict (task_uuid) do update set
            named_task_uuid = excluded.named_task_uuid,
            state = excluded.state,
            since = excluded.since,
            created = excluded.created,
            warns_at = excluded.warns_at,
            breaches_at = excluded.breaches_at,
            expires_at = excluded.expires_at,
            taken = excluded.taken,
            ahead = excluded.ahead;
    else
        perform dlqtop.set_deadline(new.task_uuid);
    end if;
    return null;
end
$$;

-- A trigger's condition is read from its text anew by each statement, byte by byte where it names a
-- state, and so by every transition: hence few words and one trigger instead of two. The three states
-- are those behind 's'. Should there be others one day, the functions know the three.
drop trigger deadline_begins on tasker_task_transitions;
create trigger deadline_begins after insert on tasker_task_transitions
    for each row when (new.most_recent and new.to_state collate "C" >= 's')
    execute function dlqtop.transition_sets_deadline();
create or replace function dlqtop.transition_ends_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
begin
    delete from dlqtop.deadlines where task_uuid = old.task_uuid;
    if tg_op = 'UPDATE' and new.most_recent then
        perform dlqtop.set_deadline(new.task_uuid);
    end if;
    return null;
end
$$;
drop trigger deadline_is_revived on tasker_task_transitions;
drop trigger deadline_ends on tasker_task_transitions;
create trigger deadline_ends after update of most_recent on tasker_task_transitions
    for each row when (
        old.most_recent <> new.most_recent and old.to_state collate "C" >= 's'
        -- the sweep takes a whole chunk's deadlines away at once
        and current_setting('dlqtop.sweeps', true) is distinct from 'on')
    execute function dlqtop.transition_ends_deadline();
