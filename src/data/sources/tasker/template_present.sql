-- What stands in the way of a new configuration, or is replaced by it; one row in any case.
-- $1 namespace   $2 name   $3 version   $4 the new configuration
select
    c.configuration::text as configuration,
    coalesce(c.configuration = $4::jsonb, false) as same,
    coalesce(e.running, 0) as running,
    coalesce(e.stale_before, 0) as stale_before,
    coalesce(e.stale_after, 0) as stale_after,
    coalesce(e.become_stale, 0) as become_stale,
    coalesce(e.stop_being_stale, 0) as stop_being_stale,
    (select coalesce(sum(o.running), 0)::bigint
     from v_template_catalog o
     where o.namespace_name = $1::text and o.task_name = $2::text
       and o.task_version <> $3::text) as running_elsewhere
from (select) as always
left join v_template_catalog c
    on c.namespace_name = $1::text and c.task_name = $2::text and c.task_version = $3::text
left join lateral template_effect(c.named_task_uuid, $4::jsonb) e on c.named_task_uuid is not null
