-- Writes one version of a template.
-- $1 namespace   $2 name   $3 version   $4 configuration   $5 expected configuration, or null
-- $6 actor   $7 reason
select outcome, changed_by, dlqtop.sane_instant(changed_at) as changed_at
from dlqtop.apply_template(
    $1::text, $2::text, $3::text, $4::jsonb, $5::jsonb, $6::text, $7::text)
