-- What the system itself leaves empty or as it was stays so here: a task that failed for good has no time of
-- completion, one that waits for its next attempt keeps the worker and the times of the last, and an attempt counts
-- once it has failed.
--
-- The past of a small fleet: six workers, eight types of task, some hours of work, a worker that crashed while
-- it held tasks, and problems that nobody has fixed yet. The same in every run but for the times.
do $$ begin perform setseed(0.4711); end $$;

create schema demo;

-- The types of task: how often one arrives, how long it runs, how often it fails and with which error.
create table demo.kinds (
    type       text primary key,
    per_minute float8 not null,
    seconds    float8 not null,
    failing    float8 not null,
    errors     text[] not null,
    final      boolean not null default false,
    priority   int not null default 0
);
insert into demo.kinds values
    ('charge_card', 20, 3, 0.05,
     array['payment gateway: 402 card_declined: insufficient funds (charge ch_%s)',
           'Post "https://pay.example.net/v2/charges": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'],
     false, 10),
    ('send_email', 45, 1, 0.002,
     array['smtp: 550 5.1.1 mailbox unavailable: user%s@example.org'], true, 0),
    ('resize_image', 25, 6, 0.01,
     array[E'runtime error: index out of range [%s] with length 3\n\ngoroutine 84 [running]:\nmain.(*Resizer).crop(...)\n\t/srv/app/resize.go:212'],
     false, 0),
    ('deliver_webhook', 30, 2, 0.04,
     array['dial tcp 10.4.7.%s:443: connect: connection refused'], false, 0),
    ('index_search', 20, 2, 0.004,
     array['dial tcp 10.4.7.%s:443: connect: connection refused'], false, 0),
    ('sync_inventory', 6, 20, 0.01,
     array['json: cannot unmarshal string into Go struct field Stock.count of type int64 (line %s)'],
     true, 5),
    ('generate_report', 2, 90, 0.02,
     array['pq: canceling statement due to statement timeout (report %s)'], false, -5),
    ('export_ledger', 0.2, 120, 0.02,
     array['pq: canceling statement due to statement timeout (report %s)'], false, 5);

create table demo.crew (
    host    text primary key,
    pid     int not null,
    id      text not null,
    size    int not null,
    version text not null,
    serves  text[],             -- all if null
    alive   boolean not null default true,
    back_at timestamp
);
insert into demo.crew (host, pid, id, size, version, serves, alive) values
    ('web-1', 4711, 'web-1-4711-a8f3', 8, 'v2.14.0', null, true),
    ('web-2', 3302, 'web-2-3302-0c9e', 8, 'v2.14.0', null, true),
    ('web-3', 5120, 'web-3-5120-77d1', 8, 'v2.13.2', null, true),
    ('media-1', 911, 'media-1-911-e4b0', 6, 'v2.14.0', array['resize_image', 'index_search'], true),
    ('batch-1', 2044, 'batch-1-2044-19aa', 4, 'v2.14.0',
     array['generate_report', 'sync_inventory'], true),
    ('batch-2', 1877, 'batch-2-1877-5f2c', 4, 'v2.13.2', array['export_ledger'], false);

create table demo.story (began timestamp not null);
insert into demo.story values (now() at time zone 'utc');

create function demo.utc() returns timestamp language sql stable
as $$ select now() at time zone 'utc' $$;

create function demo.error_of(p_type text) returns text language sql volatile
as $$
    select format(e.text, 100 + floor(random() * 155)::int)
    from demo.kinds k
    cross join lateral unnest(k.errors) e (text)
    where k.type = p_type
    order by random()
    limit 1
$$;

create function demo.payload_of(p_type text) returns jsonb language sql volatile
as $$
    select jsonb_build_object(
        'tenant', 'shop-' || floor(random() * 40)::int,
        'order', 10000 + floor(random() * 90000)::int,
        'trace', md5(random()::text))
$$;

-- Tasks done in the last three hours.
insert into tasks (
    type, payload, status, priority, idempotency_key, worker_id, attempts, max_retries,
    created_at, claimed_at, started_at, completed_at, updated_at)
select
    k.type, demo.payload_of(k.type), 'completed', k.priority, k.type || '-' || n,
    (array['web-1-4711-a8f3', 'web-2-3302-0c9e', 'web-3-5120-77d1'])[1 + floor(random() * 3)::int],
    0, 3, t.at, t.at + t.wait, t.at + t.wait + interval '0.2 s', t.at + t.wait + t.run, t.at + t.wait + t.run
from demo.kinds k
cross join lateral generate_series(1, (k.per_minute * 50)::int) n
cross join lateral (
    select
        demo.utc() - interval '10 minutes' - random() * interval '170 minutes' + n * interval '0' as at,
        random() * random() * interval '4 s' as wait,
        (0.3 - ln(1 - random())) * k.seconds * interval '1 s' as run
) t;

