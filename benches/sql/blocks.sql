-- Blocks of this database that were asked for, in the cache or not, by all sessions so far.
select blks_hit + blks_read from pg_stat_database where datname = current_database()
