-- Whether the indexes that guard invariants or serve the screens exist, and all indexes are valid.
with expected (relname, why) as (values
    ('task_has_one_present_state', 'unique'),
    ('step_has_one_present_state', 'unique'),
    ('task_has_one_pending_entry', 'unique'),
    ('act_is_done_once', 'unique'),
    ('task_transition_order_is_unique', 'unique'),
    ('step_transition_order_is_unique', 'unique'),
    ('step_name_is_unique_in_its_task', 'unique'),
    ('namespace_name_is_unique', 'unique'),
    ('template_is_unique_in_its_namespace', 'unique'),
    ('deadlines_by_breach', 'fast'),
    ('deadlines_by_warning', 'fast'),
    ('entries_by_priority', 'fast'),
    ('entries_pending', 'fast'),
    ('entries_by_task', 'fast'),
    ('sweeps_by_time', 'fast')
),
present as (
    select i.relname::text, t.relname::text as relation, x.indisunique,
           x.indisvalid and x.indisready and x.indislive as valid
    from pg_index x
    join pg_class i on i.oid = x.indexrelid
    join pg_class t on t.oid = x.indrelid
    join pg_namespace n on n.oid = t.relnamespace
    where n.nspname = 'dlqtop' or (n.nspname = 'public' and t.relname like 'tasker\_%')
),
problem as (
    select
        case when e.why = 'unique' then 'wrong' else 'warning' end as level,
        case when e.why = 'unique'
            then 'unique indexes are missing: nothing prevents what must not be twice'
            else 'indexes are missing: lists grow slow with the number of tasks' end as what,
        'find out who dropped them; a database of its own with `dlqtop migrate` has them all to copy'
            as first,
        e.relname as name
    from expected e
    where not exists (select from present p where p.relname = e.relname)
    union all
    select
        case when p.indisunique then 'wrong' else 'warning' end,
        'indexes are invalid: they cost every write and are not used',
        'reindex index concurrently INDEX; if that fails, the table has rows that must not be twice',
        p.relname
    from present p
    where not p.valid
)
select level, what, first, array_agg(name order by name) as details
from problem
group by level, what, first
union all
select 'fine', format('%s indexes, all valid', (select count(*) from present)), null, '{}'
where not exists (select from problem)
