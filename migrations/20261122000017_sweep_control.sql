-- What sweeps took, whether one may begin, what the next one would take, and how one is undone.

-- How many tasks sweeps may take now because of the rolling hour; null without a limit. Two sweeps at once
-- would both count without the other, so only the one with the lock of the detectors may take any.
create function dlqtop.may_take_this_hour() returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    most int := (select max_per_hour from dlqtop.settings);
begin
    if most is null then
        return null;
    end if;
    if not pg_try_advisory_xact_lock(822583753) then
        return 0;
    end if;
    return greatest(0, most - (
        select coalesce(sum(taken), 0) from dlqtop.sweep_chunks
        where at > now() - interval '1 hour'));
end
$$;

-- Whether a chunk acts: not in a dry run, and not before the detector is armed. The first chunk of a sweep
-- asks `clear_sweep`; the later ones go on with what that allowed.
create function dlqtop.sweep_under_way(p_dry_run boolean, p_sweep bigint, p_instance text)
returns dlqtop.clearance
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    answer dlqtop.clearance := row(null, null, false, false, null);
begin
    if p_dry_run then
        return answer;
    end if;
    if not exists (select from dlqtop.settings where detector_armed_at is not null) then
        answer.why := 'the detector is not armed';
        return answer;
    end if;
    select s.sweep_id, s.may_take into answer.sweep_id, answer.may_take
    from dlqtop.sweeps s
    where s.sweep_id = p_sweep and s.instance = p_instance and s.cleared_until > now()
    for no key update;
    answer.acts := found;
    answer.asks := not found;
    answer.may_take := least(answer.may_take, dlqtop.may_take_this_hour());
    return answer;
end
$$;

-- Starts a sweep, or lets one go on whose time was up: as many tasks as an operator has allowed, else as
-- many as the breaker lets pass, within the limits of the settings. Without anything due there is no sweep.
create function dlqtop.clear_sweep(p_sweep bigint, p_instance text, p_stuck bigint)
returns dlqtop.clearance
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    answer dlqtop.clearance := row(null, 0, true, false, null);
    due    bigint;
    judged record;
    given  int;
    ends   timestamptz := now() + interval '10 minutes';
begin
    due := p_stuck + (
        select count(*)
        from (select from dlqtop.due_deadlines limit greatest(0, 51 - p_stuck)) counted);
    if due = 0 then
        return answer;
    end if;
    -- A second sweep waits here, and then finds none.
    delete from dlqtop.sweep_allowance where until > now() returning allowed, until into given, ends;
    if given is null then
        if due > 50 then
            due := p_stuck + (select count(*) from dlqtop.due_deadlines);
        end if;
        select * into judged from dlqtop.breaker(due);
        if judged.holds then
            return row(null, null, false, false, 'held: ' || judged.why)::dlqtop.clearance;
        end if;
        given := judged.breaker_limit;
        ends := now() + interval '10 minutes';
    end if;
    update dlqtop.sweeps s
    set may_take = greatest(0, least(given, conf.max_per_sweep - s.moved)), cleared_until = ends
    from dlqtop.settings conf
    where s.sweep_id = p_sweep and s.instance = p_instance
    returning s.sweep_id, s.may_take into answer.sweep_id, answer.may_take;
    if not found then
        insert into dlqtop.sweeps
            (instance, started, took, detected, moved, skipped, failed, dry_run, may_take, cleared_until)
        select p_instance, now(), '0', 0, 0, 0, 0, false, least(given, conf.max_per_sweep), ends
        from dlqtop.settings conf
        returning sweep_id, may_take into answer.sweep_id, answer.may_take;
    end if;
    answer.may_take := least(answer.may_take, dlqtop.may_take_this_hour());
    return answer;
end
$$;

