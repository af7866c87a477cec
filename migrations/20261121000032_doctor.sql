-- What `dlqtop doctor` looks at, and what it may put right.

-- Where what is kept differs from what it is kept of. Looks at every task that is under way and every
-- entry there is: for a doctor, not for a screen.
create view v_drift as select kept, subject, problem from dlqtop.drift;

-- Changes to the tallies that no sweep has added up.
create view v_tally_changes as select count(*) as changes from dlqtop.tallies;

-- Keeps anew what has drifted, and says so in the log. Whoever writes there waits until it is done.
create function dlqtop.repair(p_kept text, p_actor text, p_reason text) returns void
language plpgsql
as $$
begin
    perform require_actor_and_reason(p_actor, p_reason);
    case p_kept
        when 'deadlines' then perform dlqtop.rebuild_deadlines();
        when 'tallies' then perform dlqtop.rebuild_tallies();
        when 'archive' then perform dlqtop.recount_archive();
        else
            raise exception 'nothing here is called %', p_kept
                using errcode = 'invalid_parameter_value';
    end case;
    perform dlqtop.log_act(
        p_actor, 'repair', p_kept, null, null, p_reason, null, null, null, 'done');
end
$$;
revoke execute on function dlqtop.repair(text, text, text) from public;

select dlqtop.grant_roles();
