-- Changes settings; returns the names of those that changed.
-- $1 settings by column   $2 actor   $3 reason
select dlqtop.configure($1::jsonb, $2::text, $3::text)
