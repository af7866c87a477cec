//! What a role that may create something in public can plant there is never run by the owner.

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use support::database::Database;
use support::scene::DeadLetter;
use tokio::sync::OnceCell;

/// Roles belong to the server, and the tests make theirs at the same time.
static MALLORY: OnceCell<()> = OnceCell::const_new();

/// Who ran what was planted, each role with what it ran.
const RAN_BY_OTHERS: &str = "select coalesce(pg_catalog.array_agg(distinct who || ' ran ' || what), '{}') from public.loot where who <> 'mallory'";

/// A database with work to do, in whose public schema mallory, an operator, may create something.
async fn scene() -> (Database, DeadLetter) {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    db.in_state_since("steps_in_process", 100.0).await;
    db.blocked("HTTP 500").await;
    MALLORY
        .get_or_init(|| {
            db.run(
                "create role mallory nologin;
                 grant dlqtop_operator, dlqtop_detector to mallory",
            )
        })
        .await;
    db.run(
        "grant create on schema public to mallory;
         grant execute on function dlqtop.configure(jsonb, text, text) to mallory",
    )
    .await;
    let mut mallory = as_mallory(&db).connect().await.unwrap();
    plant(
        &mut mallory,
        "create table public.loot (who text, what text);
         grant insert on public.loot to public;
         create function public.took(what text) returns void language sql as
             $$ insert into public.loot values (current_user, what) $$",
    )
    .await;
    (db, dead)
}

fn as_mallory(db: &Database) -> PgConnectOptions {
    db.options.clone().options([("role", "mallory")])
}

