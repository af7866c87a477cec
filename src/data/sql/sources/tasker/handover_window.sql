-- The period of the handover by the database's clock, and the numbers at its end.
-- $1 period in seconds
select
    now() as until,
    now() - $1::float8 * interval '1 second' as since,
    (select count(*) from public.v_dlq_entries
     where dlq_timestamp >= now() - $1::float8 * interval '1 second') as opened,
    (select count(*) from public.v_dlq_entries
     where resolution_timestamp >= now() - $1::float8 * interval '1 second') as closed,
    coalesce((select sum(entries)::bigint from public.v_dlq_counts where resolution_status = 'pending'), 0)
        as pending,
    (select coalesce(dlqtop.sane_instant(min(dlq_timestamp)), 'epoch') from public.v_dlq_pending
     having min(dlq_timestamp) is not null) as oldest_pending
