-- Grants roles the use of the companion schema.
begin;
set local lock_timeout = '3s';
set local statement_timeout = '10s';
{grants}
commit;
