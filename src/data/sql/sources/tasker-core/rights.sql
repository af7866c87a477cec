-- What the current role may do: act on steps and tasks, and write entries. Sweeping is left to the system
-- itself.
select
    has_table_privilege('{table:workflow_step_transitions}', 'update')
        and has_table_privilege('{table:workflow_step_transitions}', 'insert')
        and has_table_privilege('{table:workflow_steps}', 'update')
        and has_table_privilege('{table:task_transitions}', 'update')
        and has_table_privilege('{table:task_transitions}', 'insert')
        and has_table_privilege('{table:tasks_dlq}', 'update')
        and has_table_privilege('{table:tasks_dlq}', 'insert') as may_act,
    false as may_sweep
