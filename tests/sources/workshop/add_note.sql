-- $1 entry   $2 actor   $3 note   $4 batch
with done as (
    update {table:jobs}
    set notes = notes || ($2::text || ': ' || $3::text)
    where id = $1::uuid and $4::uuid is not null
    returning id
)
select
    case when exists (select from done) then 'done' else 'changed' end as outcome,
    'noted' as now_state, null::text as changed_by, null::timestamptz as changed_at
