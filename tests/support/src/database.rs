//! A real PostgreSQL for each test binary, and a database of its own, already migrated, for each
//! test.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use dlqtop::data::native::migrate;
use dlqtop::data::private_postgres::PrivatePostgres;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use crate::server::options;

const TEMPLATE: &str = "migrated";

/// The role that owns our schema: an ordinary one, as it should be anywhere.
pub const OWNER: &str = "tasker_owner";

/// Makes that role, if need be, and gives it the database. No other role may create in public, as
/// everybody may on PostgreSQL 14.
const ADMIT_OWNER: &str = "
do $$
begin
    create role tasker_owner nologin createrole;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
    execute format('alter database %I owner to tasker_owner', current_database());
end $$;
revoke create on schema public from public;
grant create, usage on schema public to tasker_owner";

/// Most tests let a detector act. The log of each begins with the test.
const ARMED: &str = "select dlqtop.arm_detector(0, 'tests', 'nothing is here yet');
    set session_replication_role = replica;
    delete from dlqtop.operator_log;
    reset session_replication_role";

/// The server of this test binary. It ends with the process: its guard sees to that.
struct Server {
    server: PrivatePostgres,
    // Keeps the pipes to the guard served for as long as there are tests.
    _runtime: tokio::runtime::Runtime,
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        // On a thread of its own: the tests' runtimes must not be blocked on from within.
        std::thread::spawn(start).join().unwrap()
    })
}

fn start() -> Server {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let server = runtime.block_on(async {
        let mut options = options();
        // Read by the tests that must show that nothing was written.
        options.extra_settings = vec![
            ("log_statement".into(), "mod".into()),
            ("log_line_prefix".into(), "%m [%p] %d/%a ".into()),
        ];
        let server = PrivatePostgres::start(options).await.unwrap();
        let mut db = server.connect_options("postgres").connect().await.unwrap();
        db.execute(AssertSqlSafe(format!("create database {TEMPLATE}")))
            .await
            .unwrap();
        let mut template = server.connect_options(TEMPLATE).connect().await.unwrap();
        template.execute(ADMIT_OWNER).await.unwrap();
        template.execute("set role tasker_owner").await.unwrap();
        migrate::apply(&mut template).await.unwrap();
        template.execute("reset role").await.unwrap();
        template.execute(ARMED).await.unwrap();
        // A database that somebody is connected to cannot be copied.
        template.close().await.unwrap();
        db.close().await.unwrap();
        server
    });
    Server {
        server,
        _runtime: runtime,
    }
}

/// A database of one test's own.
pub struct Database {
    /// How to connect to it.
    pub options: PgConnectOptions,
    /// Connections to it.
    pub pool: PgPool,
}

impl Database {
    /// A migrated one.
    pub async fn new() -> Self {
        Self::copied_from(&format!("{TEMPLATE} owner {OWNER}")).await
    }

    /// A migrated one as everybody finds it: sweeps are dry.
    pub async fn unarmed() -> Self {
        let db = Self::new().await;
        db.run(
            "update dlqtop.settings
             set detector_armed_at = null, detector_armed_by = null, detector_armed_reason = null",
        )
        .await;
        db
    }

    /// Lets the next sweep take any number of tasks, as if somebody had confirmed it.
    pub async fn allow_one_large_sweep(&self) {
        self.run(
            "insert into dlqtop.sweep_allowance (allowed, until)
             values (1000000, now() + interval '1 hour')
             on conflict (only_row) do update set allowed = excluded.allowed, until = excluded.until",
        )
        .await;
    }

    /// One without our schema.
    pub async fn empty() -> Self {
        Self::copied_from("template0").await
    }

    /// A copy of one that `fill` fills once for all tests of this binary.
    pub async fn filled_once(name: &str, fill: impl AsyncFnOnce(&Self)) -> Self {
        static FILLED: tokio::sync::Mutex<BTreeSet<String>> =
            tokio::sync::Mutex::const_new(BTreeSet::new());
        let name = format!("filled_{name}").replace('-', "_");
        let mut filled = FILLED.lock().await;
        if !filled.contains(&name) {
            let database = Self::created(&name, "template0").await;
            fill(&database).await;
            database.pool.close().await;
            filled.insert(name.clone());
        }
        drop(filled);
        Self::copied_from(&name).await
    }

