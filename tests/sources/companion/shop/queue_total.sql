select count(*) as rows, false as is_estimate from {table:jobs} where status = 'failed'
