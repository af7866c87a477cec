-- Which tenant's jobs this session sees, and whether row-level security may hide others.
select
    case
        when not row_security_active('{table:failed_jobs}'::regclass) then 'all tenants'
        when coalesce(current_setting('app.current_tenant_id', true), '') = '' then 'no tenant'
        else 'tenant ' || current_setting('app.current_tenant_id', true)
    end as seeing,
    row_security_active('{table:failed_jobs}'::regclass) as may_hide
