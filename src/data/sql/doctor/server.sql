-- Version, encoding, and whether this is a standby.
with server as (
    select
        current_setting('server_version_num')::int / 10000 as major,
        split_part(current_setting('server_version'), ' ', 1) as version,
        pg_encoding_to_char(d.encoding) as encoding,
        case when pg_is_in_recovery() then 'a standby: it can be read, not written'
            else 'a primary' end as kind
    from pg_database d
    where d.datname = current_database()
)
select
    case when major < 14 then 'wrong' when major > 18 then 'warning' else 'fine' end as level,
    format('PostgreSQL %s, %s, %s', version, encoding, kind) as what,
    case
        when major < 14 then 'upgrade the server: dlqtop needs PostgreSQL 14 or later'
        when major > 18 then 'look for a newer dlqtop: this one was made for PostgreSQL 14 to 18'
    end as first,
    '{}'::text[] as details
from server
union all
select
    'wrong',
    format('the database is encoded in %s', encoding),
    'move it to a database made with encoding UTF8: names and errors come in any script',
    '{}'
from server
where encoding <> 'UTF8'