-- Dead letters of the last day, most of them since the problems with the gateway and the network of the
-- webhooks began.
insert into tasks (
    type, payload, status, priority, idempotency_key, worker_id, attempts, max_retries, last_error,
    created_at, claimed_at, started_at, updated_at)
select
    k.type, demo.payload_of(k.type),
    (case when k.final then 'failed' else 'dead_letter' end)::task_status,
    k.priority, k.type || '-lost-' || n,
    (array['web-1-4711-a8f3', 'web-2-3302-0c9e', 'web-3-5120-77d1'])[1 + floor(random() * 3)::int],
    case when k.final then 0 else 3 end, 3, demo.error_of(k.type),
    t.at - interval '4 minutes', t.at - interval '20 s', t.at - interval '19 s', t.at
from demo.kinds k
cross join lateral generate_series(1, case k.type
    when 'charge_card' then 17 when 'deliver_webhook' then 14 when 'send_email' then 6
    when 'resize_image' then 4 when 'sync_inventory' then 5 when 'generate_report' then 3
    when 'index_search' then 2 else 1 end) n
cross join lateral (
    select demo.utc() - interval '6 minutes' - random() * random() * interval '26 hours'
        + n * interval '0' as at
) t;

-- The workers. One has crashed while it held three tasks; a fourth task is held by an unknown worker.
insert into workers (id, hostname, started_at, last_heartbeat, pool_size, version, is_leader, leader_until)
select
    id, host, demo.utc() - interval '9 hours' * random() - interval '20 minutes',
    case when alive then demo.utc() - random() * interval '9 s'
        else demo.utc() - interval '12 minutes' end,
    size, version, host = 'web-1',
    case when host = 'web-1' then demo.utc() + interval '25 s' end
from demo.crew;

insert into tasks (
    type, payload, status, priority, idempotency_key, worker_id, attempts, created_at, claimed_at,
    started_at, updated_at)
select
    o.type, demo.payload_of(o.type), o.status::task_status, 5, o.type || '-held-' || n, o.worker, 0,
    demo.utc() - o.held - interval '5 s', demo.utc() - o.held,
    case when o.status = 'running' then demo.utc() - o.held + interval '1 s' end,
    demo.utc() - o.held + interval '1 s'
from (values
    (1, 'export_ledger', 'running', 'batch-2-1877-5f2c', interval '14 minutes'),
    (2, 'export_ledger', 'running', 'batch-2-1877-5f2c', interval '13 minutes'),
    (3, 'export_ledger', 'claimed', 'batch-2-1877-5f2c', interval '12 minutes 5 seconds'),
    (4, 'sync_inventory', 'claimed', 'web-4-2291-b06d', interval '95 minutes'),
    (5, 'charge_card', 'claimed', 'web-3-5120-77d1', interval '7 minutes'),
    -- alive, and running for a long time
    (6, 'generate_report', 'running', 'batch-1-2044-19aa', interval '75 minutes'),
    (7, 'generate_report', 'running', 'batch-1-2044-19aa', interval '41 minutes'),
    (8, 'sync_inventory', 'running', 'web-2-3302-0c9e', interval '26 minutes')) o (n, type, status, worker, held);
update tasks set payload = payload || '{"hangs": true}'
where idempotency_key like '%-held-%' and worker_id not in ('batch-2-1877-5f2c', 'web-4-2291-b06d');

-- Only the crashed worker serves these, so nobody claims them.
insert into tasks (type, payload, priority, idempotency_key, attempts, next_retry_at, last_error, created_at, updated_at)
select
    'export_ledger', demo.payload_of('export_ledger'), 5, 'export_ledger-waits-' || n,
    case when n <= 2 then 1 else 0 end,
    case when n <= 2 then t.at + interval '30 s' end,
    case when n <= 2 then demo.error_of('export_ledger') end,
    t.at, t.at
from generate_series(1, 5) n
cross join lateral (select demo.utc() - n * interval '4 minutes' - interval '1 minute' as at) t;

-- Waiting for the next attempt.
insert into tasks (
    type, payload, priority, idempotency_key, attempts, worker_id, claimed_at, started_at, next_retry_at, last_error,
    created_at, updated_at)
select
    'deliver_webhook', demo.payload_of('deliver_webhook'), 0, 'deliver_webhook-again-' || n, 2,
    'web-1-4711-a8f3', demo.utc() - interval '22 s', demo.utc() - interval '21 s',
    demo.utc() + random() * interval '90 s', demo.error_of('deliver_webhook'),
    demo.utc() - interval '2 minutes', demo.utc() - interval '20 s'
from generate_series(1, 6) n;

-- One second of the simulation.
create function demo.tick() returns void language plpgsql
as $$
declare
    at     timestamp := demo.utc();
    age    float8 := extract(epoch from demo.utc() - (select began from demo.story));
    worker record;
    free   int;
