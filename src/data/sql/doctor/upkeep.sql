-- Whether vacuum keeps up with the tables that every transition changes.
with deadlines as (
    select
        n_live_tup, n_dead_tup,
        coalesce(to_char(greatest(last_autovacuum, last_vacuum) at time zone 'UTC',
                         'YYYY-MM-DD HH24:MI "UTC"'), 'never') as vacuumed
    from pg_stat_all_tables
    where schemaname = 'dlqtop' and relname = 'deadlines'
),
kept_off as (
    select c.relname::text as name
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where (n.nspname = 'dlqtop' or (n.nspname = 'public' and c.relname like 'tasker\_%'))
      and exists (
          select from unnest(c.reloptions) as option
          where lower(option) in ('autovacuum_enabled=false', 'autovacuum_enabled=off',
                                  'autovacuum_enabled=0', 'autovacuum_enabled=no'))
),
problem (level, what, first, details) as (
    select
        'warning',
        'autovacuum is off: tables only grow',
        'set autovacuum = on (and track_counts), then select pg_reload_conf()',
        '{}'::text[]
    where current_setting('autovacuum') = 'off' or current_setting('track_counts') = 'off'
    union all
    select
        'warning',
        'autovacuum is off for tables that change with every transition',
        'alter table TABLE reset (autovacuum_enabled)',
        array_agg(name order by name)
    from kept_off
    having count(*) > 0
    union all
    select
        'warning',
        format('dlqtop.deadlines has %s dead rows to %s live ones; last vacuumed: %s',
               n_dead_tup, n_live_tup, vacuumed),
        'vacuum analyze dlqtop.deadlines; if that does not help, a transaction is open too long: see pg_stat_activity',
        '{}'
    from deadlines
    where n_dead_tup > 10000 and n_dead_tup > n_live_tup
    union all
    select
        'warning',
        format('%s changes to the tallies were never added up: no detector sweeps', changes),
        'let a detector sweep: it adds them up',
        '{}'
    from public.v_tally_changes
    where changes > 10000
)
select level, what, first, details from problem
union all
select 'fine', 'deadlines are vacuumed, tallies are added up', null, '{}'
where not exists (select from problem)
