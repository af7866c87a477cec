-- $1 entry   $2 expected version   $3 actor   $4 reason   $5 batch   $6 resolution
with seen as (
    select * from {table:jobs} where id = $1::uuid for update
),
done as (
    update {table:jobs} j
    set state = 'scrapped', version = j.version + 1, changed_at = now(), error = $4::text
    from seen s
    where j.id = s.id and s.version = $2::int and s.state = 'broken'
      and coalesce($3::text, $5::uuid::text, $6::text) is not null
    returning j.state
)
select
    case when exists (select from done) then 'done' else 'changed' end as outcome,
    coalesce((select state from done), (select state from seen)) as now_state,
    null::text as changed_by, null::timestamptz as changed_at
