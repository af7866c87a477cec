-- What the current role may do.
with may as (
    select (
        select oid from pg_class
        where relnamespace = to_regnamespace('public') and relname = 'v_dlq_investigation_queue') as queue
),
functions as (
    select p.proname as name,
           bool_or(has_schema_privilege(n.oid, 'usage')
                   and has_function_privilege(p.oid, 'execute')) as may
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'dlqtop' and p.proname in (
        'act_on_step', 'detect_and_transition_stale_tasks', 'configure', 'repair')
    group by 1
)
select
    current_user::text as role,
    session_user::text as login,
    coalesce(has_table_privilege(may.queue, 'select'), false) as view,
    coalesce((select f.may from functions f where name = 'act_on_step'), false) as act,
    coalesce((select f.may from functions f
              where name = 'detect_and_transition_stale_tasks'), false) as sweep,
    coalesce((select f.may from functions f where name = 'configure'), false) as configure,
    coalesce((select f.may from functions f where name = 'repair'), false) as repair
from may
