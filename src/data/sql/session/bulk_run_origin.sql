-- Where a run begins, so that it is never taken up in another database, and when.
select
    (select system_identifier::text from pg_control_system()) as system,
    current_database()::text as database,
    now() as at
