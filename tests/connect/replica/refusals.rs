//! What is wrong with a replica is said before the screen is taken.

use dlqtop::data::private_postgres::PrivatePostgres;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use support::database::Database;
use support::dlqtop::asked;
use support::pseudo_terminal::PseudoTerminal;

use super::standby::Standby;

/// The last words of a dashboard that does not open.
fn refused(primary: &str, replica: &str) -> (u32, String) {
    let arguments = ["--database-url", primary, "--read-url", replica];
    let mut screen = PseudoTerminal::dlqtop(&arguments, (200, 20));
    let code = screen.exit_code();
    let raw = screen.raw();
    assert!(!raw.contains("\x1b[?1049h"), "it took the screen: {raw:?}");
    (code, raw)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_cannot_be_read_or_is_another_databases_is_refused() {
    let db = Database::new().await;
    let standby = Standby::of(&db).await;
    let url = db.url();
    let name = db.options.get_database().unwrap();

    let (code, said) = refused(&url, "postgres://ana@localhost/prod?host=/nowhere");
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("the replica (--read-url): could not connect"));
    let (code, said) = refused(&url, "mysql://ana:secret9731@localhost/prod");
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("the read URL begins with mysql://"), "{said}");
    assert!(!said.contains("secret9731"), "{said}");
    let (code, said) = refused(&url, &standby.server.url("postgres"));
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("the replica (--read-url): this database has no Tasker schema"));
    let (code, said) = refused(&url, &standby.server.url("migrated"));
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("does not follow this database"), "{said}");

    // A standby of somebody else's server, with a database of the same name.
    let mut other = PrivatePostgres::start(support::server::options())
        .await
        .unwrap();
    let mut server = other.connect_options("postgres").connect().await.unwrap();
    server
        .execute(AssertSqlSafe(format!("create database {name}")))
        .await
        .unwrap();
    let mut theirs = other.connect_options(name).connect().await.unwrap();
    dlqtop::data::native::migrate::apply(&mut theirs)
        .await
        .unwrap();
    theirs.close().await.unwrap();
    server.close().await.unwrap();
    other.stop_server().await.unwrap();
    std::fs::write(other.folder().join("data/standby.signal"), "").unwrap();
    other.start_server().await.unwrap();
    let (code, said) = refused(&url, &other.url(name));
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("it is a standby of another one"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_write_say_that_the_server_is_a_standby() {
    let db = Database::new().await;
    let standby = Standby::of(&db).await;
    let run = asked(&standby.url(), &["archive"]);
    run.expect_complaint(3, &["standby", "archive on the primary"]);
    let counted = asked(&standby.url(), &["archive", "--dry-run"]);
    assert!(counted.expect_answer().contains("would move 0 tasks"));
    // Commands that are asked once read where they are told to.
    let queue = asked(&standby.url(), &["queue"]);
    assert_eq!(queue.expect_answer(), "0 of 0 open investigations\n");
}
