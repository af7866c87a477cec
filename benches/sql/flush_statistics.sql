-- Makes the statistics of this session visible at the end of this statement. PostgreSQL 15 and later.
select pg_stat_force_next_flush()
