-- The blocks of this database that all sessions have read so far, from the cache or not.
select blks_hit + blks_read from pg_stat_database where datname = current_database()
