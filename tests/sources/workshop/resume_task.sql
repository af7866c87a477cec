-- $1 job   $2 expected state   $3 actor   $4 reason   $5 batch
with seen as (
    select * from {table:jobs} where id = $1::uuid for update
),
done as (
    update {table:jobs} j
    set state = 'waiting', error = null, version = j.version + 1, changed_at = now()
    from seen s
    where j.id = s.id and s.state = $2::text and coalesce($3::text, $4::text, $5::uuid::text) is not null
    returning j.state
)
select
    case when exists (select from done) then 'done' else 'changed' end as outcome,
    coalesce((select state from done), (select state from seen)) as now_state,
    null::text as changed_by, null::timestamptz as changed_at
