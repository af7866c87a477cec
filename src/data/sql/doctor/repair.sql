-- Keeps anew what has drifted, and logs it.
-- $1 what: deadlines, tallies or archive; $2 who; $3 why
select dlqtop.repair($1, $2, $3)
