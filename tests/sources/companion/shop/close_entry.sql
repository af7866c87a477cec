with present as (
    select id, status, version from {table:jobs} where id = $1::uuid for update
),
closed as (
    update {table:jobs} j set status = 'done', version = j.version + 1
    from present p
    where j.id = p.id and p.version = $2::int and p.status = 'failed'
    returning j.id
)
select
    case when exists (select from closed) then 'done' else 'changed' end as outcome,
    case when exists (select from closed) then $6::text
        else coalesce((select status from present), 'gone') end as now_state,
    null::text as changed_by,
    null::timestamptz as changed_at
