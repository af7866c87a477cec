-- How many investigations are open.
select coalesce(sum(entries), 0)::bigint from v_dlq_counts where resolution_status = 'pending'