async fn plant(mallory: &mut PgConnection, sql: &str) {
    mallory
        .execute(AssertSqlSafe(sql.to_owned()))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Calls what runs with the owner's rights, as mallory in this session, then what workers call, as
/// the owner. An act that is refused must be refused by a rule of the schema.
async fn acts(db: &Database, dead: &DeadLetter, mallory: &mut PgConnection) {
    let (task, step, entry) = (dead.task, dead.step, dead.entry);
    for act in [
        format!("dlqtop.own_entry('{entry}', 1, 'mallory', 'mine', 60)"),
        format!("dlqtop.snooze_entry('{entry}', 1, 'mallory', 'later', 60, null)"),
        format!("dlqtop.unsnooze_entry('{entry}', 1, 'mallory', 'now')"),
        format!("dlqtop.release_entry('{entry}', 1, 'mallory', 'done')"),
        format!("dlqtop.add_investigation_note('{entry}', 'mallory', 'look')"),
        format!("dlqtop.update_investigation('{entry}', 1, 'cancelled', 'mallory', 'x')"),
        format!("dlqtop.reopen_investigation('{entry}', 2, 'mallory', 'x')"),
        format!("dlqtop.update_investigation('{entry}', 3, 'cancelled', 'mallory', 'x')"),
        format!("dlqtop.set_step_limits('{step}', 'error', 'mallory', 'slow', 5, 60)"),
        format!("dlqtop.act_on_step('reset_for_retry', '{step}', 'error', 'mallory', 'x')"),
        format!("dlqtop.cancel_task('{task}', 'enqueuing_steps', 'mallory', 'x')"),
        "dlqtop.configure('{\"archive_cancelled_days\": 0, \"archive_resolved_entries_days\": 0}', 'mallory', 'x')".to_owned(),
        "dlqtop.apply_template('pay', 'new', '1.0.0', '{}', null, 'mallory', 'x')".to_owned(),
        "dlqtop.arm_detector(10, 'mallory', 'x')".to_owned(),
        "dlqtop.detect_and_transition_stale_tasks(false)".to_owned(),
        "dlqtop.record_sweep('mallory', 1, 0, 0, 0, 0, false)".to_owned(),
        "dlqtop.archive_batch(10, false)".to_owned(),
        "dlqtop.settings_in_force()".to_owned(),
        format!("dlqtop.task_steps('{task}')"),
    ] {
        mallory
            .execute(AssertSqlSafe(format!("select {act}")))
            .await
            .unwrap_or_else(|error| panic!("{act}: {error}"));
    }
    for work in [
        "dlqtop.create_task('pay', 'charge')",
        "dlqtop.advance_tasks('orchestrator')",
        "dlqtop.fail_step(c.workflow_step_uuid, 'w1', 'boom') from dlqtop.claim_step('w1', 'pay') c",
        "dlqtop.fail_overdue_steps('orchestrator')",
        "count(*) from public.v_staleness_list where sweep_takes",
        "count(*) from public.v_dlq_investigation_queue",
    ] {
        db.run(&format!("select {work}")).await;
    }
}

/// Operators that fit better than PostgreSQL's own wherever one of these types meets another.
#[tokio::test]
async fn an_operator_in_public_is_not_used_by_the_owner() {
    let (db, dead) = scene().await;
    let mut mallory = as_mallory(&db).connect().await.unwrap();
    for (left, sign, right, gives) in [
        (
            "public.dlq_resolution_status",
            "<>",
            "public.dlq_resolution_status",
            "boolean",
        ),
        (
            "public.dlq_resolution_status",
            "=",
            "public.dlq_resolution_status",
            "boolean",
        ),
        ("public.dlq_reason", "=", "public.dlq_reason", "boolean"),
        ("public.dlq_reason", "<>", "public.dlq_reason", "boolean"),
    ] {
        plant(
            &mut mallory,
            &format!(
                "create function public.better_{n}(a {left}, b {right}) returns {gives} language plpgsql as $$
                 begin perform public.took('{left} {sign} {right}'); return a::text {sign} b::text; end $$;
                 create operator public.{sign} (leftarg = {left}, rightarg = {right}, function = public.better_{n})",
                n = if sign == "=" { "equal" } else { "other" },
            ),
        )
        .await;
    }
    plant(
        &mut mallory,
        "create function public.times(a int, b interval) returns interval language plpgsql as $$
         begin perform public.took('int * interval'); return a::float8 operator(pg_catalog.*) b; end $$;
         create operator public.* (leftarg = int, rightarg = interval, function = public.times)",
    )
    .await;
    acts(&db, &dead, &mut mallory).await;
    let ran: Vec<String> = db.one(RAN_BY_OTHERS).await;
    assert!(ran.is_empty(), "{ran:#?}");
}

/// The seven that stand in public are dropped too, where nothing in the schema depends on them.
#[tokio::test]
async fn a_function_of_the_same_name_in_public_is_not_called_by_the_owner() {
    let (db, dead) = scene().await;
    let mut mallory = as_mallory(&db).connect().await.unwrap();
    let functions: Vec<(String, String, String, bool)> = sqlx::query_as(
        "select quote_ident(p.proname), pg_get_function_identity_arguments(p.oid),
                pg_get_function_result(p.oid), p.pronamespace = 'public'::regnamespace
         from pg_proc p
         where p.pronamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
           and p.proname <> 'took' and p.prokind = 'f'
         order by p.pronamespace = 'public'::regnamespace, p.oid",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let mut planted = 0;
    for (name, takes, gives, is_public) in &functions {
        if *is_public && !drop_function(&db, name, takes).await {
            continue;
        }
        let sql = format!(
            "create function public.{name}({takes}) returns {gives} language plpgsql as $$
             begin perform public.took('{name}'); return; end $$"
        );
        // One whose answer a body without a value cannot give.
        let with_null = sql.replace("return; end", "return null; end");
        for sql in [sql, with_null] {
            planted += usize::from(mallory.execute(AssertSqlSafe(sql)).await.is_ok());
        }
    }
    assert!(planted > 80, "{planted}");
    acts(&db, &dead, &mut mallory).await;
    let ran: Vec<String> = db.one(RAN_BY_OTHERS).await;
    assert!(ran.is_empty(), "{ran:#?}");
}

async fn drop_function(db: &Database, name: &str, takes: &str) -> bool {
    let sql = format!("drop function public.{name}({takes})");
    db.pool.execute(AssertSqlSafe(sql)).await.is_ok()
}

/// Temporary tables of every name that the schema has, whose triggers would run as whoever writes.
#[tokio::test]
async fn a_temporary_table_is_not_written_to_in_place_of_the_real_one() {
    let (db, dead) = scene().await;
    let mut mallory = as_mallory(&db).connect().await.unwrap();
    plant(
        &mut mallory,
        "create function public.seen() returns trigger language plpgsql as
             $$ begin perform public.took(tg_table_name); return null; end $$",
    )
    .await;
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select c.relname::text, string_agg(format('%I %s', a.attname,
                    format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
         from pg_class c
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where c.relnamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)
           and c.relkind in ('r', 'p', 'v') and c.relname <> 'loot'
         group by c.oid",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert!(tables.len() > 50, "{}", tables.len());
    for (name, columns) in tables {
        plant(
            &mut mallory,
            &format!(
                "create temp table {name} ({columns});
                 grant all on pg_temp.{name} to public;
                 create trigger seen after insert or update or delete on pg_temp.{name}
                     for each statement execute function public.seen()"
            ),
        )
        .await;
    }
    acts(&db, &dead, &mut mallory).await;
    let ran: Vec<String> = db.one(RAN_BY_OTHERS).await;
    assert!(ran.is_empty(), "{ran:#?}");
}

/// Aggregates of every name that PostgreSQL has, for exactly the types that its own take, or for types that fit
/// better than "any".
#[tokio::test]
async fn an_aggregate_in_public_is_not_used_by_the_owner() {
    let (db, dead) = scene().await;
    let mut mallory = as_mallory(&db).connect().await.unwrap();
    let taken: Vec<(String, String)> = sqlx::query_as(
        "select distinct quote_ident(p.proname), takes
         from pg_proc p
         cross join lateral unnest(
             case when p.pronargs = 0 then array['*']
                 when pg_get_function_identity_arguments(p.oid) ~ 'any|ORDER BY|internal'
                     then array['uuid', 'text', 'int', 'timestamptz', 'jsonb', 'boolean', 'float8']
                 else array[pg_get_function_identity_arguments(p.oid)] end) as takes
         where p.prokind = 'a' and p.pronamespace = 'pg_catalog'::regnamespace",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let mut planted = 0;
    for (n, (name, takes)) in taken.iter().enumerate() {
        let also = if takes == "*" {
            String::new()
        } else {
            format!(", {takes}")
        };
        let sql = format!(
            "create function public.step_{n}(state bigint{also}) returns bigint language plpgsql as
                 $$ begin perform public.took('{name}({takes})'); return state; end $$;
             create aggregate public.{name}({takes}) (sfunc = public.step_{n}, stype = bigint, initcond = '0')"
        );
        planted += usize::from(mallory.execute(AssertSqlSafe(sql)).await.is_ok());
    }
    assert!(planted > 100, "{planted} of {}", taken.len());
    acts(&db, &dead, &mut mallory).await;
    let ran: Vec<String> = db.one(RAN_BY_OTHERS).await;
    assert!(ran.is_empty(), "{ran:#?}");
}

/// A type of mallory's own, with a cast to and from each type that the schema has values of.
async fn plant_casts(mallory: &mut PgConnection) {
    plant(mallory, "create type public.bait as (value text)").await;
    for (n, of) in [
        "text",
        "uuid",
        "int",
        "float8",
        "timestamptz",
        "interval",
        "jsonb",
        "boolean",
    ]
    .iter()
    .enumerate()
    {
        plant(
            mallory,
            &format!(
                "create function public.to_bait_{n}(v {of}) returns public.bait language plpgsql as
                     $$ begin perform public.took('{of} to bait'); return row(v::text)::public.bait; end $$;
                 create function public.of_bait_{n}(v public.bait) returns {of} language plpgsql as
                     $$ begin perform public.took('bait to {of}'); return v.value::{of}; end $$;
                 create cast ({of} as public.bait) with function public.to_bait_{n}({of}) as implicit;
                 create cast (public.bait as {of}) with function public.of_bait_{n}(public.bait) as implicit"
            ),
        )
        .await;
    }
}

/// Casts need a type of one's own on one side; with functions and operators that only such a cast leads to.
#[tokio::test]
async fn a_cast_to_a_planted_type_is_not_followed_by_the_owner() {
    let (db, dead) = scene().await;
    let mut mallory = as_mallory(&db).connect().await.unwrap();
    plant_casts(&mut mallory).await;
    for name in [
        "lower",
        "length",
        "now",
        "greatest_of",
        "jsonb_typeof",
        "date_part",
        "concat",
    ] {
        plant(
            &mut mallory,
            &format!(
                "create function public.{name}(v public.bait) returns public.bait language plpgsql as
                     $$ begin perform public.took('{name}'); return v; end $$"
            ),
        )
        .await;
    }
    for sign in ["=", "<>", "||", "+", "->>"] {
        plant(
            &mut mallory,
            &format!(
                "create function public.joins_{n}(a public.bait, b public.bait) returns boolean language plpgsql as
                     $$ begin perform public.took('{sign}'); return true; end $$;
                 create operator public.{sign}
                     (leftarg = public.bait, rightarg = public.bait, function = public.joins_{n})",
                n = sign.bytes().map(|byte| byte.to_string()).collect::<String>(),
            ),
        )
        .await;
    }
    acts(&db, &dead, &mut mallory).await;
    let ran: Vec<String> = db.one(RAN_BY_OTHERS).await;
    assert!(ran.is_empty(), "{ran:#?}");
}
