-- Recalculates what has drifted, and logs that.
-- $1 what: deadlines, tallies or archive; $2 who; $3 why
select dlqtop.repair($1, $2, $3)
