-- Whether migrations were ever applied here.
select to_regclass('public._sqlx_migrations') is not null
