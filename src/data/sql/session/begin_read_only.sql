-- All panes read from one snapshot, and nothing can be written.
begin isolation level repeatable read read only
