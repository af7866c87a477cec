-- Ten days of a small company that attributes conversions and summarizes letters, up to an afternoon on which
-- the provider of the language model limits its requests. The same in every run but for the ids.
do $$ begin perform setseed(0.42); end $$;

create schema demo;

create table demo.tenants (n int primary key, tenant_id uuid not null);
insert into demo.tenants values
    (1, '7b1d2c9e-4f60-4a83-9d2e-51c3a0e8f417'),
    (2, 'c0a4e6f2-8d35-4b19-a7c1-0e92d64b5f38');

-- Which worker reads which queue, and how many messages a second arrive and can be processed.
create table demo.queues (name text primary key, workers text[] not null, arrives float8, does float8);
insert into demo.queues values
    ('attribution', '{celery@attr-1,celery@attr-2}', 1.4, 3),
    ('llm', '{celery@llm-1,celery@llm-2,celery@llm-3}', 2.2, 3.3),
    ('maintenance', '{celery@maint-1}', 0.2, 1),
    ('housekeeping', '{celery@house-1,celery@house-2}', 0.9, 2);

insert into kombu_queue (name)
select name from demo.queues order by name;
insert into kombu_queue (name) values ('celery@llm-1.celery.pidbox'), ('celeryev.3f1c');

-- What fails in which task: how often, with which error, where in the program. In messages, %n is a number and
-- %u an id.
create table demo.mishaps (
    task_name text, weight int, class text, message text, place text, line text, transient boolean);
insert into demo.mishaps values
    ('app.tasks.attribution.rebuild_touchpoints', 5, 'sqlalchemy.exc.OperationalError',
     '(psycopg2.errors.DeadlockDetected) deadlock detected' || E'\nDETAIL:  Process %n waits for ShareLock on transaction %n.',
     'attribution/touchpoints.py", line 88, in rebuild_touchpoints', 'session.execute(merge_touchpoints(batch))', true),
    ('app.tasks.attribution.rebuild_touchpoints', 2, 'celery.exceptions.SoftTimeLimitExceeded',
     'SoftTimeLimitExceeded()',
     'attribution/touchpoints.py", line 61, in rebuild_touchpoints', 'for batch in chunked(touches, 5_000):', true),
    ('app.tasks.attribution.score_conversions', 4, 'KeyError', '''campaign_id''',
     'attribution/scoring.py", line 37, in score_conversions', 'weights = model[row["campaign_id"]]', false),
    ('app.tasks.attribution.score_conversions', 2, 'billiard.exceptions.WorkerLostError',
     'Worker exited prematurely: signal 9 (SIGKILL) Job: %n.',
     'attribution/scoring.py", line 52, in score_conversions', 'matrix = np.outer(weights, touches)', true),
    ('app.tasks.attribution.import_spend', 3, 'app.integrations.ads.TokenExpired',
     'the access token of ad account act_%n has expired',
     'attribution/spend.py", line 24, in import_spend', 'report = ads.fetch(account, day)', false),
    ('app.tasks.llm.summarize_thread', 9, 'openai.RateLimitError',
     'Error code: 429 - rate limit reached for requests per minute: limit 3500, used %n. Request id req_%u',
     'llm/summaries.py", line 44, in summarize_thread', 'answer = client.responses.create(**prompt)', true),
    ('app.tasks.llm.summarize_thread', 2, 'pydantic_core._pydantic_core.ValidationError',
     '1 validation error for Summary' || E'\nbullets\n  Field required [type=missing, input_value={...}, input_type=dict]',
     'llm/summaries.py", line 51, in summarize_thread', 'return Summary.model_validate_json(answer.text)', false),
    ('app.tasks.llm.classify_ticket', 5, 'openai.RateLimitError',
     'Error code: 429 - rate limit reached for requests per minute: limit 3500, used %n. Request id req_%u',
     'llm/tickets.py", line 29, in classify_ticket', 'answer = client.responses.create(**prompt)', true),
    ('app.tasks.llm.embed_documents', 3, 'httpx.ReadTimeout', 'The read operation timed out',
     'llm/embeddings.py", line 70, in embed_documents', 'vectors = client.embeddings.create(input=texts)', true),
    ('app.tasks.maintenance.reindex_search', 2, 'elastic_transport.ConnectionTimeout',
     'Connection timed out after 30.0s to search-%n.internal:9200',
     'maintenance/search.py", line 18, in reindex_search', 'bulk(es, documents(since))', true),
    ('app.tasks.maintenance.rotate_api_keys', 1, 'PermissionError',
     '[Errno 13] Permission denied: ''/srv/keys/%n.pem''',
     'maintenance/keys.py", line 33, in rotate_api_keys', 'path.write_bytes(new_key)', false),
    ('app.tasks.maintenance.vacuum_exports', 1, 'FileNotFoundError',
     '[Errno 2] No such file or directory: ''/exports/%n.parquet''',
     'maintenance/exports.py", line 12, in vacuum_exports', 'size += path.stat().st_size', false),
    ('app.tasks.housekeeping.send_digest', 4, 'smtplib.SMTPServerDisconnected',
     'Connection unexpectedly closed: timed out',
     'housekeeping/digest.py", line 58, in send_digest', 'smtp.send_message(letter)', true),
    ('app.tasks.housekeeping.sync_contacts', 3, 'requests.exceptions.ConnectionError',
     'HTTPSConnectionPool(host=''crm.example.com'', port=443): Max retries exceeded with url: /contacts?page=%n',
     'housekeeping/contacts.py", line 41, in sync_contacts', 'page = crm.get("/contacts", params=cursor)', true),
    ('app.tasks.housekeeping.expire_sessions', 1, 'redis.exceptions.ConnectionError',
     'Error 111 connecting to redis:6379. Connection refused.',
     'housekeeping/sessions.py", line 15, in expire_sessions', 'redis.delete(*stale)', true);

