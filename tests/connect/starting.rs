//! Row 21: a database that lets nobody in, at the start and later.

use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::model::{PollResult, RowsWanted};
use dlqtop::data::poller::{self, PollOptions, PollerChannels};
use dlqtop::data::private_postgres::PrivatePostgres;
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use support::dlqtop::asked;
use support::report::Row;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::stub::Stub;

#[test]
fn each_refusal_at_the_start_is_one_line_with_what_to_do() {
    let cases = [
        (
            "57P03",
            "the database system is starting up",
            "try again in a moment",
        ),
        (
            "53300",
            "sorry, too many clients already",
            "raise max_connections",
        ),
        (
            "28P01",
            "password authentication failed for user \"ana\"",
            "check the user and the password",
        ),
        (
            "28000",
            "no pg_hba.conf entry for host",
            "check the user and the password",
        ),
        (
            "3D000",
            "database \"prod\" does not exist",
            "check the database's name",
        ),
    ];
    for (code, message, hint) in cases {
        let stub = Stub::refusing(code, message);
        let url = format!(
            "postgres://ana@127.0.0.1:{}/prod?sslmode=disable",
            stub.port
        );
        asked(&url, &["queue"]).expect_complaint(3, &["could not connect", message, hint]);
        assert_eq!(stub.connected(), 1, "it is asked once");
    }
    let stub = Stub::silent();
    let url = format!(
        "postgres://ana@127.0.0.1:{}/prod?connect_timeout=2",
        stub.port
    );
    asked(&url, &["queue"]).expect_complaint(3, &["no answer within 2 s", "does a firewall"]);
    asked("postgres://ana@nowhere.invalid/prod", &["queue"])
        .expect_complaint(3, &["no such host is known"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_full_says_so() {
    let mut options = support::server::options();
    options.extra_settings = vec![("max_connections".into(), "5".into())];
    let server = PrivatePostgres::start(options).await.unwrap();
    let mut held = Vec::new();
    while let Ok(db) = server.connect_options("postgres").connect().await {
        held.push(db);
        assert!(held.len() < 10);
    }
    asked(&server.url("postgres"), &["queue"])
        .expect_complaint(3, &["too many clients already", "raise max_connections"]);
    drop(held);
    server.stop().await.unwrap();
}

/// How often a poller connects in six seconds while somebody leans on every key.
async fn attempts(stub: &Stub) -> usize {
    let options = PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(stub.port)
        .ssl_mode(PgSslMode::Disable);
    let (newest, heard) = watch::channel(None);
    let (_follow, followed) = watch::channel(None);
    let (reach, reached) = watch::channel(RowsWanted::default());
    let (wake, stop) = (Arc::new(Notify::new()), CancellationToken::new());
    let wires = PollerChannels {
        newest,
        follow: followed,
        reach: reached,
        wake: Arc::clone(&wake),
        stop: stop.clone(),
    };
    let task = tokio::spawn(poller::run(options, PollOptions::default(), wires));
    let until = Instant::now() + Duration::from_secs(6);
    while Instant::now() < until {
        wake.notify_one();
        reach.send_modify(|_| {});
        // Keys, not events of the program's.
        sleep(Duration::from_millis(10)).await;
    }
    assert!(matches!(
        *heard.borrow(),
        Some(PollResult::Unreachable { .. })
    ));
    stop.cancel();
    task.await.unwrap();
    stub.connected()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_many_keys_are_pressed_a_server_in_trouble_is_not_stormed() {
    let row = Row::begin("21", 0);
    let full = Stub::refusing("53300", "sorry, too many clients already");
    let refusing = Stub::refusing("28P01", "password authentication failed for user \"ana\"");
    let (full, refused) = tokio::join!(attempts(&full), attempts(&refusing));
    assert!((3..=6).contains(&full), "{full}");
    assert_eq!(refused, 1, "more could lock the account");
    row.found(
        "6 s of keys",
        format!("connect attempts: {full} to a full server, {refused} after a refused login"),
    );
}