begin
    -- arrivals
    insert into tasks (type, payload, priority, idempotency_key, created_at, updated_at)
    select k.type, demo.payload_of(k.type), k.priority, k.type || '-' || gen_random_uuid(), at, at
    from demo.kinds k
    cross join lateral generate_series(1, 3) n
    where random() < k.per_minute / 180
      and (k.type <> 'export_ledger'
           or (select count(*) from tasks t where t.type = k.type and t.status = 'pending') < 12);

    -- heartbeats; a crashed worker comes back under another name, and the leader registers it as a new one
    update workers w set last_heartbeat = at
    from demo.crew c
    where c.id = w.id and c.alive and w.last_heartbeat < at - interval '9 s';
    for worker in
        update demo.crew c
        set alive = true, back_at = null, pid = c.pid + 17,
            id = format('%s-%s-%s', c.host, c.pid + 17, left(md5(random()::text), 4))
        where not c.alive and c.back_at < at
        returning c.*
    loop
        insert into workers (id, hostname, started_at, last_heartbeat, pool_size, version)
        values (worker.id, worker.host, at, at, worker.size, worker.version);
    end loop;
    delete from workers w
    where w.last_heartbeat < at - interval '30 minutes'
      and not exists (select from tasks t where t.worker_id = w.id and t.status in ('claimed', 'running'));

    -- the leader's lease, renewed at half of its time; every quarter of an hour it lapses for three minutes,
    -- and once in between there are two leaders
    if age::int % 900 not between 240 and 420 then
        update workers w set is_leader = true, leader_until = at + interval '30 s'
        from demo.crew c
        where c.id = w.id and c.host = 'web-1' and c.alive
          and coalesce(w.leader_until, at) < at + interval '15 s';
    end if;
    update workers w
    set is_leader = age::int % 900 between 600 and 660,
        leader_until = case when age::int % 900 between 600 and 660 then at + interval '10 s' end
    from demo.crew c
    where c.id = w.id and c.host = 'web-2'
      and (w.is_leader or age::int % 900 between 600 and 660);

    -- an occasional crash, while there are few orphans
    if random() < 1.0 / 480 and (
        select count(*) from tasks t
        where t.status in ('claimed', 'running')
          and not exists (select from demo.crew c where c.id = t.worker_id and c.alive)) < 6
    then
        update demo.crew set alive = false, back_at = at + interval '100 s'
        where host = (array['web-3', 'media-1'])[1 + floor(random() * 2)::int];
    end if;

    -- running tasks end
    with ended as (
        select
            t.id, t.type, t.attempts, t.max_retries,
            random() < k.failing * case when t.attempts > 0 then 6 else 1 end as fails, k.final
        from tasks t
        join demo.kinds k using (type)
        join demo.crew c on c.id = t.worker_id and c.alive
        where t.status = 'running' and t.payload -> 'hangs' is null
          and random() < 1 / greatest(1, k.seconds)
        for update of t skip locked
    )
    update tasks t
    set status = (case
            when not e.fails then 'completed'
            when e.final then 'failed'
            when e.attempts + 1 >= e.max_retries then 'dead_letter'
            else 'pending' end)::task_status,
        completed_at = case when not e.fails then at end,
        next_retry_at = case when e.fails and not e.final and e.attempts + 1 < e.max_retries
            then at + power(2, e.attempts + 1) * interval '8 s' else t.next_retry_at end,
        attempts = t.attempts + case when e.fails and not e.final then 1 else 0 end,
        last_error = case when e.fails then demo.error_of(e.type) else t.last_error end,
        payload = case when not e.fails and random() < 0.0004 then t.payload || '{"hangs": true}' else t.payload end,
        updated_at = at
    from ended e
    where t.id = e.id;

    -- claimed tasks start
    update tasks t set status = 'running', started_at = at, updated_at = at
    from demo.crew c
    where c.id = t.worker_id and c.alive and t.status = 'claimed' and t.payload -> 'hangs' is null
      and t.claimed_at < at;

    -- claims
    for worker in select * from demo.crew where alive order by random() loop
        free := worker.size - (
            select count(*) from tasks where worker_id = worker.id and status in ('claimed', 'running'));
        update tasks t
        set status = 'claimed', worker_id = worker.id, claimed_at = at, updated_at = at
        where t.id in (
            select p.id from tasks p
            where p.status = 'pending' and (p.next_retry_at is null or p.next_retry_at <= at)
              and (p.type = any(worker.serves) or (worker.serves is null and p.type <> 'export_ledger'))
            order by p.priority desc, p.created_at
            limit least(3, greatest(0, free))
            for update skip locked);
    end loop;

    -- retention
    delete from tasks
    where id in (
        select id from tasks
        where status = 'completed' and completed_at < at - interval '3 hours'
        order by completed_at
        limit 100);
end
$$;

analyze tasks;
analyze workers;
