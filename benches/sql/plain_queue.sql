-- A screen of the plain queue.
select * from plain.v_dlq_investigation_queue limit 500
