-- The versions of the migrations that were applied completely.
select version from dlqtop.migrations where success order by version
