//! What others put into a database neither passes for a system nor runs with the rights of who looks at it.

mod near;
mod neighbours;
mod several;

use support::database::Database;
use support::dlqtop::{Run, asked, run};
use support::home::Home;

const CELERY: &str = include_str!("../../src/demo/fleets/celery/schema.sql");
const ORCHESTRATOR: &str = include_str!("../../src/demo/fleets/task-orchestrator/schema.sql");

/// The columns of Celery's failed jobs, as a view or a table of somebody's can have them.
const COLUMNS: &str = "gen_random_uuid() as id, 'x'::text as task_id, 'x'::text as task_name, 'x'::text as queue,
    'x'::text as worker, null::jsonb as task_args, null::jsonb as task_kwargs, null::uuid as tenant_id,
    'x'::text as error_type, 'x'::text as exception_class, 'x'::text as error_message, 'x'::text as traceback,
    1 as retry_count, now() as last_retry_at, 'pending'::text as status, ''::text as remediation_notes,
    null::timestamptz as resolved_at, 'x'::text as correlation_id, now() as failed_at";

/// A database with a stranger who may create in `public`, as everybody may on PostgreSQL 14.
struct Planted {
    db: Database,
    /// A role without any right but that.
    stranger: String,
    /// A role that may read everything, and nothing else.
    oncall: String,
}

impl Planted {
    /// With this besides, made by its owner.
    async fn beside(owners: &str) -> Self {
        let db = Database::empty().await;
        let name: String = db.one("select current_database()").await;
        let (stranger, oncall) = (format!("mallory_{name}"), format!("oncall_{name}"));
        db.run(&format!(
            "create role {stranger} nologin; create role {oncall} nologin;
             grant create on schema public to {stranger}; {owners}"
        ))
        .await;
        let planted = Self {
            db,
            stranger,
            oncall,
        };
        planted.may_read().await;
        planted
    }

    /// Lets the one on call read all there is.
    async fn may_read(&self) {
        let oncall = &self.oncall;
        let schemas: Vec<String> = self
            .db
            .one(
                "select array_agg(nspname::text) from pg_namespace
                 where nspname !~ '^pg_' and nspname <> 'information_schema'",
            )
            .await;
        for schema in schemas {
            let sql = format!(
                "grant usage on schema {schema} to {oncall}; grant select on all tables in schema {schema} to {oncall}"
            );
            self.db.run(&sql).await;
        }
    }

    /// Runs this as the stranger.
    async fn plant(&self, sql: &str) {
        let stranger = &self.stranger;
        self.db
            .run(&format!("set role {stranger}; {sql}; reset role"))
            .await;
        self.may_read().await;
    }

    /// Runs this as the owner; `STRANGER` stands for the stranger's name.
    async fn own(&self, sql: &str) {
        let sql = sql.replace("STRANGER", &self.stranger);
        self.db.run(&sql).await;
        self.may_read().await;
    }

    fn url(&self) -> String {
        format!("{}&options[role]={}", self.db.url(), self.oncall)
    }

    fn asked(&self, arguments: &[&str]) -> Run {
        asked(&self.url(), arguments)
    }

    /// A home whose profile `shop` is this database, with this line in it.
    fn home(&self, line: &str) -> Home {
        let url = self.url();
        Home::with(&format!(
            "[profiles.shop]\ndatabase_url = \"{url}\"\n{line}\n"
        ))
    }

    /// The line that would trust the stranger.
    fn line(&self) -> String {
        format!("trusted_owners = [\"{}\"]", self.stranger)
    }

    /// Expects every way to read the database to end with one line that has these pieces.
    fn expect_refused(&self, pieces: &[&str]) {
        for arguments in [["queue"], ["doctor"], ["log"]] {
            self.asked(&arguments).expect_complaint(3, pieces);
        }
        for arguments in [["info"], ["source"]] {
            let list = arguments == ["source"];
            let arguments = if list {
                vec!["source", "list"]
            } else {
                arguments.to_vec()
            };
            let told = self.asked(&arguments);
            for piece in pieces {
                assert!(told.stdout.contains(piece), "no {piece:?}: {told:?}");
            }
        }
    }

