-- Whether a pre-release of dlqtop has applied migrations here. Their versions are in this range; another
-- program may keep its own in the same table.
select exists (
    select from public._sqlx_migrations where version between 20261121000001 and 20261122000018
)
