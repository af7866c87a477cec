//! A standby of the test binary's server, with a guard of its own.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::Once;
use std::time::Duration;

use dlqtop::data::private_postgres::{PrivatePostgres, SUPERUSER};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Executor as _};
use support::database::Database;
use support::eventually::eventually;
use support::server::options;

/// A server that follows the one of a test's database.
pub struct Standby {
    /// The server.
    pub server: PrivatePostgres,
    /// How to connect to the copy of the test's database.
    pub options: PgConnectOptions,
    pool: PgPool,
    database: String,
}

impl Standby {
    /// Copies the primary as it is, and follows it from there.
    pub async fn of(db: &Database) -> Self {
        let socket = db.options.get_socket().unwrap().clone();
        let database = db.options.get_database().unwrap().to_owned();
        let_replicas_in(db, &socket).await;
        // The guard keeps the folders; what `initdb` made in `data` gives way to the copy.
        let mut server = PrivatePostgres::start(options()).await.unwrap();
        server.stop_server().await.unwrap();
        let (folder, slot) = (server.folder().to_owned(), database.clone());
        empty(&folder.join("data"));
        tokio::task::spawn_blocking(move || base_backup(&folder, &socket, &slot))
            .await
            .unwrap();
        server.start_server().await.unwrap();
        let options = server.connect_options(&database);
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .connect_with(options.clone())
            .await
            .unwrap();
        Self {
            server,
            options,
            pool,
            database,
        }
    }

    /// The address to give to a `dlqtop` process.
    pub fn url(&self) -> String {
        self.server.url(&self.database)
    }

    /// Runs statements there.
    pub async fn run(&self, sql: &str) {
        self.pool
            .execute(AssertSqlSafe(sql.to_owned()))
            .await
            .unwrap();
    }

    /// A number from there.
    pub async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Takes the primary away from it, as a broken network does.
    pub async fn cut_off(&self) {
        self.run("alter system set primary_conninfo = ''").await;
        self.run("select pg_reload_conf()").await;
    }
}

/// The private server lets nobody replicate, unless told.
async fn let_replicas_in(db: &Database, socket: &Path) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hba = socket.parent().unwrap().join("hba.conf");
        let mut hba = OpenOptions::new().append(true).open(hba).unwrap();
        writeln!(hba, "local replication {SUPERUSER} trust").unwrap();
    });
    let loaded = "select extract(epoch from pg_conf_load_time())::float8";
    let before: f64 = db.one(loaded).await;
    db.run("select pg_reload_conf()").await;
    // The server reads its files a little later, and accepts nobody meanwhile.
    let read = eventually(Duration::from_secs(30), async || {
        (db.one::<f64>(loaded).await > before).then_some(())
    });
    assert!(read.await.is_some(), "the primary reads its rules");
    let rules = "select count(*) from pg_hba_file_rules where database = '{replication}'";
    assert_eq!(db.one::<i64>(rules).await, 1);
}

fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let removed = if path.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        };
        removed.unwrap();
    }
}

/// As the server's user: what it writes is the server's, and PostgreSQL will not run as root.
fn base_backup(folder: &Path, primary: &Path, slot: &str) {
    let data = folder.join("data");
    let owner = fs::metadata(&data).unwrap();
    let out = Command::new(folder.join("bin/pg_basebackup"))
        .arg("-h")
        .arg(primary)
        .args(["-p", "5432", "-U", SUPERUSER, "-X", "stream", "-c", "fast"])
        // The slot keeps the primary from forgetting what the standby has yet to read.
        .args(["-C", "-S", slot, "-R", "--no-sync", "-D"])
        .arg(&data)
        .env_clear()
        .current_dir(&data)
        .uid(owner.uid())
        .gid(owner.gid())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "pg_basebackup: {told}");
}