    /// Expects it to be read once the stranger is trusted.
    fn expect_read_with_trust(&self) {
        let trusting = self.home(&self.line());
        let told = run(&mut trusting.command(&["queue", "--profile", "shop"]));
        assert_eq!(told.code, Some(0), "{told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_looks_like_a_system_is_not_read_and_its_function_never_runs() {
    let planted = Planted::beside("").await;
    let spy = "create function public.spy() returns boolean language plpgsql as
        $$ begin raise exception 'ran as %', current_user; end $$";
    planted.plant(spy).await;
    planted
        .plant(&format!(
            "create view public.celery_task_failures as select {COLUMNS} where public.spy()"
        ))
        .await;
    let says = "celery is not read here: public.celery_task_failures is a view of mallory";
    planted.expect_refused(&[says]);
    // No trust makes a table of it, not even the database's owner's own name.
    let superuser = asked(&planted.db.url(), &["queue"]);
    superuser.expect_complaint(3, &["and only tables are read"]);
    assert!(
        !superuser.stderr.contains("trusted_owners"),
        "{superuser:?}"
    );
    let trusting = planted.home(&planted.line());
    let told = run(&mut trusting.command(&["queue", "--profile", "shop"]));
    told.expect_complaint(3, &[says]);
    let named = planted.asked(&["queue", "--source", "celery"]);
    named.expect_complaint(3, &[says]);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_materialized_view_nor_a_foreign_table_is_a_table() {
    let planted = Planted::beside("").await;
    planted
        .plant(&format!(
            "create materialized view public.celery_task_failures as select {COLUMNS}"
        ))
        .await;
    planted.expect_refused(&["public.celery_task_failures is a materialized view of mallory"]);
    planted
        .own(
            "drop materialized view public.celery_task_failures;
             create foreign data wrapper far; create server far foreign data wrapper far;
             create foreign table public.celery_task_failures (
                id uuid, task_id text, task_name text, queue text, worker text, task_args jsonb, task_kwargs jsonb,
                tenant_id uuid, error_type text, exception_class text, error_message text, traceback text,
                retry_count int, last_retry_at timestamptz, status text, remediation_notes text,
                resolved_at timestamptz, correlation_id text, failed_at timestamptz) server far",
        )
        .await;
    // Whoever made it.
    planted.expect_refused(&["public.celery_task_failures is a foreign table of "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_a_stranger_s_is_read_only_if_a_profile_trusts_them() {
    let planted = Planted::beside("").await;
    planted
        .plant(&format!(
            "create table public.worker_failed_jobs as select {COLUMNS}"
        ))
        .await;
    let line = planted.line();
    planted.expect_refused(&[
        "the table public.worker_failed_jobs belongs to mallory",
        &line,
    ]);
    planted.expect_read_with_trust();
    let other = planted.home("trusted_owners = [\"somebody\"]");
    let told = run(&mut other.command(&["queue", "--profile", "shop"]));
    let both = format!("trusted_owners = [\"{}\", \"somebody\"]", planted.stranger);
    told.expect_complaint(3, &[&both]);
    let wrong = planted.home("trusted_owners = []");
    let told = run(&mut wrong.command(&["queue", "--profile", "shop"]));
    assert_eq!(told.code, Some(2), "{told:?}");
    assert!(told.stderr.contains("must be a list of roles"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_of_another_database_trusts_nobody_here() {
    let planted = Planted::beside("").await;
    planted
        .plant(&format!(
            "create table public.worker_failed_jobs as select {COLUMNS}"
        ))
        .await;
    let home = Home::with(&format!(
        "default_profile = \"far\"\n[profiles.far]\ndatabase_url = \"postgres://x@far.example/y\"\n{}\n",
        planted.line()
    ));
    let mut command = home.command(&["queue"]);
    let told = run(command.env("DATABASE_URL", planted.url()));
    told.expect_complaint(
        3,
        &["the table public.worker_failed_jobs belongs to mallory"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_s_owner_superusers_and_oneself_are_trusted() {
    let planted = Planted::beside("").await;
    planted
        .plant(&format!(
            "create table public.worker_failed_jobs as select {COLUMNS}"
        ))
        .await;
    // Oneself.
    let url = format!("{}&options[role]={}", planted.db.url(), planted.stranger);
    assert_eq!(asked(&url, &["queue"]).code, Some(0));
    let name: String = planted.db.one("select current_database()").await;
    let before: String = planted.db.one("select current_user").await;
    planted
        .own(&format!("alter database {name} owner to STRANGER"))
        .await;
    assert_eq!(planted.asked(&["queue"]).code, Some(0));
    planted
        .own(&format!(
            "alter database {name} owner to {before}; alter role STRANGER superuser"
        ))
        .await;
    assert_eq!(planted.asked(&["queue"]).code, Some(0));
    planted.own("alter role STRANGER nosuperuser").await;
    assert_eq!(planted.asked(&["queue"]).code, Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_with_the_right_names_and_other_types_is_no_system() {
    let planted = Planted::beside(CELERY).await;
    assert_eq!(planted.asked(&["queue"]).code, Some(0));
    planted
        .own("alter table worker_failed_jobs alter failed_at type text")
        .await;
    let told = planted.asked(&["queue"]);
    told.expect_complaint(3, &["nothing in this database is known"]);
    let told = planted.asked(&["source", "check", "celery"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let says = "worker_failed_jobs.failed_at is text, not timestamp or timestamptz";
    assert!(told.stdout.contains(says), "{told:?}");
}
