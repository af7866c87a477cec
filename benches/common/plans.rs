//! How the server carries out what is measured: `PLANS=folder` keeps `explain (analyze, buffers)`
//! of every statement of a poll there.

use std::fs;
use std::path::{Path, PathBuf};

use color_eyre::Result;
use dlqtop::data::model::pg_timestamp::PgTimestamp;
use dlqtop::data::source::SourceCatalog;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::report::progress;

/// The statements of a poll begin like this.
const POLLED: [&str; 5] = ["counts", "staleness", "queue", "stats_", "log"];
/// What else a poll costs, and what it is compared with.
const OTHERS: [&str; 4] = [
    "src/data/sql/session/session.sql",
    "benches/sql/plain_staleness.sql",
    "benches/sql/plain_queue.sql",
    "benches/sql/plain_dashboard.sql",
];
/// The parameter that most of them take: how many rows.
const ROWS: i64 = 100;

/// Where to keep them, if they are wanted.
pub fn wanted() -> Option<PathBuf> {
    std::env::var_os("PLANS").map(PathBuf::from)
}

/// Keeps the plans of all statements of a poll and of the plain ones.
pub async fn keep(db: &mut PgConnection, folder: &Path, suffix: &str) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (name, statement) in statements()? {
        match plan(db, &statement).await {
            Ok(plan) => fs::write(folder.join(format!("{name}{suffix}.txt")), plan)?,
            Err(error) => progress(&format!("no plan of {name}: {error}")),
        }
    }
    Ok(())
}

/// The statements to explain: those of a poll with their parts in place, and the plain ones.
fn statements() -> Result<Vec<(String, String)>> {
    let catalog = SourceCatalog::embedded();
    let native = catalog.kinds.into_iter().find(|kind| kind.name == "tasker");
    let native = native.map(|kind| kind.files).unwrap_or_default();
    let mut statements: Vec<_> = native
        .into_iter()
        .filter(|(name, _)| POLLED.iter().any(|prefix| name.starts_with(prefix)))
        .filter(|(name, _)| !name.starts_with("log_"))
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in OTHERS {
        let path = root.join(file);
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        statements.push((name.into_owned(), fs::read_to_string(&path)?));
    }
    Ok(statements)
}

async fn plan(db: &mut PgConnection, statement: &str) -> Result<String> {
    let explain = AssertSqlSafe(format!("explain (analyze, buffers) {statement}"));
    let mut query = sqlx::query(explain).persistent(false);
    if statement.contains("$1::bigint") {
        query = query.bind(ROWS);
    }
    if statement.contains("$2::timestamptz") {
        // The first page.
        query = query.bind(PgTimestamp::FIRST).bind(Uuid::nil());
    }
    let lines = query.fetch_all(db).await?;
    let lines: Result<Vec<String>, _> = lines.iter().map(|row| row.try_get(0)).collect();
    Ok(lines?.join("\n"))
}
