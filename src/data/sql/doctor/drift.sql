-- Compares stored deadlines, tallies and groups of errors with their plain definition.
with drift as (
    select
        kept, subject, problem,
        count(*) over (partition by kept) as n,
        row_number() over (partition by kept order by subject) as position
    from public.v_drift
)
select
    'wrong' as level,
    format(case kept
        when 'deadline' then '%s deadline(s) are not what the transitions say: the staleness list and the sweep are off'
        when 'lifecycle' then '%s template(s) are kept with other thresholds than they have'
        when 'group' then '%s group(s) or entries of groups are not what the entries say: the queue by error is off'
        else '%s count(s) of dead letters are off'
    end, n) as what,
    '`dlqtop doctor --repair`; while it reckons anew, writers wait' as first,
    array_agg(subject || ': ' || problem order by position) filter (where position <= 5) as details,
    case kept when 'tally' then 'tallies' when 'group' then 'groups' else 'deadlines' end as repair
from drift
group by kept, n
union all
select 'fine', 'deadlines, thresholds, tallies and groups are what their definitions say', null, '{}', null
where not exists (select from drift)
