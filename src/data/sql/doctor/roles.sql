-- The three roles, and the grants each of them needs.
with roles as (
    select name, to_regrole(name)::oid as oid
    from unnest(array['dlqtop_viewer', 'dlqtop_operator', 'dlqtop_detector']) as name
),
functions (role, proname) as (values
    ('dlqtop_viewer', 'task_steps'),
    ('dlqtop_viewer', 'settings_in_force'),
    ('dlqtop_viewer', 'detector_state'),
    ('dlqtop_viewer', 'sweep_preview'),
    ('dlqtop_viewer', 'sweep_verdict'),
    ('dlqtop_viewer', 'limit_that_disarms'),
    ('dlqtop_viewer', 'unread_errors'),
    ('dlqtop_operator', 'task_steps'),
    ('dlqtop_operator', 'settings_in_force'),
    ('dlqtop_operator', 'detector_state'),
    ('dlqtop_operator', 'sweep_preview'),
    ('dlqtop_operator', 'sweep_verdict'),
    ('dlqtop_operator', 'limit_that_disarms'),
    ('dlqtop_operator', 'unread_errors'),
    ('dlqtop_operator', 'store_fingerprints'),
    ('dlqtop_operator', 'arm_detector'),
    ('dlqtop_operator', 'disarm_detector'),
    ('dlqtop_operator', 'confirm_sweep'),
    ('dlqtop_operator', 'undo_sweep'),
    ('dlqtop_operator', 'act_on_step'),
    ('dlqtop_operator', 'reset_for_retry'),
    ('dlqtop_operator', 'resolve_manually'),
    ('dlqtop_operator', 'complete_manually'),
    ('dlqtop_operator', 'cancel_step'),
    ('dlqtop_operator', 'set_step_limits'),
    ('dlqtop_operator', 'resume_task'),
    ('dlqtop_operator', 'cancel_task'),
    ('dlqtop_operator', 'update_investigation'),
    ('dlqtop_operator', 'reopen_investigation'),
    ('dlqtop_operator', 'add_investigation_note'),
    ('dlqtop_operator', 'send_to_dlq'),
    ('dlqtop_operator', 'log_refused_act'),
    ('dlqtop_operator', 'apply_template'),
    ('dlqtop_operator', 'own_entry'),
    ('dlqtop_operator', 'release_entry'),
    ('dlqtop_operator', 'snooze_entry'),
    ('dlqtop_operator', 'unsnooze_entry'),
    ('dlqtop_detector', 'detect_and_transition_stale_tasks'),
    ('dlqtop_detector', 'record_sweep'),
    ('dlqtop_detector', 'settings_in_force'),
    ('dlqtop_detector', 'detector_state'),
    ('dlqtop_detector', 'sweep_preview'),
    ('dlqtop_detector', 'sweep_verdict'),
    ('dlqtop_detector', 'limit_that_disarms'),
    ('dlqtop_detector', 'unread_errors'),
    ('dlqtop_detector', 'store_fingerprints'),
    ('dlqtop_detector', 'archive_batch'),
    ('dlqtop_detector', 'archive_policies'),
    ('dlqtop_detector', 'archive_policy_batch')
),
lacking as (
    select r.name, v.view as what
    from roles r
    cross join unnest(dlqtop.views_to_read()) as v (view)
    left join pg_class c on c.relnamespace = 'public'::regnamespace and c.relname = v.view
    where r.oid is not null
      and (r.name <> 'dlqtop_detector'
           or v.view in ('v_settings', 'v_dlq_counts', 'v_archive_statistics', 'v_detector', 'v_sweeps',
                        'v_error_store'))
      and not coalesce(has_table_privilege(r.oid, c.oid, 'select'), false)
    union all
    select r.name, 'dlqtop.migrations'
    from roles r
    join pg_class c on c.relnamespace = to_regnamespace('dlqtop')::oid and c.relname = 'migrations'
    where r.oid is not null and not has_table_privilege(r.oid, c.oid, 'select')
    union all
    select r.name, f.proname || '()'
    from roles r
    join functions f on f.role = r.name
    left join pg_proc p
        on p.proname = f.proname
        and p.pronamespace in ('public'::regnamespace, to_regnamespace('dlqtop'))
        and p.proowner = (select nspowner from pg_namespace where nspname = 'dlqtop')
    where r.oid is not null
      and not coalesce(has_function_privilege(r.oid, p.oid, 'execute'), false)
    union all
    select name, 'schema dlqtop'
    from roles
    where oid is not null
      and not coalesce(has_schema_privilege(oid, to_regnamespace('dlqtop')::oid, 'usage'), false)
)
select
    'warning' as level,
    format('there is no role %s to grant', name) as what,
    format('as an administrator: create role %s nologin; select dlqtop.grant_roles()', name) as first,
    '{}'::text[] as details
from roles
where oid is null
union all
select
    'wrong',
    format('%s lacks %s right(s)', name, count(*)),
    'as the owner of the schema: select dlqtop.grant_roles()',
    (array_agg(what order by what))[1:5]
from lacking
group by name
union all
select 'fine', string_agg(name, ', ' order by name) || ' have what is theirs', null, '{}'
from roles
having bool_and(oid is not null) and not exists (select from lacking)
