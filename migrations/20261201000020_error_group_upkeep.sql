-- What looks after the groups of errors: what finds drift and repairs it, what is listed with the whole error,
-- and who may read and store. Functions and views that stand in earlier chapters are replaced whole, with the
-- lines that are new.

-- Makes every open entry unread, for data that was loaded with the triggers off. Writers wait meanwhile.
create function dlqtop.rebuild_error_groups() returns void
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    -- While nothing else is held: who stores may have to wait for somebody who waits for the entries.
    perform from dlqtop.fingerprint_rules for no key update;
    perform dlqtop.lock_table('public.tasker_tasks_dlq', 'share row exclusive');
    delete from dlqtop.error_changes;
    delete from dlqtop.entry_errors;
    delete from dlqtop.error_groups;
    update dlqtop.fingerprint_rules set entries = 0;
    insert into dlqtop.error_changes (entry)
    select dlq_entry_uuid from public.tasker_tasks_dlq
    where resolution_status = 'pending'
    order by dlq_timestamp, dlq_entry_uuid;
end
$$;

-- As before, and what is wrong with the groups: a count that is off, an entry that nobody would look at.
create or replace view dlqtop.drift as
select 'lifecycle' as kept, coalesce(k.named_task_uuid, d.named_task_uuid)::text as subject,
       case when k.named_task_uuid is null then 'missing'
            when d.named_task_uuid is null then 'left over' else 'differs' end as problem
from dlqtop.lifecycles k
full join dlqtop.lifecycle_definition d using (named_task_uuid)
where (k.*)::text is distinct from (d.*)::text
union all
select 'deadline', coalesce(k.task_uuid, d.task_uuid)::text,
       case when k.task_uuid is null then 'missing'
            when d.task_uuid is null then 'left over' else 'differs' end
from dlqtop.deadlines k
full join dlqtop.deadline_definition d using (task_uuid)
where k.named_task_uuid is distinct from d.named_task_uuid
   or k.state is distinct from d.state
   or k.since is distinct from d.since
   or k.created is distinct from d.created
   or k.warns_at is distinct from d.warns_at
   or k.breaches_at is distinct from d.breaches_at
   or k.expires_at is distinct from d.expires_at
   or k.taken is distinct from d.taken
   -- what was in the future when it was written may be in the past by now
   or (d.ahead and not k.ahead)
union all
select 'tally',
       concat_ws(' ', named_task_uuid, dlq_reason, resolution_status),
       format('%s kept, %s counted', coalesce(k.entries, 0), coalesce(d.entries, 0))
from (
    select named_task_uuid, dlq_reason, resolution_status, sum(entries)::bigint as entries
    from dlqtop.tallies group by 1, 2, 3
) k
full join dlqtop.tally_definition d using (named_task_uuid, dlq_reason, resolution_status)
where coalesce(k.entries, 0) <> coalesce(d.entries, 0)
union all
select 'group', coalesce(g.group_id, c.group_id)::text,
       format('%s kept, %s counted', coalesce(g.entries, 0), coalesce(c.entries, 0))
from dlqtop.error_groups g
full join (select group_id, count(*) as entries from dlqtop.entry_errors group by 1) c using (group_id)
where coalesce(g.entries, 0) <> coalesce(c.entries, 0)
union all
select 'group', coalesce(e.entry, o.dlq_entry_uuid)::text,
       case when e.entry is null then 'missing' when o.dlq_entry_uuid is null then 'left over'
            else 'differs' end
from (
    select e.entry, e.opened_at, g.named_task_uuid, g.step_name, g.dlq_reason
    from dlqtop.entry_errors e
    join dlqtop.error_groups g using (group_id)
) e
full join public.v_open_errors o on o.dlq_entry_uuid = e.entry
where (e.opened_at, e.named_task_uuid, e.step_name, e.dlq_reason)
      is distinct from (o.dlq_timestamp, o.named_task_uuid, coalesce(o.step_name, ''), o.dlq_reason)
  and not exists (
      select from dlqtop.error_changes w where w.entry = coalesce(e.entry, o.dlq_entry_uuid));

