-- How many tasks the staleness list would hold without its limit.
select tasks from v_staleness_total
