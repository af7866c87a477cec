-- Rows were written with the triggers aside: what triggers keep is made anew, as after a restore.
-- A schema that keeps nothing has nothing to make.
do $$
declare
    f text;
begin
    foreach f in array array['dlqtop.rebuild_lifecycles()', 'dlqtop.rebuild_deadlines()',
                             'dlqtop.rebuild_tallies()'] loop
        if to_regprocedure(f) is not null then
            execute format('select %s', f);
        end if;
    end loop;
end
$$;
