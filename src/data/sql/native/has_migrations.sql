-- Whether migrations were ever applied to this database.
select to_regclass('public._sqlx_migrations') is not null
