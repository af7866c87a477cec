-- The error in the metadata of a transition (`failed.metadata`): arguments for coalesce(), the most exact
-- first.
nullif(failed.metadata ->> 'error_message', ''),
case jsonb_typeof(failed.metadata -> 'error')
    when 'string' then failed.metadata ->> 'error'
    when 'object' then failed.metadata #>> '{error,message}'
end,
-- the event is JSON in a string and may be truncated: takes its first message without a cast that could fail
('"' || substring(
    left(failed.metadata ->> 'event', 200000)
    from '"(?:message|data)"\s*:\s*"(?:Permanent error: )?((?:[^"\\[:cntrl:]]|\\["\\/bfnrt]|\\u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4})+)')
    || '"')::jsonb #>> '{}'
