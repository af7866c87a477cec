-- The archive's policies and how many days each keeps its tasks; null keeps for ever.
select policy, retention_days from dlqtop.archive_policies()
