//! The private server, against real processes: what it is, and that it never outlives its owner.

mod binaries;
#[cfg(feature = "embedded")]
mod download;
#[cfg(target_os = "linux")]
mod elevated;
#[cfg(feature = "embedded")]
mod mirror;
#[cfg(target_os = "linux")]
mod owner;
#[cfg(feature = "embedded")]
mod pins;
#[cfg(target_os = "linux")]
mod survival;
#[cfg(all(feature = "embedded", target_os = "linux"))]
mod usual_place;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use dlqtop::data::private_postgres::{Options, PrivatePostgres, PrivatePostgresError};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

fn options() -> Options {
    support::server::options()
}

async fn ask(options: &PgConnectOptions, question: &'static str) -> String {
    let mut connection = options.connect().await.unwrap();
    let answer = sqlx::query_scalar(question)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    answer
}

#[tokio::test]
async fn it_answers_by_options_and_by_address_and_stop_leaves_nothing() {
    let private = PrivatePostgres::start(options()).await.unwrap();
    let by_options = private.connect_options("postgres");
    assert_eq!(ask(&by_options, "select 'one'").await, "one");
    assert_eq!(
        ask(&by_options, "select current_user::text").await,
        "dlqtop"
    );

    let url = private.url("postgres");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let version: String = sqlx::query_scalar("show server_version")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let named = private.server_version().to_string();
    assert!(version.starts_with(&named), "{version} is not {named}");
    // The one that came with the server: a system may have a wrapper for others.
    let psql = support::server::found().bindir.join("psql");
    if psql.exists() {
        let psql = Command::new(psql).args(["-Atc", "select 2", &url]).output();
        let psql = psql.unwrap();
        assert_eq!(String::from_utf8_lossy(&psql.stdout), "2\n", "{psql:?}");
    }

    let folder = private.folder().to_path_buf();
    let (guard, server) = (
        private.guard_pid().unwrap(),
        private.postmaster_pid().unwrap(),
    );
    private.stop().await.unwrap();
    assert!(!folder.exists(), "{} is still there", folder.display());
    for process in [guard, server] {
        assert!(
            !Path::new(&format!("/proc/{process}")).exists(),
            "{process} still runs"
        );
    }
}

#[tokio::test]
async fn it_is_closed_to_everybody_else() {
    let mut options = options();
    options.extra_settings = vec![
        ("listen_addresses".to_owned(), "*".to_owned()),
        ("log_statement".to_owned(), "all".to_owned()),
    ];
    let private = PrivatePostgres::start(options).await.unwrap();
    let by_options = private.connect_options("postgres");

    for part in ["", "data", "socket"] {
        let is = private.folder().join(part).metadata().unwrap();
        // Others than the server's user may not even pass through.
        let closed = [0o700, 0o710].contains(&(is.mode() & 0o777));
        assert!(closed, "{part}: {:o}", is.mode());
    }
    let data = private.folder().join("data").metadata().unwrap();
    assert_ne!(data.uid(), 0, "PostgreSQL must not run as root");
    let socket = private.folder().join("socket/.s.PGSQL.5432");
    assert!(socket.exists() && socket.as_os_str().len() < 100);

    assert_eq!(ask(&by_options, "show listen_addresses").await, "");
    let lines = fs::read_to_string(private.folder().join("data/postmaster.pid")).unwrap();
    assert_eq!(lines.lines().nth(5), Some(""), "it listens on TCP: {lines}");

    ask(
        &by_options,
        "select 'made' from pg_create_physical_replication_slot('x')",
    )
    .await;
    // What keeps it closed is the folder; in there, nobody but who was made is known.
    for stranger in ["postgres", "nobody"] {
        let refused = by_options.clone().username(stranger).connect().await;
        let said = refused.err().unwrap().to_string();
        assert!(said.contains("does not exist"), "{stranger}: {said}");
    }
    let hba = fs::read_to_string(private.folder().join("hba.conf")).unwrap();
    assert_eq!(hba, "local all all trust\n", "no way in but the socket");
    let log = fs::read_to_string(private.log_path()).unwrap();
    assert!(log.contains("pg_create_physical_replication_slot"), "{log}");
    private.stop().await.unwrap();
}

#[tokio::test]
async fn a_stopped_server_comes_back_with_its_data() {
    let mut private = PrivatePostgres::start(options()).await.unwrap();
    let by_options = private.connect_options("postgres");
    let mut connection = by_options.connect().await.unwrap();
    sqlx::raw_sql("create table kept as select 'still here' as word")
        .execute(&mut connection)
        .await
        .unwrap();
    let before = private.postmaster_pid();

    private.stop_server().await.unwrap();
    assert!(
        connection.ping().await.is_err(),
        "the link should be broken"
    );
    assert!(by_options.connect().await.is_err(), "nobody should answer");
    private.start_server().await.unwrap();

    assert_eq!(
        ask(&by_options, "select word from kept").await,
        "still here"
    );
    assert_ne!(private.postmaster_pid(), before);
    private.start_server().await.unwrap();
    assert_eq!(
        ask(&by_options, "select word from kept").await,
        "still here"
    );
    private.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_refuses_its_settings_says_why_in_one_line() {
    let mut options = options();
    options.extra_settings = vec![("no_such_setting".to_owned(), "1".to_owned())];
    let error = PrivatePostgres::start(options).await.unwrap_err();
    let line = error.one_line();
    assert!(line.contains("no_such_setting"), "{line}");
    assert!(!line.contains('\n'), "{line}");
}

#[tokio::test]
async fn a_guard_program_that_is_none_is_an_error() {
    let wrong = Options::new(PathBuf::from("/bin/true"));
    let error = PrivatePostgres::start(wrong).await.unwrap_err();
    assert!(
        matches!(error, PrivatePostgresError::GuardGone),
        "{error:?}"
    );
}

#[test]
fn a_guard_started_by_hand_touches_nothing() {
    let precious = tempfile::tempdir().unwrap();
    fs::write(precious.path().join("thesis"), "years of work").unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_dlqtop"))
        .arg(dlqtop::data::private_postgres::GUARD_ARGUMENT)
        .arg(precious.path())
        .stdin(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(!status.success());
    assert!(precious.path().join("thesis").exists());
}
