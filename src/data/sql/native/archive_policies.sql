-- The archive policies and the number of days each keeps its tasks; null means for ever.
select policy, retention_days from dlqtop.archive_policies()
