-- What the current role may do: requeueing a task writes these columns, and reads the workers to see whether
-- its worker is gone. The relations are named by their row types, so that no name has to be put into a string.
select
    coalesce((
        select bool_and(has_column_privilege(a.attrelid, a.attnum, 'update'))
        from pg_type y
        join pg_attribute a on a.attrelid = y.typrelid
        where y.oid = pg_typeof(null::{table:tasks})
          and a.attname in ('status', 'attempts', 'next_retry_at', 'worker_id', 'claimed_at',
                            'started_at', 'completed_at', 'updated_at')), false)
    and coalesce((
        select has_table_privilege(y.typrelid, 'select')
        from pg_type y
        where y.oid = pg_typeof(null::{table:workers})), false) as may_act,
    false as may_sweep
