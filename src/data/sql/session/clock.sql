-- The database's clock: it dates the rows, whatever the client's says.
select now()
