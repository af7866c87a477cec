-- A relation: the tasks that are given up. They failed, are out of attempts, or are in a state that nobody knows:
-- then somebody has to look. The second half is not run at all unless the enum has such a label or the column
-- may be null, because no index serves it.
(
    select *
    from {table:tasks}
    where status in ('failed', 'dead_letter')
    union all
    select *
    from {table:tasks}
    where (select
               exists (
                   select from unnest(enum_range((null::{table:tasks}).status)) label
                   where label::text not in
                       ('pending', 'claimed', 'running', 'completed', 'failed', 'dead_letter'))
               or exists (
                   select from pg_type y
                   join pg_attribute a on a.attrelid = y.typrelid
                   where y.oid = pg_typeof(null::{table:tasks}) and a.attname = 'status'
                     and not a.attnotnull))
      and (status is null or status::text not in
               ('pending', 'claimed', 'running', 'completed', 'failed', 'dead_letter'))
)
