-- How far a streaming replica is behind: caught up if everything received is replayed, otherwise the age of the
-- newest commit it shows, which also grows while the primary is idle.
select
    pg_is_in_recovery() as standby,
    -- a disconnected replica has replayed all it received, but does not know what it misses
    exists (select from pg_stat_wal_receiver where pid is not null) as receiving,
    coalesce(pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn(), false) as caught_up,
    extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 as seconds_behind
