-- `failure.error`: the error `told.whole` without the ending that the orchestrator adds when a step is going to be
-- retried, so that it is the same error when the last attempt fails.
cross join lateral (
    select case
        when right(told.whole, 12) = ' - retryable' then left(told.whole, -12)
        else told.whole
    end as error
) failure