    async fn copied_from(template: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", MADE.fetch_add(1, Ordering::Relaxed));
        Self::created(&name, template).await
    }

    async fn created(name: &str, template: &str) -> Self {
        let server = &server().server;
        let mut db = server.connect_options("postgres").connect().await.unwrap();
        // Copies of one template wait for each other; a lock of our own makes them wait rather
        // than fail.
        db.execute("select pg_advisory_lock(1)").await.unwrap();
        db.execute(AssertSqlSafe(format!(
            "create database {name} template {template}"
        )))
        .await
        .unwrap();
        db.close().await.unwrap();
        let options = server.connect_options(name);
        let pool = PgPoolOptions::new()
            .max_connections(12)
            .connect_with(options.clone())
            .await
            .unwrap();
        Self { options, pool }
    }

    /// The address to give to a `dlqtop` process.
    pub fn url(&self) -> String {
        server()
            .server
            .url(self.options.get_database().unwrap_or_default())
    }

    /// The address for the role that owns our schema, or will: it may migrate from now on.
    pub async fn owners_url(&self) -> String {
        self.run(ADMIT_OWNER).await;
        format!("{}&options[role]={OWNER}", self.url())
    }

    /// Which server this is: `PostgreSQL 15.18`.
    pub async fn server_version(&self) -> String {
        self.one("select 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)")
            .await
    }

    /// What programs of this name did in this database, by the server's log: statements that
    /// change something by their own wording, and those that were refused.
    pub fn logged_by(&self, application: &str) -> Vec<String> {
        let database = self.options.get_database().unwrap_or_default();
        let wanted = format!("] {database}/{application} ");
        let log = std::fs::read(server().server.log_path()).unwrap();
        let log = String::from_utf8_lossy(&log);
        log.lines()
            .filter(|line| line.contains(&wanted))
            .filter(|line| {
                let kinds = [" LOG:  statement: ", " LOG:  execute ", " ERROR: "];
                kinds.iter().any(|kind| line.contains(kind))
            })
            .map(str::to_owned)
            .collect()
    }

    /// Every statement that programs of this name sent to this database, in full and in order, each
    /// with its session. Only where the database logs all of them.
    pub fn statements_of(&self, application: &str) -> Vec<(String, String)> {
        let database = self.options.get_database().unwrap_or_default();
        let wanted = format!("] {database}/{application} ");
        let log = std::fs::read(server().server.log_path()).unwrap();
        let mut statements: Vec<(String, String)> = Vec::new();
        let mut inside = false;
        for line in String::from_utf8_lossy(&log).lines() {
            if inside && let Some(more) = line.strip_prefix('\t') {
                let (_, statement) = statements.last_mut().unwrap();
                statement.push('\n');
                statement.push_str(more);
                continue;
            }
            let said = line.split_once(&wanted).and_then(|(before, said)| {
                let (_, session) = before.rsplit_once('[')?;
                let said = said.strip_prefix("LOG:  ")?;
                let (kind, statement) = said.split_once(": ")?;
                let runs = kind == "statement" || kind.starts_with("execute ");
                runs.then(|| (session.to_owned(), statement.to_owned()))
            });
            inside = said.is_some();
            statements.extend(said);
        }
        statements
    }

    /// What the server has said about clients of this database that did not listen.
    pub fn complaints(&self) -> Vec<String> {
        let database = self.options.get_database().unwrap_or_default();
        let ours = format!("] {database}/dlqtop ");
        let log = std::fs::read(server().server.log_path()).unwrap();
        let log = String::from_utf8_lossy(&log);
        let unheard = ["could not send data to client", "connection to client lost"];
        log.lines()
            .filter(|line| line.contains(&ours) && unheard.iter().any(|said| line.contains(said)))
            .map(str::to_owned)
            .collect()
    }

    /// Runs statements that set the scene.
    pub async fn run(&self, sql: &str) {
        self.pool
            .execute(AssertSqlSafe(sql.to_owned()))
            .await
            .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }

    /// One value.
    pub async fn one<T>(&self, sql: &str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.pool)
            .await
            .unwrap_or_else(|error| panic!("{error}\n{sql}"))
    }
}
