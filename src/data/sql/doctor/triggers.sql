-- Whether each trigger that maintains deadlines, tallies, archive and log exists and is enabled.
with listed (tgname, relation) as (values
    ('deadline_begins', 'tasker_task_transitions'),
    ('deadline_ends', 'tasker_task_transitions'),
    ('deadline_goes', 'tasker_task_transitions'),
    ('deadline_is_rewritten', 'tasker_task_transitions'),
    ('deadlines_go', 'tasker_task_transitions'),
    ('deadline_follows_task', 'tasker_tasks'),
    ('tallies_follow_task', 'tasker_tasks'),
    ('deadline_follows_checkpoint', 'tasker_workflow_steps'),
    ('deadline_follows_new_checkpoint', 'tasker_workflow_steps'),
    ('steps_form_no_cycle', 'tasker_workflow_step_edges'),
    ('tallies_count_changed', 'tasker_tasks_dlq'),
    ('tallies_count_gone', 'tasker_tasks_dlq'),
    ('tallies_count_new', 'tasker_tasks_dlq'),
    ('tallies_go', 'tasker_tasks_dlq'),
    ('errors_follow_new', 'tasker_tasks_dlq'),
    ('errors_follow_changed', 'tasker_tasks_dlq'),
    ('errors_follow_gone', 'tasker_tasks_dlq'),
    ('errors_go', 'tasker_tasks_dlq'),
    ('errors_follow_task', 'tasker_tasks'),
    ('errors_follow_text', 'tasker_workflow_steps'),
    ('errors_follow_steps', 'tasker_workflow_step_transitions'),
    ('lifecycles_follow_new_templates', 'tasker_named_tasks'),
    ('lifecycles_follow_templates', 'tasker_named_tasks'),
    ('lifecycles_follow_new_settings', 'settings'),
    ('lifecycles_follow_settings', 'settings'),
    ('lifecycles_are_locked_first', 'tasker_named_tasks'),
    ('lifecycles_are_locked_first', 'settings'),
    ('deadline_follows_operator', 'operator_log'),
    ('operator_log_is_signed', 'operator_log'),
    ('operator_log_is_append_only', 'operator_log'),
    ('operator_log_is_never_truncated', 'operator_log'),
    ('notes_are_append_only', 'notes'),
    ('notes_are_never_truncated', 'notes'),
    ('sweeps_are_never_truncated', 'sweeps'),
    ('sweep_chunks_are_never_truncated', 'sweep_chunks')
),
expected as (
    select tgname, relation from listed
    union all
    -- the archive and each of its partitions
    select a.tgname, c.relname::text
    from pg_class c
    join (values
        ('tally_inserts', array['r', 'p']), ('tally_updates', array['r', 'p']),
        ('tally_deletes', array['r', 'p']), ('tally_truncation', array['r'])) as a (tgname, kinds)
        on c.relkind = any (a.kinds::"char"[])
    where c.relnamespace = 'public'::regnamespace and c.relname like 'tasker\_%\_archive%'
),
present as (
    select t.tgname::text, c.relname::text as relation, t.tgenabled, t.tgisinternal
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'dlqtop' or (n.nspname = 'public' and c.relname like 'tasker\_%')
),
missing as (
    select count(*) as n,
           coalesce(array_agg(relation || '.' || tgname order by relation, tgname), '{}') as names
    from expected e
    where not exists (
        select from present p where p.tgname = e.tgname and p.relation = e.relation)
),
silent as (
    select count(*) as n,
           coalesce(array_agg(relation || '.' || tgname order by relation, tgname), '{}') as names
    from present
    where tgenabled in ('D', 'R') and not tgisinternal
),
-- foreign keys are implemented as triggers, too
unguarded as (
    select count(distinct relation) as n,
           coalesce(array_agg(distinct relation), '{}') as names
    from present
    where tgenabled in ('D', 'R') and tgisinternal
)
select
    'wrong' as level,
    format('%s trigger(s) are missing: what they keep drifts', n) as what,
    'find out who dropped them; a database of its own with `dlqtop migrate` has them all to copy' as first,
    names as details
from missing where n > 0
union all
select
    'wrong',
    format('%s trigger(s) are disabled: what they keep drifts', n),
    'alter table TABLE enable trigger TRIGGER; then `dlqtop doctor --repair`',
    names
from silent where n > 0
union all
select
    'wrong',
    format('foreign keys of %s table(s) are not checked', n),
    'alter table TABLE enable trigger all',
    names
from unguarded where n > 0
union all
select
    'wrong',
    'this role or database is set to session_replication_role = '
        || current_setting('session_replication_role') || ': no trigger fires for it',
    'alter role ROLE reset session_replication_role; then `dlqtop doctor --repair`',
    '{}'
where current_setting('session_replication_role') = 'replica'
union all
select
    'fine', format('%s triggers keep deadlines, tallies, groups, archive and log in step', (select count(*) from expected)),
    null, '{}'
where not exists (select from missing where n > 0)
  and not exists (select from silent where n > 0)
  and not exists (select from unguarded where n > 0)
  and current_setting('session_replication_role') <> 'replica'
