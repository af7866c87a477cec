-- An operator cancels a task.
-- $1 uuid: task, $2 text: expected state, $3 text: actor, $4 text: reason
select outcome from dlqtop.cancel_task($1::uuid, $2::text, $3::text, $4::text)
