-- Upgrades the companion schema from version 2: its log, notes and samples know the tenant. Of earlier lines and
-- notes nobody knows it, so only those see them who see all tenants.
begin;
set local lock_timeout = '3s';
set local statement_timeout = '10s';

alter table dlqtop.operator_log add column tenant text;
alter table dlqtop.notes add column tenant text;
alter table dlqtop.samples add column tenant text not null default '*';
alter table dlqtop.samples drop constraint samples_pkey;
alter table dlqtop.samples add primary key (source, tenant, at);

-- Whoever may write a line or a note may write its tenant.
do $$
declare
    writer record;
begin
    for writer in
        select distinct
            c.relname,
            case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end as role
        from pg_catalog.pg_attribute f
        join pg_catalog.pg_class c on c.oid = f.attrelid
        cross join lateral pg_catalog.aclexplode(f.attacl) as a
        where c.oid in ('dlqtop.operator_log'::regclass, 'dlqtop.notes'::regclass)
          and f.attname in ('outcome', 'body') and a.privilege_type = 'INSERT'
    loop
        execute format('grant insert (tenant) on dlqtop.%I to %s', writer.relname, writer.role);
    end loop;
end
$$;

insert into dlqtop.installed (version, source)
select 3, source from dlqtop.installed order by version desc limit 1;
commit;
