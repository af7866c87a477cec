-- Drops what `dlqtop install` has made and nothing else: an object that depends on it makes this fail.
begin;
set local lock_timeout = '3s';
set local statement_timeout = '10s';

drop table dlqtop.operator_log;
drop table dlqtop.notes;
drop table dlqtop.claims;
drop table dlqtop.snoozes;
drop table dlqtop.samples;
drop table dlqtop.installed;
drop table dlqtop.actors;
drop function dlqtop.refuse_rewriting();
drop function dlqtop.sign();
drop schema dlqtop;

commit;
