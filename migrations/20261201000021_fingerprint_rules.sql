-- Rules of the fingerprint that all share: a list of objects as `[[fingerprint.rules]]` has them. Stored
-- fingerprints are made with them, so they are a setting of the database and not of a machine.
alter table dlqtop.settings
    add column fingerprint_rules jsonb not null default '[]',
    add constraint fingerprint_rules_are_a_bounded_list check (
        jsonb_typeof(fingerprint_rules) = 'array' and octet_length(fingerprint_rules::text) <= 65536);

-- The view names its columns when it is made: the new one comes last.
create or replace view public.v_settings as select * from dlqtop.settings;

-- Refuses names that are not settings and values of the wrong type. Whether a value makes sense is up to
-- the constraints of the table.
create or replace function dlqtop.require_settings(p_settings jsonb) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    given record;
begin
    if jsonb_typeof(p_settings) is distinct from 'object' then
        raise exception 'settings are a JSON object of names and values'
            using errcode = 'invalid_parameter_value';
    end if;
    for given in
        select
            s.key as name,
            s.value,
            c.atttypid as type,
            case c.atttypid
                when 'boolean'::regtype then 'true or false'
                when 'int'::regtype then 'a whole number'
                when 'jsonb'::regtype then 'a list'
                else 'a number'
            end || case when c.attnotnull then '' else ', or null' end as wanted,
            case
                when s.value = 'null' then not c.attnotnull
                when c.atttypid = 'boolean'::regtype then jsonb_typeof(s.value) = 'boolean'
                when c.atttypid = 'jsonb'::regtype then jsonb_typeof(s.value) = 'array'
                when jsonb_typeof(s.value) <> 'number' then false
                when c.atttypid = 'int'::regtype then s.value #>> '{}' ~ '^-?[0-9]+$'
                else true
            end as fits
        from jsonb_each(p_settings) s
        left join pg_attribute c
            on c.attrelid = 'dlqtop.settings'::regclass and c.attname = s.key
            and c.attnum > 0 and not c.attisdropped
            and c.attname not in ('only_row', 'updated_at', 'detector_armed_at', 'detector_armed_by',
                                  'detector_armed_reason')
        order by s.key
    loop
        if given.type is null then
            raise exception 'there is no setting %', given.name
                using errcode = 'invalid_parameter_value';
        end if;
        if not given.fits then
            raise exception '% cannot be %: it is %', given.name, given.value, given.wanted
                using errcode = 'invalid_parameter_value';
        end if;
    end loop;
end
$$;
