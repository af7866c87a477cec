#!/usr/bin/env bash
# Runs the real Go task orchestrator as a single instance and distributed, acts by dlqtop, and lets it confirm.
#
#   GO_ORCHESTRATOR=FOLDER scripts/systems-real/go.sh
#
# FOLDER is a checkout of the orchestrator. Needs Go, with lib/pq, godotenv and Prometheus' client as Debian's
# golang-*-dev packages have them; PostgreSQL; Python 3. Nothing of it is kept.
source "$(dirname "$0")/common.bash"
code=${GO_ORCHESTRATOR:-}
[ -f "$code/cmd/orchestrator/main.go" ] || fail "GO_ORCHESTRATOR must name a checkout of the Go task orchestrator"
command -v go >/dev/null || fail "there is no Go"

module=$(sed -n 's/^module //p' "$code/go.mod")
mkdir -p "$room/go/src/$(dirname "$module")" "$room/bin" "$room/ran"
cp -R "$code" "$room/go/src/$module"
if ! go list log/slog >/dev/null 2>&1; then
    mkdir -p "$room/go/src/log/slog"
    cp scripts/systems-real/slog_for_older_go.go "$room/go/src/log/slog/slog.go"
fi
(
    cd "$room/go/src/$module"
    GOPATH=$room/go:/usr/share/gocode GO111MODULE=off GOFLAGS=-p=1 GOCACHE=${GOCACHE:-$room/cache} \
        go build -o "$room/bin/orchestrator" ./cmd/orchestrator
) || fail "the orchestrator cannot be built"

# Its handler of web servers runs npm, in a group of its own: this one counts how often, and waits.
printf '#!/bin/sh\necho $$ >>runs\nexec sleep 600\n' >"$room/bin/npm"
chmod +x "$room/bin/npm"
export PATH=$room/bin:$PATH CLAIM_INTERVAL=100ms HEARTBEAT_INTERVAL=500ms WORKER_TIMEOUT=2s LEADER_TERM=1s \
    CLEANUP_INTERVAL=1s SHUTDOWN_TIMEOUT=1s
cat >"$room/config/config.toml" <<'TOML'
[sources.task-orchestrator]
worker_timeout_seconds = 2.0
heartbeat_seconds = 0.5
leader_term_seconds = 1.0
TOML
mkdir -p "$room/config/dlqtop"
mv "$room/config/config.toml" "$room/config/dlqtop/config.toml"
metrics=$((port + 1))

orchestrator() {
    metrics=$((metrics + 1))
    (
        cd "$room/go/src/$module"
        exec env DATABASE_URL="$(url "$database")?sslmode=disable" METRICS_PORT=$metrics DISTRIBUTED_MODE="$2" \
            setsid "$room/bin/orchestrator" >"$room/$1.log" 2>&1
    ) &
    started+=("$!")
    one=$!
}

# Ends what was run: a crash of the orchestrator does not.
end_runs() {
    [ ! -f "$room/ran/runs" ] || xargs -r kill -9 <"$room/ran/runs" 2>/dev/null || true
    rm -f "$room/ran/runs"
}
last=end_runs

runs() {
    wc -l <"$room/ran/runs" 2>/dev/null || echo 0
}

serve() {
    sql "insert into tasks (type, payload, max_retries)
         values ('service:nextjs', '{\"working_dir\": \"$room/ran\", \"port\": 1}', 5) returning id"
}

state_of() {
    sql "select status from tasks where id = '$1'"
}

condition_of() {
    top staleness --json | get "[row['condition'] for row in it['rows'] if row['task_uuid'] == '$1'][:1]"
}

echo "the Go task orchestrator, single instance"
database=single
psql -X -q -d "$(url postgres)" -c "create database $database"
orchestrator single false
until_is tasks sql "select to_regclass('tasks')"
long=$(serve)
until_is running state_of "$long"
sleep 3 # longer than the time after which a worker without a heartbeat is gone
same "it registers no worker" "$(sql 'select count(*) from workers')" 0
same "it names no worker" "$(sql "select worker_id is null from tasks where id = '$long'")" t
same "what it holds is no orphan" "$(condition_of "$long")" "[None]"
same "no task is stuck" "$(top check --fail-if 'stale>0' >/dev/null; echo $?)" 0
holds "no leader is missed" "$(top doctor --json | get "[c for c in it['checks'] if c['check'] == 'alerts']")" "'fine'"
holds "it is not put back to work" "$(top task requeue "$long" --yes --reason try 2>&1 || true)" "instance"
sleep 1
same "it runs on" "$(state_of "$long")" running
same "it was run once" "$(runs)" 1
crash "$one"
orchestrator single false
until_is 2 runs
same "the instance takes it back itself when it starts again" "$(state_of "$long")" running
same "a dead letter is its own entry" "$(top queue --json | get "len(it['rows'])")" 0
letter=$(sql "insert into tasks (type, payload, max_retries) values ('example:task', '\"no object\"', 3) returning id")
until_is dead_letter state_of "$letter"
same "a task out of attempts is dead" "$(state_of "$letter")" dead_letter
same "it is in the queue" "$(top queue --json | get "[row['dlq_entry_uuid'] for row in it['rows']]")" "['$letter']"
sql "update tasks set payload = '{}' where id = '$letter'"
top task requeue "$letter" --yes --reason 'the payload is mended' >/dev/null || true
until_is completed state_of "$letter"
same "once requeued it is done" "$(state_of "$letter")" completed
same "the queue is empty" "$(top queue --json | get "len(it['rows'])")" 0
crash "$one"

echo "the Go task orchestrator, distributed"
database=distributed
psql -X -q -d "$(url postgres)" -c "create database $database"
end_runs
orchestrator first true
first=$one
until_is 1 sql "select count(*) from workers where is_leader"
lead=$(sql "select id from workers where is_leader")
holds "the leader is named" "$(top workers)" "leader $lead"
long=$(serve)
until_is running state_of "$long"
orchestrator second true
until_is 2 sql "select count(*) from workers"
crash "$first"
sleep 4
same "what the dead worker holds is an orphan" "$(condition_of "$long")" "['orphaned']"
same "the system elects no other leader" "$(sql "select count(*) from workers where is_leader and id <> '$lead'")" 0
told=$(top doctor --json)
holds "that is said" "$told" "no other can lead, and no orphan is freed"
holds "the dead one leads nobody" "$(top workers)" "no leader"
remedy=$(get "[f['first'] for c in it['checks'] for f in c['findings'] if 'no other can lead' in f['what']][0]" <<<"$told")
same "the remedy names its row" "$remedy" "delete from public.workers where id = '$lead'"
sql "$remedy"
until_is 1 sql "select count(*) from workers where is_leader and leader_until > now()"
same "then another leads" "$(sql "select count(*) from workers where is_leader and leader_until > now()")" 1
until_is 2 runs
same "and its clean-up frees the orphan, which is run again" "$(runs)" 2
same "no task is stuck" "$(top check --fail-if 'stale>0' >/dev/null; echo $?)" 0
holds "no alert is left" "$(top doctor --json | get "[c['level'] for c in it['checks'] if c['check'] == 'alerts']")" fine
second=$(sql "select worker_id from tasks where id = '$long'")
holds "a living worker keeps its task" "$(top task requeue "$long" --yes --reason try 2>&1 || true)" "is alive"
same "it was not run once more" "$(runs)" 2
same "it is still of that worker" "$(sql "select worker_id from tasks where id = '$long'")" "$second"
finish
