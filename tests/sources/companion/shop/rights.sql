select has_table_privilege('{table:jobs}', 'update') as may_act, false as may_sweep
