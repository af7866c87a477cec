//! How the server carries out what is measured: `PLANS=folder` keeps `explain (analyze, buffers)`
//! of every statement of a poll there.

use std::fs;
use std::path::{Path, PathBuf};

use color_eyre::Result;
use dlqtop::data::model::pg_timestamp::PgTimestamp;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::report::progress;

/// The statements of a poll begin like this.
const POLLED: [&str; 5] = ["counts", "staleness", "queue", "stats_", "log."];
/// The parameter that most of them take: how many rows.
const ROWS: i64 = 100;

/// Where to keep them, if they are wanted.
pub fn wanted() -> Option<PathBuf> {
    std::env::var_os("PLANS").map(PathBuf::from)
}

/// Keeps the plans of all statements of a poll and of the plain ones.
pub async fn keep(db: &mut PgConnection, folder: &Path, suffix: &str) -> Result<()> {
    fs::create_dir_all(folder)?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for (place, prefixes) in [
        ("src/data/sources/tasker", &POLLED[..]),
        ("src/data/statements", &["session."]),
        (
            "benches/sql",
            &["plain_staleness", "plain_queue", "plain_dashboard"],
        ),
    ] {
        for entry in fs::read_dir(root.join(place))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if prefixes.iter().any(|prefix| name.starts_with(prefix)) {
                files.push(path);
            }
        }
    }
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        match plan(db, &fs::read_to_string(&file)?).await {
            Ok(plan) => fs::write(folder.join(format!("{name}{suffix}.txt")), plan)?,
            Err(error) => progress(&format!("no plan of {name}: {error}")),
        }
    }
    Ok(())
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
