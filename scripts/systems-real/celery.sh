#!/usr/bin/env bash
# Runs a real Celery worker on its SQL broker, acts by dlqtop on the jobs that fail, and lets the application read
# what was done.
#
#   scripts/systems-real/celery.sh                  makes an environment for Python with Celery from its registry
#   CELERY_PYTHON=PROGRAM scripts/systems-real/celery.sh
#                                                   a Python that has celery, sqlalchemy and psycopg2
source "$(dirname "$0")/common.bash"
python=${CELERY_PYTHON:-}
if [ -z "$python" ]; then
    python=$PWD/target/systems-real/celery/bin/python
    [ -x "$python" ] || python3 -m venv target/systems-real/celery
    "$python" -c 'import celery, sqlalchemy, psycopg2' 2>/dev/null ||
        "$python" -m pip install --quiet celery sqlalchemy psycopg2-binary
fi
"$python" -c 'import celery, sqlalchemy, psycopg2' || fail "$python lacks celery, sqlalchemy or psycopg2"

database=work
psql -X -q -d "$(url postgres)" -c "create database $database"
cat >"$room/shop.py" <<'PYTHON'
import os, sys, traceback, uuid
from celery import Celery
from celery.signals import task_failure
import sqlalchemy as sa

address = os.environ["WORK"].replace("postgres://", "postgresql+psycopg2://")
app = Celery("shop", broker="sqla+" + address)
app.conf.update(task_default_queue="llm", worker_hijack_root_logger=False, broker_connection_retry_on_startup=True)
engine = sa.create_engine(address)
jobs = sa.Table(
    "worker_failed_jobs", sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True, default=uuid.uuid4),
    sa.Column("task_id", sa.String(155)), sa.Column("task_name", sa.String(255)),
    sa.Column("queue", sa.String(100)), sa.Column("worker", sa.String(255)),
    sa.Column("task_args", sa.JSON), sa.Column("task_kwargs", sa.JSON), sa.Column("tenant_id", sa.Uuid),
    sa.Column("error_type", sa.String(100)), sa.Column("exception_class", sa.String(255)),
    sa.Column("error_message", sa.Text), sa.Column("traceback", sa.Text),
    sa.Column("retry_count", sa.Integer, default=0), sa.Column("last_retry_at", sa.DateTime(timezone=True)),
    sa.Column("status", sa.String(50), default="pending"), sa.Column("remediation_notes", sa.Text),
    sa.Column("resolved_at", sa.DateTime(timezone=True)), sa.Column("correlation_id", sa.Uuid),
    sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.func.now()))

@app.task(name="shop.charge")
def charge(order):
    raise ConnectionError(f"gateway refused order {order}")

@task_failure.connect
def keep(sender, task_id, exception, args, kwargs, einfo, **_):
    with engine.begin() as db:
        db.execute(jobs.insert().values(
            task_id=task_id, task_name=sender.name, queue=(sender.request.delivery_info or {}).get("routing_key"),
            worker=sender.request.hostname, task_args=list(args), task_kwargs=kwargs,
            exception_class=type(exception).__name__, error_message=str(exception), traceback=str(einfo)))

if __name__ == "__main__":
    if sys.argv[1] == "make":
        jobs.create(engine)
    elif sys.argv[1] == "send":
        for order in range(int(sys.argv[2])):
            charge.delay(order)
    elif sys.argv[1] == "read":
        with engine.connect() as db:
            for row in db.execute(sa.select(jobs.c.status, jobs.c.resolved_at, jobs.c.remediation_notes)
                                  .where(jobs.c.id == uuid.UUID(sys.argv[2]))):
                print(row.status, row.resolved_at is not None, "gateway is back" in (row.remediation_notes or ""))
PYTHON
mkdir -p "$room/config/dlqtop"
printf '[sources.celery]\nwaiting_messages = 12\n' >"$room/config/dlqtop/config.toml"
export WORK PYTHONPATH=$room PYTHONDONTWRITEBYTECODE=1
WORK=$(url "$database")

shop() {
    "$python" "$room/shop.py" "$@"
}

waiting() {
    top doctor --json | get "[f['what'] for c in it['checks'] if c['check'] == 'alerts' for f in c['findings']]"
}

queue() {
    top workers --json | get "[(q['depth'], q['oldest_seconds']) for q in it['queues'] if q['name'] == 'llm']"
}

failed() {
    sql "select count(*) from worker_failed_jobs"
}

echo "Celery on its SQL broker"
shop make
shop send 10
same "while messages wait, the broker says no time" "$(sql 'select count(timestamp) from kombu_message')" 0
same "so how long the oldest has waited is not known" "$(queue)" "[(10, None)]"
holds "it is not called no time" "$(top workers)" unknown
holds "few messages raise no alert" "$(waiting)" "none of the 2"
shop send 5
holds "many do" "$(waiting)" "llm: 15 messages wait, since when is not known"
spawn "$room/worker.log" "$python" -m celery -A shop worker --pool solo --concurrency 1 --loglevel warning \
    --hostname w1@here --without-gossip --without-mingle --without-heartbeat
worker=$!
until_is 15 failed
same "the worker took all and all failed" "$(failed)" 15
same "nothing waits any more" "$(queue)" "[(0, None)]"
holds "the alert is over" "$(waiting)" "none of the 2"
same "all are open" "$(top queue --json | get "len(it['rows'])")" 15
same "none has an age that cannot be" "$(top stats --json | get "it['counts']['suspect']")" 0
holds "the worker is named" "$(top workers)" "w1@here"
job=$(sql "select id from worker_failed_jobs order by failed_at, id limit 1")
top entry claim "$job" --yes --reason 'looking at it' >/dev/null || true
same "the application reads that it is taken up" "$(shop read "$job")" "in_progress False False"
top entry close "$job" --yes --status resolved --reason 'gateway is back' >/dev/null || true
same "the application reads that it is closed" "$(shop read "$job")" "resolved True True"
sql "update worker_failed_jobs set status = upper(status), failed_at = failed_at + interval '8 hours'
     where status = 'pending'"
same "in capitals they are open all the same" "$(top queue --json | get "len(it['rows'])")" 14
same "ahead of the clock no check passes" "$(top check --fail-if 'oldest>4h' >/dev/null; echo $?)" 1
job=$(sql "select id from worker_failed_jobs where status = 'PENDING' limit 1")
top entry close "$job" --yes --status abandoned --reason 'gateway is back' >/dev/null || true
same "and are closed in capitals" "$(shop read "$job")" "ABANDONED True True"
shop send 1
until_is 16 failed
same "the worker works on" "$(failed)" 16
crash "$worker"
finish