-- As before, and the groups.
create or replace function dlqtop.repair(p_kept text, p_actor text, p_reason text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    perform dlqtop.require_actor_and_reason(p_actor, p_reason);
    case p_kept
        when 'deadlines' then perform dlqtop.rebuild_deadlines();
        when 'tallies' then perform dlqtop.rebuild_tallies();
        when 'archive' then perform dlqtop.recount_archive();
        when 'groups' then perform dlqtop.rebuild_error_groups();
        else
            raise exception 'nothing here is called %', p_kept
                using errcode = 'invalid_parameter_value';
    end case;
    perform dlqtop.log_act(
        p_actor, 'repair', p_kept, null, null, p_reason, null, null, null, 'done');
end
$$;

-- As before, with the whole error: its first line does not say what happened in every language.
create or replace view public.v_staleness_list as
select
    m.*,
    step.step_name as blocking_step,
    step.workflow_step_uuid as blocking_step_uuid,
    step.state as blocking_step_state,
    dlqtop.error_text(step.last_error) as blocking_error
from public.v_task_staleness_monitoring m
left join lateral (
    select * from public.v_open_steps s
    where s.task_uuid = m.task_uuid
    order by s.urgency, s.step_number, s.workflow_step_uuid
    limit 1
) step on true;
create or replace view public.v_dlq_investigation_queue as
select
    d.dlq_entry_uuid,
    d.task_uuid,
    d.original_state,
    d.dlq_reason,
    d.dlq_timestamp,
    coalesce(dlqtop.minutes_between(d.dlq_timestamp, now()), 0) as minutes_in_dlq,
    ns.name as namespace_name,
    nt.name as task_name,
    tr.to_state as current_state,
    coalesce(dlqtop.minutes_between(tr.created_at, now()), 0) as time_in_state_minutes,
    dlqtop.dlq_priority_base(d.dlq_reason) as priority_base,
    greatest(coalesce(dlqtop.minutes_between(d.dlq_timestamp, now()), 0), 0) as priority_age,
    dlqtop.dlq_priority_base(d.dlq_reason)
        + greatest(coalesce(dlqtop.minutes_between(d.dlq_timestamp, now()), 0), 0) as priority_score,
    c.owner,
    z.until as snoozed_until,
    step.step_name,
    step.workflow_step_uuid,
    step.state as step_state,
    step.attempts,
    step.max_attempts,
    dlqtop.error_text(step.last_error) as current_error,
    (select count(*) from public.tasker_tasks_dlq e
     where e.task_uuid = d.task_uuid and e.resolution_status <> 'pending') as earlier_entries,
    (select count(*) from dlqtop.notes n where n.entry = d.dlq_entry_uuid) as notes,
    d.version,
    dlqtop.dlq_priority_instant(d.dlq_reason, d.dlq_timestamp) as priority_instant
from public.tasker_tasks_dlq d
join public.tasker_tasks t using (task_uuid)
join public.tasker_named_tasks nt using (named_task_uuid)
join public.tasker_task_namespaces ns using (task_namespace_uuid)
join public.tasker_task_transitions tr on tr.task_uuid = d.task_uuid and tr.most_recent
left join dlqtop.claims c on c.entry = d.dlq_entry_uuid and c.expires_at > now()
left join dlqtop.snoozes z on z.entry = d.dlq_entry_uuid and z.until > now()
left join lateral (
    select * from public.v_open_steps s
    where s.task_uuid = d.task_uuid
    order by s.urgency, s.step_number, s.workflow_step_uuid
    limit 1
) step on true
where d.resolution_status = 'pending';

-- As before, and what reads and stores groups.
create or replace function dlqtop.views_to_read() returns text[]
language sql immutable
return array[
    'v_archive_statistics', 'v_detector', 'v_dlq_closed', 'v_dlq_counts', 'v_dlq_dashboard', 'v_dlq_entries',
    'v_dlq_events', 'v_dlq_investigation_queue', 'v_dlq_notes', 'v_dlq_owners', 'v_dlq_pending',
    'v_dlq_recent_dashboard', 'v_dlq_snoozes', 'v_drift', 'v_entry_errors', 'v_error_groups', 'v_error_store',
    'v_namespace_activity', 'v_open_errors', 'v_open_steps',
    'v_operator_log', 'v_resumed_tasks', 'v_retried_steps', 'v_settings', 'v_staleness_counts',
    'v_staleness_list', 'v_staleness_total', 'v_step_results', 'v_sweeps', 'v_tally_changes',
    'v_task_deadlines', 'v_task_history', 'v_task_ids', 'v_task_staleness_monitoring', 'v_task_state_analysis',
    'v_task_summary', 'v_template_catalog', 'v_template_lifecycle', 'v_template_load'
];

-- Grants each role that exists what it needs, and returns the roles that are missing. Call it after creating
-- a role by hand, and in every migration that adds something to read or to call.
create or replace function dlqtop.grant_roles() returns text[]
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
    if has_operator or has_detector then
        execute format(
            'grant execute on function dlqtop.store_fingerprints(int, text, bigint[], uuid[], text[]) to %s',
            concat_ws(', ', case when has_operator then 'dlqtop_operator' end,
                      case when has_detector then 'dlqtop_detector' end));
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
            public.v_sweeps, public.v_error_store
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
            'dlqtop.sweep_verdict(), dlqtop.sweep_preview(), dlqtop.limit_that_disarms(bigint), '
            'dlqtop.unread_errors(text, int) to %s', everybody);
        -- to check whether the program knows the schema
        execute format('grant select on dlqtop.migrations to %s', everybody);
    end if;
    return array(
        select role from unnest(array['dlqtop_viewer', 'dlqtop_operator', 'dlqtop_detector']) as role
        where to_regrole(role) is null);
end
$$;

do $$
begin
    perform dlqtop.grant_roles();
end
$$;

-- Only the owner, and those to whom it is granted, may call this.
revoke execute on function dlqtop.rebuild_error_groups() from public;
