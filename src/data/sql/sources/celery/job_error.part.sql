-- `told.error`: what went wrong with row `job` (exception_class, error_message, traceback), whole: its message
-- behind the name of its exception, which most messages leave out; without a message its traceback, or else that
-- name.
cross join lateral (
    select
        job.error_message::text as message,
        nullif(substring(job.exception_class::text from '[^.]+$'), '') as class,
        ltrim(left(job.error_message::text, 1000), E' \t\r\n') as beginning
    offset 0
) said
cross join lateral (
    select {error:case
        when said.beginning is null or said.beginning = ''
            then coalesce(nullif(btrim(job.traceback::text, E' \t\r\n'), ''), said.class)
        when said.class is null
            or said.beginning like 'Traceback (most recent call%'
            or left(said.beginning, length(said.class)) = said.class
            or left(said.beginning, length(job.exception_class::text)) = job.exception_class::text
            then said.message
        else said.class || ': ' || ltrim(said.message, E' \t\r\n')
    end} as error
    offset 0
) told
