-- The state that this batch left this subject in, if it has already acted on it.
-- $1 source   $2 batch   $3 subject   $4 action
select coalesce(after, '')
from dlqtop.operator_log
where source = $1::text and batch = $2::uuid and subject_uuid = $3::uuid and action = $4::text
  and outcome = 'done'
limit 1