-- Keeps which tasks a chunk took, in its transaction: a sweep that is killed can be undone as well.
create function dlqtop.record_chunk(p_sweep bigint, p_tasks uuid[]) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    taken int := cardinality(p_tasks);
begin
    if taken = 0 then
        return;
    end if;
    insert into dlqtop.sweep_chunks (sweep_id, log_id, taken, tasks)
    values (p_sweep, (select coalesce(max(l.log_id), 0) from dlqtop.operator_log l), taken, p_tasks);
    update dlqtop.sweeps s
    set moved = s.moved + taken, detected = s.detected + taken, may_take = s.may_take - taken,
        took = clock_timestamp() - s.started
    where s.sweep_id = p_sweep;
end
$$;

-- Records what a sweep did and cleans up: folds the tallies, deletes records older than ninety days. What a
-- sweep moved is known from its chunks, so that nobody can report anything else.
create function dlqtop.record_sweep(
    p_instance text, p_took_ms float8, p_detected int, p_moved int, p_skipped int, p_failed int,
    p_dry_run boolean, p_sweep bigint default null, p_held boolean default false)
returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    lasted interval := p_took_ms * interval '1 millisecond';
begin
    update dlqtop.sweeps
    set took = lasted, detected = p_detected, skipped = p_skipped, failed = p_failed, held = p_held,
        cleared_until = null
    where sweep_id = p_sweep and instance = p_instance;
    if not found then
        insert into dlqtop.sweeps
            (instance, started, took, detected, moved, skipped, failed, dry_run, held)
        values (p_instance, now() - lasted, lasted, p_detected, case when p_dry_run then p_moved else 0 end,
                p_skipped, p_failed, p_dry_run, p_held);
    end if;
    if not p_dry_run then
        perform dlqtop.fold_tallies();
        delete from dlqtop.sweeps where started < now() - interval '90 days';
    end if;
end
$$;

-- How many tasks sweeps would take, all reasons and chunks together.
create function dlqtop.count_due() returns bigint
language sql stable
begin atomic
    select (select count(*) from dlqtop.due_deadlines)
         + (select count(*)
            from dlqtop.stuck_among(null, (select coalesce(max(s.sweep_id), 0) from dlqtop.sweeps s)));
end;

-- Why the breaker holds sweeps, all that is due counted; no row if it does not.
create function dlqtop.sweep_verdict()
returns table (due bigint, breaker_limit bigint, why text)
language sql stable security definer
set jit = off
set search_path = pg_catalog, pg_temp
as $$
    select d.due, b.breaker_limit, b.why
    from (select dlqtop.count_due() as due offset 0) d
    cross join lateral dlqtop.breaker(d.due) b
    where b.holds
$$;

-- Whether sweeps act, how much is due, and whether the breaker would hold it. For screens, which read this
-- often: tasks that wait for each other in a circle or for workers that are gone are not looked for.
create function dlqtop.detector_state()
returns table (
    armed_at timestamptz, armed_by text, armed_reason text, due bigint, under_way bigint,
    breaker_limit bigint, usual int, holds boolean, why text, allowed int, allowed_until timestamptz,
    max_per_sweep int, max_per_hour int, took_last_hour bigint)
language sql stable security definer
set jit = off
set search_path = pg_catalog, pg_temp
as $$
    select
        s.detector_armed_at, s.detector_armed_by, s.detector_armed_reason, d.due, b.under_way,
        b.breaker_limit, b.usual, b.holds and a.allowed is null,
        case when a.allowed is null then b.why end, a.allowed, a.until, s.max_per_sweep,
        s.max_per_hour,
        (select coalesce(sum(c.taken), 0)::bigint from dlqtop.sweep_chunks c
         where c.at > now() - interval '1 hour')
    from dlqtop.settings s
    left join dlqtop.sweep_allowance a on a.until > now()
    cross join (
        select (select count(*) from dlqtop.due_deadlines)
             + (select count(*) from dlqtop.blocked_tasks) as due
    ) d
    cross join lateral dlqtop.breaker(d.due) b
$$;

create view public.v_detector as
select armed_at, armed_by, armed_reason, due, under_way, breaker_limit, usual, holds, why, allowed,
       allowed_until, max_per_sweep, max_per_hour, took_last_hour
