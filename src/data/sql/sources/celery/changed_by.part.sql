-- `changed_by` and `changed_at`: who changed the job first and when, according to the last note (`said.parts`).
said.parts[2] as changed_by,
case when left(said.parts[1], 4) > '0000' and substr(said.parts[1], 6, 2) between '01' and '12'
    then (make_date(left(said.parts[1], 4)::int, substr(said.parts[1], 6, 2)::int, 1)
          + (substr(said.parts[1], 9, 2)::int - 1))::timestamp at time zone 'UTC'
         + make_interval(hours => substr(said.parts[1], 12, 2)::int,
                         mins => substr(said.parts[1], 15, 2)::int,
                         secs => right(said.parts[1], 2)::int)
end as changed_at
