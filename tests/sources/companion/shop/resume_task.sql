with present as (
    select id, status from {table:jobs} where id = $1::uuid for update
),
resumed as (
    update {table:jobs} j set status = 'queued', runs = runs + 1
    from present p
    where j.id = p.id and p.status = $2::text and p.status = 'failed'
    returning j.id
)
select
    case when exists (select from resumed) then 'done' else 'changed' end as outcome,
    case when exists (select from resumed) then 'queued'
        else coalesce((select status from present), 'gone') end as now_state,
    null::text as changed_by,
    null::timestamptz as changed_at
