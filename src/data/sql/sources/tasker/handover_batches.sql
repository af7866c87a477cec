-- Bulk runs, newest first, with their outcomes.
-- $1 period in seconds   $2 row limit
select
    batch,
    min(actor) as actor,
    min(action) as action,
    left(min(reason), 500) as reason,
    coalesce(dlqtop.sane_instant(min(at)), 'epoch') as at,
    count(*) as subjects,
    count(*) filter (where outcome = 'done') as done,
    count(*) filter (where outcome = 'changed meanwhile') as changed,
    count(*) filter (where outcome not in ('done', 'changed meanwhile')) as failed
from public.v_operator_log
where v_operator_log.at >= now() - $1::float8 * interval '1 second'
  and batch is not null
group by batch
having count(*) > 1
order by min(v_operator_log.at) desc, batch
limit $2::bigint
