//! From one profile's database to another's without leaving the terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use support::database::Database;
use support::eventually::eventually;
use support::home::write_private;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, ROOT};
use tempfile::TempDir;

/// How many connections of dlqtop there are to this database.
async fn connected(db: &Database) -> i64 {
    db.one(
        "select count(*) from pg_stat_activity
         where datname = current_database() and application_name = 'dlqtop'",
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dashboard_goes_on_with_another_database_and_stays_where_it_is_if_it_cannot() {
    let (one, two) = (Database::new().await, Database::new().await);
    let folder = TempDir::new().unwrap();
    let kept = folder.path().join("two.url");
    fs::write(&kept, two.url()).unwrap();
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o600)).unwrap();
    let config = folder.path().join("config.toml");
    let text = format!(
        "[profiles.one]\ndatabase_url = '{}'\nactor = 'ana'\n\
         [profiles.two]\ndatabase_url_file = '{}'\nproduction = true\nactor = 'bob'\n\
         [profiles.broken]\ndatabase_url = 'postgres://x@127.0.0.1:1/nowhere'\n",
        one.url(),
        kept.display(),
    );
    write_private(&config, text);
    let config = config.display().to_string();
    let mut screen = PseudoTerminal::dlqtop(&["--config", &config, "--profile", "one"], LARGE);
    let (first, second) = (
        one.options.get_database().unwrap(),
        two.options.get_database().unwrap(),
    );
    screen.wait("the first database", |shown| {
        shown.contains(first) && shown.contains("rw") && shown.contains("ana")
    });

    screen.type_keys(":profile broken\r");
    screen.wait_for("could not switch: could not connect");
    screen.wait("the first database", |shown| shown.contains(first));
    assert!(connected(&one).await >= 1);

    screen.type_keys(":profile twoo\r");
    screen.wait_for("no profile twoo; choose from broken, one, two");
    screen.type_keys("\x1b");
    screen.wait("no box", |shown| shown.contains(ROOT));

    screen.type_keys(":profile two\r");
    screen.wait("the second database", |shown| {
        shown.contains(second)
            && shown.contains("PRODUCTION")
            && shown.contains("bob")
            && shown.contains("· db ")
            && !shown.contains(first)
    });
    let left = eventually(Duration::from_secs(20), async || {
        (connected(&one).await == 0).then_some(())
    });
    assert!(left.await.is_some(), "the first database is left");

    screen.type_keys(":profile one\r");
    screen.wait("the first database again", |shown| {
        shown.contains(first) && shown.contains("this is one now") && !shown.contains("PRODUCTION")
    });
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    assert!(screen.is_restored());
}
