-- What kind of session this is: the database, the version of the server, and whether it can write.
select
    current_database()::text as database,
    current_setting('server_version') as server_version,
    pg_is_in_recovery() as in_recovery,
    current_setting('default_transaction_read_only') = 'on' as read_only_by_default
