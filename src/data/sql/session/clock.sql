-- The database's clock, because the rows are dated by it and not by the client's.
select now()
