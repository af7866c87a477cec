//! Databases that cannot be asked: exit code 3, why, and what to do.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use support::database::Database;
use support::dlqtop::asked;

/// Every command that asks once.
const COMMANDS: [&[&str]; 5] = [
    &["doctor"],
    &["queue"],
    &["stats", "--json"],
    &["show", "01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f"],
    &["migrate", "--dry-run"],
];

#[test]
fn a_refused_connection_asks_whether_the_server_runs() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let url = format!("postgres://ana@127.0.0.1:{port}/prod");
    for command in COMMANDS {
        asked(&url, command).expect_complaint(3, &["could not connect", "is the server running"]);
    }
}

/// A server that lets nobody in: it answers every start-up packet as PostgreSQL answers a wrong
/// password.
fn server_that_refuses_passwords() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut length = [0; 4];
            client.read_exact(&mut length).unwrap();
            let mut packet = vec![0; u32::from_be_bytes(length) as usize - 4];
            client.read_exact(&mut packet).unwrap();
            let fields = b"SFATAL\0VFATAL\0C28P01\0\
                           Mpassword authentication failed for user \"ana\"\0\0";
            let length = u32::try_from(fields.len()).unwrap() + 4;
            client.write_all(b"E").unwrap();
            client.write_all(&length.to_be_bytes()).unwrap();
            client.write_all(fields).unwrap();
        }
    });
    port
}

#[test]
fn a_wrong_password_names_the_places_for_one_and_never_itself() {
    let port = server_that_refuses_passwords();
    let url = format!("postgres://ana:secret9731@127.0.0.1:{port}/prod?sslmode=disable");
    for command in COMMANDS {
        let run = asked(&url, command);
        run.expect_complaint(3, &["authentication failed", "PGPASSWORD or ~/.pgpass"]);
        assert!(!run.stderr.contains("secret9731"), "{run:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_told_from_a_server_that_is_not() {
    let url = Database::new().await.url();
    let (server, _) = url.split_once("test_").unwrap();
    let (_, query) = url.split_once('?').unwrap();
    let url = format!("{server}nowhere?{query}");
    for command in COMMANDS {
        asked(&url, command).expect_complaint(
            3,
            &["\"nowhere\" does not exist", "check the database's name"],
        );
    }
    asked("postgres://ana@localhost/prod?host=/nowhere", &["queue"])
        .expect_complaint(3, &["is the server's socket there?"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_another_version_says_who_is_behind() {
    let empty = Database::empty().await;
    let older = Database::new().await;
    older
        .run("delete from dlqtop.migrations where version = (select max(version) from dlqtop.migrations)")
        .await;
    let newer = Database::new().await;
    newer
        .run(
            "insert into dlqtop.migrations (version, description, success, checksum, execution_time)
             values (99991231235959, 'from the future', true, '', 0)",
        )
        .await;
    for command in [&["queue"][..], &["staleness", "--json"], &["stats"]] {
        asked(&empty.url(), command).expect_complaint(
            3,
            &[
                "nothing in this database is known",
                "dlqtop migrate",
                "--database-url",
            ],
        );
        asked(&older.url(), command)
            .expect_complaint(3, &["1 migration(s) behind", "dlqtop migrate"]);
        asked(&newer.url(), command)
            .expect_complaint(3, &["newer", "99991231235959", "update dlqtop"]);
    }
    asked(&newer.url(), &["migrate"]).expect_complaint(3, &["newer", "update dlqtop"]);
}
