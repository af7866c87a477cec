select id from {table:jobs} where id = $1::uuid