from dlqtop.detector_state();

-- What the next sweep would take, were it to take all: what has waited longest comes first.
create function dlqtop.sweep_preview()
returns table (
    namespace text, task_name text, task_version text, state text, dlq_reason text, tasks bigint,
    oldest_minutes float8, newest_minutes float8)
language sql stable security definer
set jit = off
set search_path = pg_catalog, pg_temp
as $$
    select ns.name, nt.name, nt.version, d.seen_state, d.dlq_reason::text, count(*), max(d.minutes),
           min(d.minutes)
    from (
        select s.task_uuid, s.seen_state, s.dlq_reason, s.minutes
        from dlqtop.stuck_among(null, (select coalesce(max(w.sweep_id), 0) from dlqtop.sweeps w)) s
        union all
        select s.task_uuid, s.seen_state, s.dlq_reason, s.minutes
        from dlqtop.stale_among(array(select f.task_uuid from dlqtop.due_deadlines f)) s
    ) d
    join public.tasker_tasks t using (task_uuid)
    join public.tasker_named_tasks nt using (named_task_uuid)
    join public.tasker_task_namespaces ns using (task_namespace_uuid)
    group by 1, 2, 3, 4, 5
    order by 7 desc, 1, 2, 3, 4, 5
$$;

-- Whether a change that makes so many tasks due disarms the detector: the breaker's limit, else null.
create function dlqtop.limit_that_disarms(p_more bigint) returns bigint
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    select b.breaker_limit
    from dlqtop.breaker(p_more) b
    cross join dlqtop.settings s
    where b.holds and s.detector_armed_at is not null
$$;

-- Puts one task back to work that a sweep took at `p_at`, unless somebody has touched it or its entry since.
-- outcome: `put_back`; `entry_closed` if the sweep had only opened an entry; `blocked` if its steps let it
-- do nothing, so it stays as it is; `touched`; `gone`; `busy` if another session holds it.
create function dlqtop.undo_task(
    p_task uuid, p_at timestamptz, p_log_id bigint, p_instance text, p_actor text, p_reason text,
    p_dry_run boolean, p_batch uuid,
    out outcome text, out by_whom text, out now_state text)
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    present  public.tasker_task_transitions;
    entry    public.tasker_tasks_dlq;
    took_it  boolean;
    later    text;
begin
    if not p_dry_run then
        perform from public.tasker_tasks where task_uuid = p_task for no key update skip locked;
        if not found and exists (select from public.tasker_tasks where task_uuid = p_task) then
            outcome := 'busy';
            return;
        end if;
    end if;
    select * into present from public.tasker_task_transitions where task_uuid = p_task and most_recent;
    now_state := present.to_state;
    -- asked again because the answer was lost
    if dlqtop.done_before(p_batch, p_task, 'undo_sweep') is not null then
        outcome := 'put_back';
        return;
    end if;
    took_it := exists (
        select from public.tasker_task_transitions tr
        where tr.task_uuid = p_task and tr.to_state = 'error' and tr.created_at = p_at
          and tr.processor = p_instance);
    select * into entry from public.tasker_tasks_dlq d
    where d.task_uuid = p_task and d.dlq_timestamp = p_at and d.metadata ->> 'detector' = p_instance;
    if now_state is null or (not took_it and entry.dlq_entry_uuid is null) then
        outcome := 'gone';
        return;
    end if;
    later := (
        select l.actor from dlqtop.operator_log l
        where (l.task_uuid = p_task or l.entry = entry.dlq_entry_uuid)
          and l.log_id > p_log_id and l.outcome = 'done'
        order by l.log_id
        limit 1);
    if took_it and (now_state, present.created_at, present.processor)
                   is distinct from ('error', p_at, p_instance) then
        later := coalesce(later, present.processor, 'somebody');
    end if;
    if entry.resolution_status <> 'pending' or entry.version <> 1 then
        later := coalesce(later, entry.resolved_by, 'somebody');
    end if;
    if later is not null then
        outcome := 'touched';
        by_whom := later;
        return;
    end if;
    if took_it and dlqtop.task_state_by_steps(p_task) = 'blocked_by_failures' then
        outcome := 'blocked';
        return;
    end if;
    outcome := case when took_it then 'put_back' else 'entry_closed' end;
    if p_dry_run then
        return;
    end if;
    if took_it then
        now_state := dlqtop.reevaluate_task(p_task, p_actor, p_actor);
    end if;
    update public.tasker_tasks_dlq
    set resolution_status = 'cancelled', resolution_timestamp = now(), resolution_notes = p_reason,
        resolved_by = p_actor, version = version + 1, updated_at = now()
    where dlq_entry_uuid = entry.dlq_entry_uuid;
    -- This line also begins the task's grace period.
    perform dlqtop.log_act(
        p_actor, 'undo_sweep', dlqtop.task_title(p_task), p_task, p_task, p_reason, p_batch,
        present.to_state, now_state, 'done', entry.dlq_entry_uuid);
