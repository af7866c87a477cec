-- Who else may use what `dlqtop install` has made.
begin;
set local lock_timeout = '3s';
set local statement_timeout = '10s';
{grants}
commit;
