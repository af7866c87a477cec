#!/usr/bin/env bash
# Acts on a real Tasker deployment by dlqtop, and lets Tasker's own functions and views confirm what came of it.
#
#   TASKER_CORE_URL   a database that has Tasker's own migrations and is for trying things: tasks are made in it, and
#                     left. Without it nothing is checked.
#   DLQTOP            the program; target/debug/dlqtop
#
# The last line says how many checks there were and how many differ; the exit code is 1 if any does.
set -euo pipefail

if [[ -z "${TASKER_CORE_URL:-}" ]]; then
    echo "tasker_core: skipped. Load Tasker's migrations into a database, and set TASKER_CORE_URL to its address."
    exit 0
fi
program="${DLQTOP:-target/debug/dlqtop}"
checks=0
differences=0
HOME=$(mktemp -d)
export HOME XDG_CONFIG_HOME="$HOME/config" XDG_STATE_HOME="$HOME/state"
trap 'rm -rf "$HOME"' EXIT

sql() {
    PGOPTIONS='-c search_path=tasker,public -c timezone=UTC' \
        psql -X -q -At -v ON_ERROR_STOP=1 -d "$TASKER_CORE_URL" -c "$1"
}

act() {
    "$program" --database-url "$TASKER_CORE_URL" --source tasker-core --as systems-real "$@" \
        --reason 'systems-real' --yes >"$HOME/out" 2>&1 && return
    differences=$((differences + 1))
    echo "DIFFERS: dlqtop $* failed:"
    cat "$HOME/out"
}

# What is checked, what must be, and the question to Tasker.
same() {
    local found
    found=$(sql "$3" 2>&1) || true
    checks=$((checks + 1))
    if [[ "$found" != "$2" ]]; then
        differences=$((differences + 1))
        echo "DIFFERS: $1: should be '$2', is '$found'"
    fi
}

sql "$(cat <<'SQL'
create schema if not exists systems_real;

-- Moves a step or a task as Tasker's state machine does.
create or replace function systems_real.step_to(p_step uuid, p_to text) returns void language plpgsql as $$
declare was text;
begin
    update tasker.workflow_step_transitions set most_recent = false
    where workflow_step_uuid = p_step and most_recent returning to_state into was;
    insert into tasker.workflow_step_transitions
        (workflow_step_uuid, from_state, to_state, metadata, sort_key, most_recent, created_at, updated_at)
    select p_step, was, p_to, jsonb_build_object('event', '{"type":"Fail","data":"HTTP 503"}'),
           coalesce(max(sort_key), 0) + 1, true, now(), now()
    from tasker.workflow_step_transitions where workflow_step_uuid = p_step;
    update tasker.workflow_steps
    set attempts = case when p_to = 'error' then 3 else attempts end,
        in_process = p_to = 'in_progress',
        processed = p_to = 'complete'
    where workflow_step_uuid = p_step;
end $$;

create or replace function systems_real.task_to(p_task uuid, p_to text, p_ago interval default '0') returns void
language plpgsql as $$
declare was text;
begin
    update tasker.task_transitions set most_recent = false
    where task_uuid = p_task and most_recent returning to_state into was;
    insert into tasker.task_transitions
        (task_uuid, from_state, to_state, metadata, sort_key, most_recent, created_at, updated_at)
    select p_task, was, p_to, '{}', coalesce(max(sort_key), 0) + 1, true, now() - p_ago, now()
    from tasker.task_transitions where task_uuid = p_task;
end $$;

-- A task in a state, with three steps one after the other in these states.
create or replace function systems_real.task(p_state text, p_steps text[], p_ago interval default '0') returns uuid
language plpgsql as $$
declare
    made uuid;
    template uuid;
    step uuid;
    before uuid;
    place int;
begin
    insert into tasker.task_namespaces (name, created_at, updated_at)
    values ('systems_real', now(), now()) on conflict do nothing;
    insert into tasker.named_tasks (task_namespace_uuid, name, version, created_at, updated_at)
    select task_namespace_uuid, 'charge', '1.0.0', now(), now()
    from tasker.task_namespaces where name = 'systems_real'
    on conflict do nothing;
    select named_task_uuid into template
    from tasker.named_tasks join tasker.task_namespaces ns using (task_namespace_uuid)
    where ns.name = 'systems_real';
    insert into tasker.tasks
        (named_task_uuid, requested_at, identity_hash, created_at, updated_at, correlation_id)
    values (template, now(), gen_random_uuid()::text, now() - p_ago - interval '5 minutes', now(), gen_random_uuid())
    returning task_uuid into made;
    for place in 1 .. 3 loop
        insert into tasker.named_steps (name, created_at, updated_at)
        values ('systems_real_' || place, now(), now()) on conflict do nothing;
        insert into tasker.workflow_steps
            (task_uuid, named_step_uuid, attempts, max_attempts, created_at, updated_at, results)
        select made, named_step_uuid, 0, 3, now(), now(), null
        from tasker.named_steps where name = 'systems_real_' || place
        returning workflow_step_uuid into step;
        perform systems_real.step_to(step, 'pending');
        if p_steps[place] <> 'pending' then
            perform systems_real.step_to(step, p_steps[place]);
        end if;
        if before is not null then
            insert into tasker.workflow_step_edges (from_step_uuid, to_step_uuid, name, created_at, updated_at)
            values (before, step, 'provides', now(), now());
        end if;
        before := step;
    end loop;
    perform systems_real.task_to(made, p_state, p_ago);
    return made;
