-- What kind of session this is: where, how old the server, and whether it only reads.
select
    current_database()::text as database,
    current_setting('server_version') as server_version,
    pg_is_in_recovery() as in_recovery,
    current_setting('default_transaction_read_only') = 'on' as read_only_by_default