create function demo.any_uuid() returns uuid
language sql volatile
as $$ select md5(random()::text || random()::text)::uuid $$;

create function demo.any_of(p_texts text[]) returns text
language sql volatile
as $$ select p_texts[1 + floor(random() * cardinality(p_texts))::int] $$;

-- A note in the format of dlqtop.
create function demo.note(p_at timestamptz, p_who text, p_text text) returns text
language sql stable
as $$ select format('[%s UTC] %s: %s', to_char(p_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), p_who, p_text) $$;

-- Fails one job of a queue, with a given error if one is named.
create function demo.fail(p_queue text, p_at timestamptz, p_class text default null) returns uuid
language plpgsql
as $$
declare
    mishap demo.mishaps;
    said   text;
    host   text;
    eager  boolean;
    job    uuid := demo.any_uuid();
begin
    select m.* into mishap
    from demo.mishaps m
    where split_part(m.task_name, '.', 3) = p_queue and (p_class is null or m.class = p_class)
    order by -ln(1 - random()) / m.weight
    limit 1;
    said := replace(
        regexp_replace(mishap.message, '%n', (1000 + floor(random() * 90000))::int::text, 'g'),
        '%u', left(demo.any_uuid()::text, 13));
    select demo.any_of(q.workers) into host from demo.queues q where q.name = p_queue;
    -- the host of the second worker has less free memory
    if mishap.class like '%WorkerLost%' then
        host := 'celery@attr-2';
    end if;
    eager := mishap.task_name like '%send_digest' and random() < 0.15;
    insert into worker_failed_jobs (
        id, task_id, task_name, queue, worker, task_args, task_kwargs, tenant_id, error_type,
        exception_class, error_message, traceback, retry_count, last_retry_at, correlation_id, failed_at)
    select
        job,
        demo.any_uuid()::text,
        mishap.task_name,
        case when not eager then p_queue end,
        case when not eager then host end,
        case when random() < 0.4 then jsonb_build_array((random() * 9000)::int) else '[]' end,
        jsonb_build_object(
            'account_id', (1000 + random() * 400)::int,
            'since', to_char(p_at - interval '1 day', 'YYYY-MM-DD'),
            'options', jsonb_build_object('dry_run', false, 'batch_size', 500)),
        case when p_queue <> 'maintenance' then
            (select t.tenant_id from demo.tenants t order by random() ^ t.n desc limit 1) end,
        regexp_replace(mishap.class, '^.*\.', ''),
        mishap.class,
        said,
        concat_ws(E'\n',
            'Traceback (most recent call last):',
            '  File "/usr/local/lib/python3.12/site-packages/celery/app/trace.py", line 453, in trace_task',
            '    R = retval = fun(*args, **kwargs)',
            '                 ^^^^^^^^^^^^^^^^^^^^',
            '  File "/usr/local/lib/python3.12/site-packages/celery/app/trace.py", line 736, in __protected_call__',
            '    return self.run(*args, **kwargs)',
            '           ^^^^^^^^^^^^^^^^^^^^^^^^^',
            '  File "/srv/app/app/tasks/' || mishap.place,
            '    ' || mishap.line,
            mishap.class || ': ' || said),
        tries.n,
        case when tries.n > 0 then p_at end,
        demo.any_uuid()::text,
        p_at
    from (select case when mishap.transient then floor(random() * 4)::int else 0 end as n) tries;
    return job;
end
$$;

-- Closes a job with the reason that people give for such an error.
create function demo.close(p_job uuid, p_at timestamptz, p_who text) returns void
language sql
as $$
    update worker_failed_jobs f
    set status = ending.label,
        resolved_at = p_at,
        remediation_notes = concat_ws(E'\n', f.remediation_notes,
            demo.note(p_at, p_who, ending.label || ': ' || ending.why))
    from (
        select
            case when random() < 0.85 then 'resolved' else 'abandoned' end as label,
            demo.any_of(case regexp_replace(w.exception_class, '^.*\.', '')
                when 'RateLimitError' then array['sent again in the evening, passed', 'moved to the batch endpoint']
                when 'OperationalError' then array['sent again, passed', 'smaller batches since']
                when 'KeyError' then array['campaign was deleted; skipped in release 412', 'backfilled the campaign, sent again']
                when 'TokenExpired' then array['customer has connected the account again', 'asked the customer to log in again']
                when 'WorkerLostError' then array['moved to a larger host, sent again', 'out of memory; halved the batch']
                else array['sent again, passed', 'nobody needs it any more', 'fixed in the release of the day']
            end) as why
        from worker_failed_jobs w
        where w.id = p_job
    ) ending
    where f.id = p_job
