-- Recalculates what has drifted, and logs that.
-- $1 what: deadlines, tallies, archive or groups; $2 who; $3 why
select dlqtop.repair($1, $2, $3)