end $$;

create or replace function systems_real.step(p_task uuid, p_place int) returns uuid language sql stable as $$
    select workflow_step_uuid from tasker.workflow_steps join tasker.named_steps using (named_step_uuid)
    where task_uuid = p_task and name = 'systems_real_' || p_place
$$;
SQL
)"

new_task() { sql "select systems_real.task('$1', '$2', '${3:-0}')"; }
step_of() { sql "select systems_real.step('$1', $2)"; }
picked_up() { echo "select count(*) from tasker.get_next_ready_tasks(100000) where task_uuid = '$1'"; }
ready() {
    echo "select ready_for_execution from tasker.get_step_readiness_status('$1') where workflow_step_uuid = '$2'"
}

# A task that is blocked by failures, and that Tasker never looks at again.
task=$(new_task blocked_by_failures '{complete,error,pending}')
step=$(step_of "$task" 2)
same 'a blocked task is not picked up' 0 "$(picked_up "$task")"
checks=$((checks + 1))
if ! "$program" --database-url "$TASKER_CORE_URL" --source tasker-core staleness --limit 10000 --json |
    grep -q "$task"; then
    differences=$((differences + 1))
    echo 'DIFFERS: a blocked task without an investigation is not listed'
fi
act step retry "$step"
same 'after a retry the task is picked up' 1 "$(picked_up "$task")"
same 'after a retry the step is ready' t "$(ready "$task" "$step")"

# A step that was done by hand.
task=$(new_task blocked_by_failures '{complete,error,pending}')
act step resolve "$(step_of "$task" 2)"
same 'after a resolved step the task is picked up' 1 "$(picked_up "$task")"
same 'after a resolved step the next one is ready' t "$(ready "$task" "$(step_of "$task" 3)")"

# A result from outside, as the next step reads it.
task=$(new_task blocked_by_failures '{complete,error,pending}')
act step complete "$(step_of "$task" 2)" --result '{"paid": 12}'
same 'after a completed step the next one is ready' t "$(ready "$task" "$(step_of "$task" 3)")"
same 'the next step reads the result with all members of its metadata' '12 backoff_hint,custom,error_context,headers' \
    "select (results #>> '{result,paid}') || ' '
            || (select string_agg(k, ',' order by k) from jsonb_object_keys(results -> 'orchestration_metadata') k)
     from tasker.get_step_transitive_dependencies('$(step_of "$task" 3)')
     where step_name = 'systems_real_2'"

# A task whose second step waits for a worker and whose third waits for it.
task=$(new_task steps_in_process '{complete,enqueued,pending}')
act task cancel "$task"
same 'a cancelled task is cancelled' cancelled "select tasker.get_current_task_state('$task')"
same 'no step of a cancelled task is live' 'cancelled,cancelled,complete' \
    "select string_agg(current_state, ',' order by current_state) from tasker.get_step_readiness_status('$task')"

# A task in error whose step has been retried.
task=$(new_task error '{complete,error,pending}')
act step retry "$(step_of "$task" 2)"
act task requeue "$task"
same 'a requeued task is picked up' 1 "$(picked_up "$task")"

# An investigation, from its beginning to its second one.
task=$(new_task waiting_for_retry '{complete,error,pending}')
act task dlq "$task"
same 'it is in the investigation queue' manual_dlq \
    "select dlq_reason from tasker.v_dlq_investigation_queue where task_uuid = '$task'"
entry=$(sql "select dlq_entry_uuid from tasker.tasks_dlq where task_uuid = '$task'")
act entry close "$entry" --status manually_resolved
same 'a closed one is in the queue no more' 0 \
    "select count(*) from tasker.v_dlq_investigation_queue where task_uuid = '$task'"
act entry reopen "$entry"
same 'a reopened one is back, without how it was closed' 't' \
    "select d.resolution_notes is null and d.resolved_by is null
     from tasker.v_dlq_investigation_queue q join tasker.tasks_dlq d using (dlq_entry_uuid)
     where q.task_uuid = '$task'"

# What is stale, by their view and by dlqtop's list.
new_task waiting_for_dependencies '{complete,pending,pending}' '2 hours' >/dev/null
new_task steps_in_process '{complete,in_progress,pending}' '10 minutes' >/dev/null
theirs=$(sql "select string_agg(health_status || ' ' || task_uuid, E'\n' order by health_status || ' ' || task_uuid)
              from tasker.v_task_staleness_monitoring")
ours=$("$program" --database-url "$TASKER_CORE_URL" --source tasker-core staleness --limit 100000 --json |
    python3 -c '
import json, sys
rows = json.load(sys.stdin)["rows"]
watched = ("waiting_for_dependencies", "waiting_for_retry", "steps_in_process")
told = [row["health_status"] + " " + row["task_uuid"] for row in rows if row["current_state"] in watched]
print("\n".join(sorted(told)))')
checks=$((checks + 1))
if [[ "$theirs" != "$ours" ]]; then
    differences=$((differences + 1))
    echo 'DIFFERS: the staleness list is not what their view has'
    diff <(echo "$theirs") <(echo "$ours") | head -20 || true
fi

sql 'drop schema systems_real cascade' 2>/dev/null
echo "tasker_core: $checks checks, $differences differences"
[[ "$differences" -eq 0 ]]