end
$$;

-- Undoes a sweep: what it failed goes back to work and gets one full threshold of its state, its entries are
-- closed as `cancelled`, and the detector is disarmed. A dry run only says what would happen. One call takes
-- `p_limit` tasks, those after `p_after` in the order in which the sweep took them; `place` has their numbers.
create function dlqtop.undo_sweep(
    p_sweep bigint, p_actor text, p_reason text, p_dry_run boolean default true,
    p_batch uuid default null, p_after bigint default 0, p_limit int default 100)
returns table (place bigint, task_uuid uuid, outcome text, by_whom text, now_state text)
language plpgsql security definer
set jit = off
set lock_timeout = '3s'
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    swept dlqtop.sweeps;
    batch uuid := coalesce(p_batch, public.tasker_uuid_v7());
    found_one record;
begin
    select * into swept from dlqtop.sweeps s where s.sweep_id = p_sweep;
    if not found then
        raise exception 'there is no sweep %', p_sweep using errcode = 'no_data_found';
    end if;
    if not p_dry_run then
        perform dlqtop.require_actor_and_reason(p_actor, p_reason);
        -- First, so that what is put back is not taken again.
        perform dlqtop.disarm_detector(p_actor, p_reason);
        -- A chunk of it that is under way ends before this.
        update dlqtop.sweeps s
        set undone_at = coalesce(s.undone_at, now()), undone_by = coalesce(s.undone_by, p_actor),
            cleared_until = null
        where s.sweep_id = p_sweep;
    end if;
    for found_one in
        select n.place, n.task, n.at, n.log_id
        from (
            select row_number() over (order by c.chunk_id, u.place) as place, u.task, c.at, c.log_id
            from dlqtop.sweep_chunks c
            cross join lateral unnest(c.tasks) with ordinality as u (task, place)
            where c.sweep_id = p_sweep
        ) n
        where n.place > p_after
        order by n.place
        limit p_limit
    loop
        return query
            select found_one.place, found_one.task, u.outcome, u.by_whom, u.now_state
            from dlqtop.undo_task(
                found_one.task, found_one.at, found_one.log_id, swept.instance, p_actor, p_reason,
                p_dry_run, batch) u;
    end loop;
end
$$;

-- Only the owner, and those to whom it is granted, may call these.
revoke execute on function
    dlqtop.count_due(), dlqtop.may_take_this_hour(), dlqtop.sweep_under_way(boolean, bigint, text),
    dlqtop.clear_sweep(bigint, text, bigint), dlqtop.record_chunk(bigint, uuid[]),
    dlqtop.record_sweep(text, float8, int, int, int, int, boolean, bigint, boolean),
    dlqtop.sweep_verdict(), dlqtop.detector_state(), dlqtop.sweep_preview(),
    dlqtop.limit_that_disarms(bigint),
    dlqtop.undo_task(uuid, timestamptz, bigint, text, text, text, boolean, uuid),
    dlqtop.undo_sweep(bigint, text, text, boolean, uuid, bigint, int)
from public;
