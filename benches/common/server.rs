//! The private server of a bench, its databases and connections.

use color_eyre::Result;
use dlqtop::data::native::migrate;
use dlqtop::data::private_postgres::{Options, PrivatePostgres};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};

use super::report::progress;
use super::sql;

/// What a server with a few gigabytes to spare is given. Sorts fit into memory and compiling is
/// off, which favours the plain side. Tables are vacuumed when the bench says so and not in between.
pub const SETTINGS: [(&str, &str); 8] = [
    ("shared_buffers", "1GB"),
    ("work_mem", "64MB"),
    ("maintenance_work_mem", "512MB"),
    ("effective_cache_size", "8GB"),
    ("random_page_cost", "1.1"),
    ("max_wal_size", "2GB"),
    ("autovacuum", "off"),
    ("jit", "off"),
];

/// A running server. It ends with this process, whatever happens.
pub struct Server(PrivatePostgres);

impl Server {
    /// Starts it. `DURABLE=1` makes its commits wait for the disk.
    pub async fn start() -> Result<Self> {
        let mut options = Options::new(env!("CARGO_BIN_EXE_dlqtop").into());
        options.extra_settings = SETTINGS
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        if durable() {
            options
                .extra_settings
                .extend(["fsync", "full_page_writes"].map(|name| (name.into(), "on".into())));
        }
        Ok(Self(PrivatePostgres::start(options).await?))
    }

    /// Which PostgreSQL it is.
    pub fn version(&self) -> String {
        self.0.server_version().to_string()
    }

    /// How the program itself would connect.
    pub fn options(&self, database: &str) -> PgConnectOptions {
        self.0.connect_options(database)
    }

    /// A connection of the bench's own.
    pub async fn connect(&self, database: &str) -> Result<PgConnection> {
        let options = self.options(database).application_name("bench");
        let mut db = options.connect().await?;
        db.execute("set search_path to public").await?;
        Ok(db)
    }

    /// A migrated database without rows.
    pub async fn create(&self, name: &str) -> Result<()> {
        self.administer(format!("create database {name}")).await?;
        let mut db = self.options(name).connect().await?;
        migrate::apply(&mut db).await?;
        db.close().await?;
        Ok(())
    }

    /// A database without anything.
    #[allow(dead_code, reason = "each bench uses what it needs")]
    pub async fn create_empty(&self, name: &str) -> Result<()> {
        self.administer(format!("create database {name} template template0"))
            .await
    }

    /// The same rows once more, in the same places.
    pub async fn copy(&self, from: &str, name: &str) -> Result<()> {
        self.administer(format!(
            "create database {name} template {from} strategy file_copy"
        ))
        .await
    }

    /// Frees the space of a copy.
    pub async fn remove(&self, name: &str) -> Result<()> {
        self.administer(format!("drop database {name} (force)"))
            .await
    }

    async fn administer(&self, statement: String) -> Result<()> {
        let mut db = self.connect("postgres").await?;
        db.execute(AssertSqlSafe(statement)).await?;
        db.close().await?;
        Ok(())
    }

    /// Stops it. Its guard removes the folder, which may take longer than anybody waits for.
    pub async fn stop(self) {
        if let Err(error) = self.0.stop().await {
            progress(&error.to_string());
        }
    }
}

/// Whether commits wait for the disk.
pub fn durable() -> bool {
    std::env::var("DURABLE").is_ok_and(|value| value == "1")
}

/// Blocks of tables and indexes that all sessions have asked for so far. `None` before
/// PostgreSQL 15, which does not publish them in time.
pub async fn blocks(db: &mut PgConnection) -> Result<Option<i64>> {
    if db
        .server_version_num()
        .is_none_or(|version| version < 150_000)
    {
        return Ok(None);
    }
    sqlx::query(sql!("flush_statistics"))
        .persistent(false)
        .execute(&mut *db)
        .await?;
    let blocks = sqlx::query_scalar(sql!("blocks"))
        .persistent(false)
        .fetch_one(db)
        .await?;
    Ok(Some(blocks))
}

/// How many were asked for since then.
pub async fn blocks_since(db: &mut PgConnection, before: Option<i64>) -> Result<Option<i32>> {
    let after = blocks(db).await?;
    let touched = before.zip(after).map(|(before, after)| after - before);
    Ok(touched.map(i32::try_from).transpose()?)
}
