-- State changes of a task and of its steps, newest first.
-- $1 task   $2 row limit
select
    coalesce(case when h.created_at between '0001-01-02' and '9999-12-30' then h.created_at at time zone 'UTC' end, 'epoch') as created_at,
    h.step_name,
    h.from_state,
    h.to_state,
    h.processor,
    {error:h.reason} as reason
from (
    select
        tr.created_at,
        null::text as step_name,
        tr.from_state::text as from_state,
        tr.to_state::text as to_state,
        coalesce(tr.transition_metadata ->> 'cancelled_by', tr.transition_metadata ->> 'reset_by',
                 tr.processor_uuid::text) as processor,
        coalesce(tr.transition_metadata ->> 'reason', tr.metadata ->> 'reason') as reason,
        tr.sort_key
    from {table:task_transitions} tr
    where tr.task_uuid = $1::uuid
    union all
    select
        st.created_at,
        n.name::text,
        st.from_state::text,
        st.to_state::text,
        coalesce(
            st.metadata ->> 'reset_by', st.metadata ->> 'resolved_by', st.metadata ->> 'completed_by',
            st.metadata ->> 'cancelled_by', st.metadata ->> 'worker_uuid'),
        coalesce(
            nullif(st.metadata ->> 'reason', ''),
            nullif(st.metadata ->> 'error_message', ''),
            case jsonb_typeof(st.metadata -> 'error') when 'string' then st.metadata ->> 'error' end,
            ('"' || substring(
                left(st.metadata ->> 'event', 200000)
                from '"(?:message|data)"\s*:\s*"(?:Permanent error: )?((?:[^"\\[:cntrl:]]|\\["\\/bfnrt]|\\u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4})+)')
                || '"')::jsonb #>> '{}'),
        st.sort_key
    from {table:workflow_steps} s
    join {table:named_steps} n using (named_step_uuid)
    join {table:workflow_step_transitions} st using (workflow_step_uuid)
    where s.task_uuid = $1::uuid
) h
order by h.created_at desc, h.sort_key desc, h.step_name
limit $2::bigint
