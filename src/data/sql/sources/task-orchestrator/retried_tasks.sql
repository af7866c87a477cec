-- What became of tasks that were requeued. The system does not record requeues, so the row itself has to tell:
-- requeueing clears the columns that a worker writes. If the task waits and one of them is set, it has run
-- since, failed, and waits for its next attempt.
-- $1 batch   $2 tasks
select
    asked.id,
    coalesce(t.status::text, 'gone') as state,
    case
        when t.id is null then 'gone'
        when t.status::text = 'completed' then 'passed'
        when came_back.here then 'failed_again'
    end as verdict,
    case when came_back.here then {error:t.last_error} end as error,
    coalesce(t.status::text in ('completed', 'failed', 'dead_letter'), true) as settled
from unnest($2::uuid[]) as asked (id)
left join {table:tasks} t on {has_id:t.id = asked.id}
cross join lateral (
    select t.status::text in ('failed', 'dead_letter')
        or (t.status::text = 'pending'
            and num_nonnulls(t.next_retry_at, t.claimed_at, t.started_at) > 0) as here
) came_back
where $1::uuid is not null
