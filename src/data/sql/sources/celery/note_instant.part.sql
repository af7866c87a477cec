-- `noted.at`: the date of a note (`said.at`) as an instant; null if the month is not valid. Days and hours out
-- of range carry over.
cross join lateral (
    select case when left(said.at, 4) > '0000' and substr(said.at, 6, 2) between '01' and '12'
        then (make_date(left(said.at, 4)::int, substr(said.at, 6, 2)::int, 1)
              + (substr(said.at, 9, 2)::int - 1))::timestamp at time zone 'UTC'
             + make_interval(hours => substr(said.at, 12, 2)::int,
                             mins => substr(said.at, 15, 2)::int,
                             secs => right(said.at, 2)::int)
    end as at
    offset 0
) noted
