//! What the tests here have in common: databases with something in them, and looking at processes.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use dlqtop::demo;
use sqlx::Connection as _;

use crate::database::Database;
use crate::eventually::eventually;
use crate::pseudo_terminal::PseudoTerminal;

/// Large enough for three panes side by side and all hints.
pub const LARGE: (u16, u16) = (160, 45);
/// A hint that only the dashboard itself has, with no box over it.
pub const ROOT: &str = "Enter open";

/// A database with the demo's history, and nobody at work in it.
pub async fn with_history() -> Database {
    let db = Database::new().await;
    demo::prepare(&db.pool, 3).await.unwrap();
    db
}

/// The dashboard on a database, waited for.
pub fn dashboard(db: &Database, more: &[&str], size: (u16, u16)) -> PseudoTerminal {
    let url = db.url();
    let mut arguments = vec!["--database-url", &url];
    arguments.extend(more);
    let screen = PseudoTerminal::dlqtop(&arguments, size);
    screen.wait_for("· db ");
    screen
}

/// A process's state letter, as in `ps`; none when it is gone.
pub fn process_state(process: i32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    after_name.chars().next()
}

/// The processes whose working directory is in `folder`, as the server's are, or that have it in
/// their arguments, as its guard has.
pub fn processes_of(folder: &str) -> Vec<PathBuf> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    processes
        .map(|entry| entry.path())
        .filter(|process| {
            let there = fs::read_link(process.join("cwd")).unwrap_or_default();
            let said = fs::read(process.join("cmdline")).unwrap_or_default();
            there.starts_with(folder) || String::from_utf8_lossy(&said).contains(folder)
        })
        .collect()
}

/// Everything that was ever written in this database, by table. Waits for all others to have left
/// it: what they did is counted when they go.
pub async fn writes(db: &Database) -> Vec<(String, i64)> {
    let options = db.options.clone().application_name("counter");
    let mut counter = sqlx::PgConnection::connect_with(&options).await.unwrap();
    let alone = eventually(Duration::from_secs(30), async || {
        let others: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()
                 and backend_type = 'client backend'",
        )
        .fetch_one(&mut counter)
        .await
        .unwrap();
        (others == 0).then_some(())
    });
    assert!(alone.await.is_some(), "somebody stays connected");
    sqlx::query_as(
        "select relid::regclass::text, n_tup_ins + n_tup_upd + n_tup_del
         from pg_stat_user_tables order by 1",
    )
    .fetch_all(&mut counter)
    .await
    .unwrap()
}
