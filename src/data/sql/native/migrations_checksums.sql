-- The checksum of each applied migration.
select version, checksum from dlqtop.migrations where success order by version
