-- Makes every sweep dry from now on; false if none could act before.
-- $1 actor   $2 reason
select dlqtop.disarm_detector($1::text, $2::text)
