-- The trigger that sets a deadline looks for checkpoints in the statement that writes it, not in another.
create or replace function dlqtop.transition_sets_deadline() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, dlqtop, pg_temp
as $$
declare
    unfinished boolean;
begin
    lock table dlqtop.deadlines in row exclusive mode;
    insert into dlqtop.deadlines as d
        (task_uuid, named_task_uuid, state, since, created, warns_at, breaches_at, expires_at, taken,
         ahead)
    select
        new.task_uuid, t.named_task_uuid, new.to_state, new.created_at, t.created_at,
        warning_instant(new.created_at, t.created_at, f.threshold, l.warning_ratio, b.breaches_at),
        b.breaches_at,
        expiry_instant(new.created_at, t.created_at, f.threshold, l.max_lifetime_minutes, null),
        l.taken,
        greatest(new.created_at, t.created_at) > now() + interval '1 minute'
    from tasker_tasks t
    join dlqtop.lifecycles l on l.named_task_uuid = t.named_task_uuid
    cross join lateral (
        select state_threshold(new.to_state, l.max_waiting_for_dependencies_minutes,
                               l.max_waiting_for_retry_minutes, l.max_steps_in_process_minutes)
            as threshold
        offset 0
    ) f
    cross join lateral (
        select breach_instant(new.created_at, t.created_at, f.threshold, l.max_lifetime_minutes, null)
            as breaches_at
        offset 0
    ) b
    where t.task_uuid = new.task_uuid
    on conflict (task_uuid) do update set
        named_task_uuid = excluded.named_task_uuid,
        state = excluded.state,
        since = excluded.since,
        created = excluded.created,
        warns_at = excluded.warns_at,
        breaches_at = excluded.breaches_at,
        expires_at = excluded.expires_at,
        taken = excluded.taken,
        ahead = excluded.ahead
    returning
        (d.expires_at = d.breaches_at and isfinite(d.breaches_at))
        or (d.state = 'steps_in_process' and exists (
                select from tasker_workflow_steps s
                where s.task_uuid = d.task_uuid and jsonb_exists(s.results, 'batch_cursor')))
    into unfinished;
    if unfinished then
        perform dlqtop.set_deadline(new.task_uuid);
    end if;
    return null;
end
$$;
