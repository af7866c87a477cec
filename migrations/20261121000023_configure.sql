-- How the settings in force are changed: by one statement that says who and why, writes only what
-- differs, and keeps before and after in the log.

-- Who last changed a setting is asked of the log, which only ever grows.
create index operator_log_by_setting on dlqtop.operator_log (subject, at desc)
    where action = 'configure';

-- What `p_settings` would change, as text for the log.
create function dlqtop.changes_to_settings(p_settings jsonb)
returns table (setting text, before text, after text)
language sql stable
as $$
    select
        new.key,
        coalesce(old.value #>> '{}', 'for ever'),
        coalesce(new.value #>> '{}', 'for ever')
    from dlqtop.settings s
    cross join lateral jsonb_each(to_jsonb(jsonb_populate_record(s, p_settings))) new
    join lateral jsonb_each(to_jsonb(s)) old on old.key = new.key
    where new.value <> old.value
    order by new.key
$$;

-- Refuses what is no setting, or not of its type; whether the value makes sense is for the table's
-- own constraints to say.
create function dlqtop.require_settings(p_settings jsonb) returns void
language plpgsql stable
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
                else 'a number'
            end || case when c.attnotnull then '' else ', or null' end as wanted,
            case
                when s.value = 'null' then not c.attnotnull
                when c.atttypid = 'boolean'::regtype then jsonb_typeof(s.value) = 'boolean'
                when jsonb_typeof(s.value) <> 'number' then false
                when c.atttypid = 'int'::regtype then s.value #>> '{}' ~ '^-?[0-9]+$'
                else true
            end as fits
        from jsonb_each(p_settings) s
        left join pg_attribute c
            on c.attrelid = 'dlqtop.settings'::regclass and c.attname = s.key
            and c.attnum > 0 and not c.attisdropped
            and c.attname not in ('only_row', 'updated_at')
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

-- Puts settings in force, named as the columns of `dlqtop.settings`; those that are not named stay
-- as they are. Returns the names of those that changed. What is in force already is not written
-- again, not even locked, so that any number of programs can say the same thing at their start.
create function configure(p_settings jsonb, p_actor text, p_reason text)
returns text[]
language plpgsql
as $$
declare
    present dlqtop.settings;
    change  record;
    changed text[] := '{}';
begin
    perform require_actor_and_reason(p_actor, p_reason);
    perform dlqtop.require_settings(p_settings);
    if not exists (select from dlqtop.changes_to_settings(p_settings)) then
        return changed;
    end if;
    -- Whoever else configures waits here; what differs then is found by a statement of its own that
    -- sees what was committed meanwhile.
    select * into strict present from dlqtop.settings for update;
    for change in select * from dlqtop.changes_to_settings(p_settings) loop
        changed := changed || change.setting;
        perform dlqtop.log_act(
            p_actor, 'configure', change.setting, null, null, p_reason, null, change.before,
            change.after, 'done');
    end loop;
    if changed <> '{}' then
        execute (
            select 'update dlqtop.settings set '
                || string_agg(format('%1$I = ($1).%1$I', name), ', ')
                || ', updated_at = now()'
            from unnest(changed) name)
        using jsonb_populate_record(present, p_settings);
    end if;
    return changed;
end
$$;

revoke execute on function configure(jsonb, text, text) from public;
