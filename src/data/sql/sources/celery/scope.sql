-- Which tenant's jobs this session sees, and whether row-level security may hide others.
select
    case
        when not row_security_active('{table:failed_jobs}'::regclass) then 'all tenants'
        -- without a policy that permits, nothing is seen
        when not exists (
            select from pg_policy p
            where p.polrelid = '{table:failed_jobs}'::regclass and p.polpermissive and p.polcmd in ('r', '*')
              and exists (
                  select from unnest(p.polroles) as role
                  where role = 0 or pg_has_role(role, 'usage')))
            then 'nothing: no row-level policy lets this role see a row'
        when coalesce(current_setting('app.current_tenant_id', true), '') = '' then 'no tenant'
        else 'tenant ' || current_setting('app.current_tenant_id', true)
    end as seeing,
    row_security_active('{table:failed_jobs}'::regclass) as may_hide
