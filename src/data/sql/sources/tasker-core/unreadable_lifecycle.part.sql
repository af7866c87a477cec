-- The lifecycle keys of template `nt` whose values cannot be read, so that the defaults count.
select key
from jsonb_each_text(case when jsonb_typeof(nt.configuration -> 'lifecycle') = 'object'
                     then nt.configuration -> 'lifecycle' end) as l (key, value)
where value is not null
  and case
      when key in ('max_waiting_for_dependencies_minutes', 'max_waiting_for_retry_minutes',
                   'max_steps_in_process_minutes')
          then value !~ '^\s*[+-]?[0-9]{1,9}\s*$'
      when key = 'staleness_action' then value not in ('dlq', 'alert')
      else false
  end
