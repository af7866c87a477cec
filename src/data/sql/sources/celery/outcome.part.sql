-- `outcome`: that of `verdict v`, unless the role could not change the row: then row-level security hides it.
case
    when v.id is null then 'refused'
    when v.outcome = 'done' and t.id is null then 'refused'
    else v.outcome
end as outcome
