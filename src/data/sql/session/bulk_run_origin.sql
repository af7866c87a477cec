-- The server, database and time at which a bulk run starts, so that it is never resumed in another database.
select
    (select system_identifier::text from pg_control_system()) as system,
    current_database()::text as database,
    now() as at
