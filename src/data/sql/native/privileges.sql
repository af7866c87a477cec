-- What the current role may do.
with may as (
    select
        (select oid from pg_class
         where relnamespace = to_regnamespace('public') and relname = 'v_dlq_investigation_queue') as queue,
        (select oid from pg_namespace where nspname = 'dlqtop') as own
),
functions as (
    select n.nspname || '.' || p.proname as name,
           bool_or(has_function_privilege(p.oid, 'execute')) as may
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where (n.nspname = 'public' and p.proname in (
              'act_on_step', 'detect_and_transition_stale_tasks', 'configure'))
       or (n.nspname = 'dlqtop' and p.proname = 'repair')
    group by 1
)
select
    current_user::text as role,
    session_user::text as login,
    coalesce(has_table_privilege(may.queue, 'select'), false) as view,
    coalesce((select f.may from functions f where name = 'public.act_on_step'), false) as act,
    coalesce((select f.may from functions f
              where name = 'public.detect_and_transition_stale_tasks'), false) as sweep,
    coalesce((select f.may from functions f where name = 'public.configure'), false) as configure,
    coalesce(has_schema_privilege(may.own, 'usage')
             and (select f.may from functions f where name = 'dlqtop.repair'), false) as repair
from may
