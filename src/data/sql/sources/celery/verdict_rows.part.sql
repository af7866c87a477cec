-- The row of an act's answer: `verdict v`, the `changed` row (t), and if someone else changed the job first,
-- the last dated note (`said.parts`: when and who).
from (values (1)) one
left join verdict v on true
left join changed t on true
left join lateral (
    select regexp_match(
        right(v.notes, 20000),
        '.*(?:^|\n)\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC\] ((?:[^\n:]|:(?! ))+): ') as parts
    where v.outcome = 'changed'
    offset 0
) said on true
