-- A stranger's database: three roles, and objects in public whose names are like ours, and none of which is.
do $$
declare
    role text;
begin
    foreach role in array array['shop_owner', 'shop_app', 'shop_reader'] loop
        begin
            execute format('create role %I nologin', role);
        exception when duplicate_object or unique_violation then null;
        end;
    end loop;
    grant shop_reader to shop_app;
end
$$;
grant create on schema public to shop_owner;
set role shop_owner;

-- 1, 2: functions with names of ours and other arguments; everybody may execute them, and one role by name
create function public.update_investigation(p_id int) returns int language sql as 'select p_id';
create function public.reset_for_retry(p_id int) returns int language plpgsql as 'begin return p_id; end';
grant execute on function public.reset_for_retry(int) to shop_app;
-- 3-7: names of ours that stand in schema dlqtop, even with the very arguments
create function public.configure(p jsonb, actor text, reason text) returns int language sql as 'select 1';
create function public.claim_step(p_id int) returns int language sql security definer set search_path = pg_catalog as 'select 2';
create function public.task_state(p_id uuid) returns text language sql stable as $$ select 'open' $$;
create function public.keep_tallies(name text) returns text language sql as 'select name';
create procedure public.archive_batch(days int) language sql as 'select 1';
revoke execute on function public.claim_step(int) from public;
grant execute on function public.claim_step(int) to shop_app;
-- 8: an aggregate
create aggregate public.worst(int) (sfunc = int4larger, stype = int);
-- 9-12: types
create type public.taken as (a int, b text);
create type public.dlq_status as enum ('open', 'closed');
create domain public.tally as int check (value >= 0);
create type public.span_of_work as range (subtype = int);
-- 13-14: operators, one of them for what the system's own takes with a conversion
create function public.never(a int, b text) returns boolean language sql immutable as 'select false';
create operator public.<> (leftarg = int, rightarg = text, function = public.never);
create operator public.=== (leftarg = int, rightarg = text, function = public.never);
-- 15-21: tables, a sequence and an index with names that we have in schema dlqtop
create table public.orders (id bigint generated always as identity primary key, note text, made_at timestamptz default now());
create table public.settings (name text primary key, value text);
create table public.notes (note_id bigint, body text);
create table public.claims (order_id bigint references public.orders (id), owner text);
create table public.tasker_orders (id int primary key, context jsonb);
create table public._sqlx_migrations (
    version bigint primary key, description text not null, installed_on timestamptz not null default now(),
    success boolean not null, checksum bytea not null, execution_time bigint not null);
create sequence public.sweeps;
create index operator_log_by_time on public.orders (made_at);
alter table public.notes enable row level security;
create policy own_notes on public.notes for select to shop_reader using (note_id > 0);
-- 22-26: views, some by the pattern of ours
create view public.v_orders as select id, note from public.orders;
create view public.v_sales_overview with (security_barrier) as select count(*) as orders from public.orders;
create view public.v_settings_of_shop as select * from public.settings;
create materialized view public.v_totals as select count(*) as orders from public.orders;
create view public.dlq as select 1 as one;
grant select on public.v_orders to shop_reader;
grant select, insert, update on public.orders to shop_app;
-- 27-28: a trigger and its function
create function public.deadline_begins() returns trigger language plpgsql as 'begin return new; end';
create trigger deadline_begins before insert on public.orders for each row execute function public.deadline_begins();
-- 29-31: the names and arguments of ours, in a schema of the stranger's own
reset role;
create schema shop authorization shop_owner;
set role shop_owner;
create function shop.reset_for_retry(uuid, text, text, text, uuid) returns text language sql as $$ select 'shop' $$;
create view shop.v_dlq_dashboard as select 1 as one;
create type shop.dlq_reason as enum ('late');
alter default privileges for role shop_owner in schema public grant select on tables to shop_reader;

insert into public.orders (note) select 'order ' || n from generate_series(1, 100) n;
insert into public.settings values ('max_waiting_for_retry_minutes', '7');
insert into public._sqlx_migrations values (20251101000001, 'orders', now(), true, '', 1);
refresh materialized view public.v_totals;
reset role;
revoke create on schema public from shop_owner
