-- All panes from one snapshot, and no way to write.
begin isolation level repeatable read read only
