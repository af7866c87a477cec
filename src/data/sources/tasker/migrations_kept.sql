-- Whether migrations were ever applied here.
select to_regclass('_sqlx_migrations') is not null
