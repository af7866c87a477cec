-- `present`: entry $1, locked, and its version: the time of its last change as an integer.
present as materialized (
    select
        e.*,
        case when e.updated_at between '0001-01-01' and '9999-12-31'
            then ((extract(epoch from e.updated_at) * 1000000)::bigint % 2147483647)::int else 0 end as version
    from {table:tasks_dlq} e
    where e.dlq_entry_uuid = $1::uuid
    for update
)
