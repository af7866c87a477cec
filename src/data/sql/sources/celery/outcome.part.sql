-- `outcome`: the one of `verdict v`, or refused if row-level security kept the row from being changed.
case
    when v.id is null then 'refused'
    when v.outcome = 'done' and t.id is null then 'refused'
    else v.outcome
end as outcome
