-- Recalculates what triggers maintain, as after a restore, because rows were written with triggers disabled.
-- Does nothing in a schema without triggers.
do $$
declare
    f text;
begin
    foreach f in array array['dlqtop.rebuild_lifecycles()', 'dlqtop.rebuild_deadlines()',
                             'dlqtop.rebuild_tallies()', 'dlqtop.rebuild_error_groups()'] loop
        if to_regprocedure(f) is not null then
            execute format('select %s', f);
        end if;
    end loop;
end
$$;
