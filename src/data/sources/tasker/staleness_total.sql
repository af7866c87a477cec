-- How many tasks the staleness list would hold without its limit.
select coalesce(sum(stale + warning + healthy + suspect), 0)::bigint from v_staleness_counts
