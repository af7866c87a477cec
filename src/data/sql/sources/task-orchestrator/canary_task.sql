-- What became of a task that was requeued. The system does not record requeues, so the row itself has to tell:
-- requeueing clears the columns that a worker writes. If the task waits and one of them is set, it has run
-- since, failed, and waits for its next attempt.
-- $1 batch   $2 task
select
    t.status::text as state,
    case
        when t.status::text = 'completed' then 'well'
        when came_back.here then 'badly'
    end as verdict,
    case when came_back.here then {error:t.last_error} end as error
from {table:tasks} t
cross join lateral (
    select t.status::text in ('failed', 'dead_letter')
        or (t.status::text = 'pending'
            and num_nonnulls(t.next_retry_at, t.claimed_at, t.started_at) > 0) as here
) came_back
where t.id = $2::uuid and $1::uuid is not null
