-- The plain numbers.
select * from plain.v_dlq_dashboard