$$;

-- The days before: failures in each hour, most of them closed some hours later.
do $$
declare
    hour   timestamptz;
    at     timestamptz;
    closed timestamptz;
    job    uuid;
    who    text;
begin
    for hour in select generate_series(now() - interval '10 days', now() - interval '1 hour', '1 hour') loop
        for n in 1 .. 2 + floor(random() * 4)::int loop
            at := hour + random() * interval '1 hour';
            job := demo.fail(demo.any_of('{attribution,attribution,llm,llm,llm,maintenance,housekeeping,housekeeping}'), at);
            who := demo.any_of('{ana@lap7,ben@lap2,chi@desk4}');
            closed := at + (0.3 + random() * 9) * interval '1 hour';
            if closed < now() and random() < 0.99 then
                perform demo.close(job, closed, who);
            elsif random() < 0.2 then
                update worker_failed_jobs
                set status = 'in_progress',
                    remediation_notes = demo.note(
                        at + (now() - at) * (0.2 + random() * 0.75), who,
                        'took it up: ' || demo.any_of('{"looking at the logs","asked the provider","waiting for the release"}'))
                where id = job;
            end if;
        end loop;
    end loop;
    -- what the provider has refused in the last hour
    for n in 1 .. 26 loop
        perform demo.fail('llm', now() - random() * random() * interval '70 minutes', 'openai.RateLimitError');
    end loop;
    -- a host that kills its processes
    for n in 1 .. 7 loop
        perform demo.fail('attribution', now() - random() * interval '50 minutes', 'billiard.exceptions.WorkerLostError');
    end loop;
    -- notes in free form
    update worker_failed_jobs
    set status = 'in_progress', remediation_notes = 'see the ticket; the customer was told'
    where id = (select id from worker_failed_jobs where status = 'pending' order by failed_at limit 1);
end
$$;

-- Messages in the broker, most of them for the language model. Their time is empty while they wait.
insert into kombu_message (payload, queue_id)
select
    '{"body": "W1tdLCB7fSwge31d", "headers": {"lang": "py"}}',
    q.id
from kombu_queue q
join (values ('llm', 140), ('attribution', 22), ('housekeeping', 6), ('maintenance', 2)) w (name, n) using (name)
cross join lateral generate_series(1, w.n);

-- Whether the provider answers now: it refuses for two of every six minutes.
create function demo.is_refused() returns boolean
language sql stable
as $$ select extract(epoch from now())::bigint % 360 < 120 $$;

-- One second of the simulation.
create function demo.tick() returns void
language plpgsql
as $$
declare
    q     record;
    taken int;
    job   uuid;
begin
    for q in select d.*, k.id from demo.queues d join kombu_queue k using (name) loop
        insert into kombu_message (payload, queue_id)
        select '{"body": "W1tdLCB7fSwge31d", "headers": {"lang": "py"}}', q.id
        from generate_series(1, floor(q.arrives + random())::int);
        with next as (
            select id from kombu_message
            where queue_id = q.id and visible
            order by id
            limit floor(q.does * case when q.name = 'llm' and demo.is_refused() then 0.25 else 1 end
                        + random())::int
        )
        update kombu_message m set visible = false, timestamp = now() at time zone 'UTC'
        from next where m.id = next.id;
        get diagnostics taken = row_count;
        if taken > 0
           and random() < (case when q.name = 'llm' and demo.is_refused() then 0.16 else 0.012 end) then
            perform demo.fail(q.name, now(),
                case when q.name = 'llm' and demo.is_refused() then 'openai.RateLimitError' end);
        end if;
    end loop;
    -- the application deletes messages that were taken
    delete from kombu_message where not visible and timestamp < (now() at time zone 'UTC') - interval '2 minutes';
    -- colleagues: now and then one claims a job, and closes one that was claimed before
    if random() < 0.03 then
        update worker_failed_jobs
        set status = 'in_progress',
            remediation_notes = concat_ws(E'\n', remediation_notes,
                demo.note(now(), demo.any_of('{ben@lap2,chi@desk4}'), 'took it up: looking at the logs'))
        where id = (select id from worker_failed_jobs where status = 'pending'
                    order by random() limit 1);
    end if;
    if random() < 0.05 then
        select id into job from worker_failed_jobs
        where status = 'in_progress' and remediation_notes ~ 'took it up' and failed_at > now() - interval '8 hours'
        order by random() limit 1;
        if job is not null then
            perform demo.close(job, now(), demo.any_of('{ben@lap2,chi@desk4}'));
        end if;
    end if;
    -- keeps the newest two hundred, because a demo may run for a long time
    perform demo.close(id, now(), 'ben@lap2')
    from (select id from worker_failed_jobs where status = 'pending'
          order by failed_at desc offset 200 limit 20) old;
    delete from worker_failed_jobs
    where status in ('resolved', 'abandoned') and failed_at < now() - interval '11 days';
end
$$;
