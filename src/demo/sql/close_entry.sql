-- An operator closes an entry.
-- $1 uuid: entry, $2 int: expected version, $3 text: status, $4 text: actor, $5 text: notes
select outcome from dlqtop.update_investigation($1::uuid, $2::int, $3::text, $4::text, $5::text)
