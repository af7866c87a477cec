-- Whether sweeps act, run as often as usual, without failures, and whether the breaker holds them.
with standing as (
    select armed_at, armed_by, due, holds, why from public.v_detector
),
latest as (
    select instance, started, started + took as ended
    from public.v_sweeps
    where not dry_run
    order by started desc
    limit 6
),
summary as (
    select
        count(*) as sweeps,
        extract(epoch from now() - max(ended))::float8 as ago,
        extract(epoch from max(started) - min(started))::float8 / nullif(count(*) - 1, 0) as gap,
        (select instance from latest order by started desc limit 1) as instance
    from latest
),
worded as (
    select
        sweeps, instance, ago,
        case
            when ago < 120 then round(ago::numeric) || ' s'
            when ago < 7200 then round(ago::numeric / 60) || ' min'
            else round(ago::numeric / 3600) || ' h'
        end as since,
        -- the same limit as the alert on the dashboard
        greatest(600, coalesce(gap, 0) * 2) as patience
    from summary
),
failing as (
    select count(*) as sweeps, sum(failed) as tasks,
           array_agg(distinct instance) as instances
    from public.v_sweeps
    where failed > 0 and started > now() - interval '1 day'
)
select
    'warning' as level,
    'no detector has ever swept: stale tasks are shown and left alone' as what,
    'let one run: `dlqtop detect`, or a dashboard without --no-detect, as a role that has dlqtop_detector' as first,
    '{}'::text[] as details
from worded, standing where sweeps = 0 and armed_at is not null
union all
select
    'warning',
    format('the last sweep was %s ago, by %s; usually there is one every %s min',
           since, instance, round(patience::numeric / 120)),
    'see whether the detectors run, and what their logs say',
    '{}'
from worded, standing where sweeps > 0 and ago > patience and armed_at is not null and not holds
union all
select
    'warning',
    format('%s failure(s) in %s sweep(s) of the last day: those tasks stay where they are', tasks, sweeps),
    'their messages are in the detector''s log and in its dashboard',
    instances[1:5]
from failing where sweeps > 0
union all
select 'fine', format('the last sweep was %s ago, by %s; armed by %s', since, instance, armed_by), null, '{}'
from worded, standing
where sweeps > 0 and ago <= patience and armed_at is not null
union all
select
    'warning',
    format('the detector is not armed: sweeps are dry, and %s task(s) are due', due),
    '`dlqtop detect --arm` shows what the first sweep would take, and arms it',
    '{}'
from standing where armed_at is null
union all
select
    'wrong',
    format('sweeps are held: %s', why),
    format('look at them with `dlqtop staleness`; `dlqtop detect --confirm %s` lets one sweep take them', due),
    '{}'
from standing where armed_at is not null and holds
